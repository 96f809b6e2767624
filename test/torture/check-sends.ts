import type { ClientEvent, Evidence, Finding, StoredMessage } from './evidence.ts'

interface Send {
  readonly first: ClientEvent & { type: 'sent' }
  times: number
  acknowledged: number | undefined
  refused: string | undefined
}

const collect = (events: readonly ClientEvent[]): Map<string, Send> => {
  const sends = new Map<string, Send>()
  for (const event of events) {
    if (event.type === 'sent') {
      const known = sends.get(event.id)
      if (known) known.times += 1
      else sends.set(event.id, { first: event, times: 1, acknowledged: undefined, refused: undefined })
    } else if (event.type === 'acknowledged') {
      const send = sends.get(event.id)
      if (send) send.acknowledged ??= event.seq
    } else if (event.type === 'refused' && event.final) {
      const send = sends.get(event.id)
      if (send) send.refused ??= event.error
    }
  }
  return sends
}

const checkOne = (id: string, send: Send, row: StoredMessage | undefined): Finding[] => {
  const { client } = send.first
  const finding = (kind: Finding['kind'], text: string): Finding[] => [{ kind, text, id, client }]
  if (send.acknowledged !== undefined) {
    if (!row) return finding('lost', 'acknowledged but not stored')
    if (row.senderSeq !== send.acknowledged) {
      return finding('disordered', `acknowledged as seq ${send.acknowledged}, stored as ${row.senderSeq}`)
    }
    if (row.receiver !== send.first.receiver) return finding('lost', 'stored for another receiver')
    return []
  }
  if (send.refused !== undefined) {
    if (row) return finding('doubled', `refused (${send.refused}) and yet stored`)
    return send.first.valid ? finding('lost', `refused for good (${send.refused}) without a reason`) : []
  }
  return send.first.valid ? finding('lost', 'never acknowledged, however often it was sent') : []
}

/** Frames of one socket are handled in order: what was sent once, and later, is stored later. */
const checkSocketOrder = (
  evidence: Evidence,
  sends: Map<string, Send>,
  rows: Map<string, StoredMessage>,
): Finding[] => {
  const sockets = new Set(evidence.clients.filter(({ kind }) => kind !== 'rest').map(({ name }) => name))
  const last = new Map<string, number>()
  const findings: Finding[] = []
  for (const event of evidence.events) {
    if (event.type !== 'sent' || !sockets.has(event.client) || sends.get(event.id)?.times !== 1) continue
    const seq = rows.get(event.id)?.senderSeq
    if (seq === undefined) continue
    const socket = `${event.client}/${event.connection}`
    const before = last.get(socket) ?? 0
    if (seq < before) {
      const text = `sent later than seq ${before} on the same socket, stored as ${seq}`
      findings.push({ kind: 'disordered', text, id: event.id, client: event.client })
    }
    last.set(socket, Math.max(seq, before))
  }
  return findings
}

/** Acknowledged = stored exactly once; refused = absent; nothing else is there. */
export const checkSends = (evidence: Evidence): Finding[] => {
  const sends = collect(evidence.events)
  const rows = new Map<string, StoredMessage>()
  const findings: Finding[] = []
  for (const row of evidence.stored) {
    if (rows.has(row.id)) findings.push({ kind: 'doubled', text: 'stored twice', id: row.id })
    rows.set(row.id, row)
    if (row.written === undefined) {
      findings.push({ kind: 'lost', text: 'the stored payload is not the one that was sent', id: row.id })
    } else if (row.written !== row.id) {
      findings.push({ kind: 'doubled', text: `stored under another id than the client's ${row.written}`, id: row.id })
    } else if (!sends.has(row.id)) {
      findings.push({ kind: 'doubled', text: 'stored, but nobody sent it', id: row.id })
    }
  }
  for (const [id, send] of sends) findings.push(...checkOne(id, send, rows.get(id)))
  findings.push(...checkSocketOrder(evidence, sends, rows))
  return findings
}
