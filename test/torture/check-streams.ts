import type { ClientEvent, ClientInfo, Evidence, Finding, StoredMessage } from './evidence.ts'

type Delivered = ClientEvent & { type: 'delivered' }

/** How often an own message was sent: on all connections before this one, and on this one. */
interface Sends {
  earlier: number
  here: number
}

/**
 * Reads one client's events in their order, connection after connection.
 * An answer to a repeated `id` is the one frame that may come a second time: it is counted against the repetitions.
 */
const checkClient = (client: ClientInfo, events: readonly ClientEvent[]): Finding[] => {
  const findings: Finding[] = []
  const find = (kind: Finding['kind'], text: string, id?: string) =>
    findings.push({ kind, text, client: client.name, ...(id === undefined ? {} : { id }) })
  const sends = new Map<string, Sends>()
  let frames = new Map<string, number>()
  let received = new Set<number>()
  let cursor = 0
  let highest = 0

  const connect = (after: number | undefined) => {
    for (const send of sends.values()) {
      send.earlier += send.here
      send.here = 0
    }
    frames = new Map()
    received = new Set()
    highest = 0
    // A client that resumes from less than it has would hide doubles; one that resumes from more, gaps.
    if (after !== undefined && after !== cursor) find('gap', `resumed after ${after} with ${cursor} in hand`)
  }

  const isAnswer = ({ id, own }: Delivered): boolean => {
    const send = sends.get(id)
    return own && send !== undefined && send.earlier + send.here > 1
  }

  const deliver = (event: Delivered) => {
    const { id, seq } = event
    const count = (frames.get(id) ?? 0) + 1
    frames.set(id, count)
    if (!event.intact) find('lost', `delivered with another payload (seq ${seq})`, id)
    const send = sends.get(id)
    const allowed = event.own && send ? Math.max(1, send.here + (send.earlier > 0 ? 1 : 0)) : 1
    if (count > allowed) find('doubled', `seq ${seq} came ${count} times on connection ${event.connection}`, id)
    if (client.kind === 'plain') {
      if (isAnswer(event)) return
      if (count === 1 && received.has(seq)) find('doubled', `seq ${seq} came under two ids`, id)
      if (seq < highest) find('disordered', `seq ${seq} came after ${highest} on connection ${event.connection}`, id)
      highest = Math.max(highest, seq)
      received.add(seq)
      return
    }
    if (seq <= cursor) {
      if (isAnswer(event) || count > allowed) return
      find('doubled', `seq ${seq} came again on connection ${event.connection}, after ${cursor}`, id)
      return
    }
    if (seq > cursor + 1) find('gap', `seq ${seq} came after ${cursor} on connection ${event.connection}`, id)
    cursor = seq
  }

  for (const event of events) {
    if (event.type === 'connected') connect(event.after)
    else if (event.type === 'sent') {
      const send = sends.get(event.id)
      if (send) send.here += 1
      else sends.set(event.id, { earlier: 0, here: 1 })
    } else if (event.type === 'delivered') deliver(event)
    else if (event.type === 'reset') find('gap', `reset to ${event.seq} with ${cursor} in hand`)
    else if (event.type === 'caught_up' && event.seq !== cursor) {
      find('gap', `caught up at ${event.seq} with ${cursor} in hand`)
    }
  }
  return findings
}

const checkAgainstStore = (
  client: ClientInfo,
  events: readonly ClientEvent[],
  rows: ReadonlyMap<string, StoredMessage>,
): Finding[] => {
  const findings: Finding[] = []
  for (const event of events) {
    if (event.type !== 'delivered') continue
    const row = rows.get(event.id)
    if (!row) {
      findings.push({
        kind: 'lost',
        text: `delivered as seq ${event.seq}, not stored`,
        id: event.id,
        client: client.name,
      })
      continue
    }
    const seq = row.receiver === client.user ? row.receiverSeq : row.senderSeq
    if (seq !== event.seq) {
      const text = `delivered as seq ${event.seq}, stored as ${seq}`
      findings.push({ kind: 'disordered', text, id: event.id, client: client.name })
    }
  }
  return findings
}

/** Each connection is in order and without doubles; a resuming client's whole life is one gap-free sequence; everybody has everything. */
export const checkStreams = ({ clients, events, stored }: Evidence): Finding[] => {
  const findings: Finding[] = []
  const rows = new Map(stored.map((row) => [row.id, row]))
  const seen = new Map<string, Set<string>>(clients.map(({ user }) => [user, new Set()]))
  const all = new Map<string, ClientEvent[]>(clients.map(({ name }) => [name, []]))
  for (const event of events) all.get(event.client)?.push(event)
  for (const client of clients) {
    const own = all.get(client.name) ?? []
    findings.push(...checkClient(client, own), ...checkAgainstStore(client, own, rows))
    const ids = new Set<string>()
    for (const event of own) if (event.type === 'delivered') ids.add(event.id)
    for (const id of ids) seen.get(client.user)?.add(id)
    if (client.kind === 'plain') continue
    for (const row of stored) {
      if ((row.sender === client.user || row.receiver === client.user) && !ids.has(row.id)) {
        findings.push({
          kind: 'lost',
          text: 'in the mailbox, never seen by this client',
          id: row.id,
          client: client.name,
        })
      }
    }
  }
  for (const row of stored) {
    const ids = seen.get(row.receiver)
    if (ids && !ids.has(row.id)) {
      findings.push({ kind: 'lost', text: `never reached its receiver ${row.receiver}`, id: row.id })
    }
  }
  return findings
}
