import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Message } from '../../schemas/message.ts'

/** A person who never stops writing to himself, through whatever happens to the server. */
export interface Correspondent {
  readonly token: string
  /** Ids that were acknowledged with 201. */
  readonly acknowledged: Set<string>
  /** What the last refusal said. */
  refused(): string
  stop(): Promise<void>
  /** Every id in the mailbox, as often as it is there. */
  mailbox(): Promise<string[]>
}

/** Registers a user at the address and starts sending, one message at a time; a refused one is sent again. */
export const createCorrespondent = async (url: string): Promise<Correspondent> => {
  const call = (path: string, token?: string, body?: object): Promise<Response> =>
    fetch(url + path, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      signal: AbortSignal.timeout(token === undefined ? 30_000 : 3_000),
    })
  const registered = await call('/api/auth/register', undefined, {
    username: `pen-${randomUUID()}`,
    password: 'a long password',
  })
  if (registered.status !== 201) throw new Error(`cannot register: ${await registered.text()}`)
  const { token, user } = (await registered.json()) as { token: string; user: { id: string } }

  const acknowledged = new Set<string>()
  let stopped = false
  let refused = ''
  const send = async (id: string): Promise<void> => {
    while (!stopped) {
      const reply = await call('/api/messages', token, { id, receiver_id: user.id, payload: [1, 2, 3] }).catch(
        () => undefined,
      )
      if (reply?.status === 201) {
        acknowledged.add(id)
        return
      }
      refused = reply === undefined ? 'no answer' : `${reply.status} ${await reply.text().catch(() => '')}`
      await sleep(50)
    }
  }
  const work = (async () => {
    while (!stopped) {
      await send(randomUUID())
      await sleep(10)
    }
  })()

  return {
    token,
    acknowledged,
    refused: () => refused,
    stop: async () => {
      stopped = true
      await work
    },
    mailbox: async () => {
      const ids: string[] = []
      for (let after = 0; ; ) {
        const reply = await call(`/api/sync?after=${after}&limit=500`, token)
        const { messages, head } = (await reply.json()) as { messages: Message[]; head: number }
        ids.push(...messages.map(({ id }) => id))
        after = messages.at(-1)?.seq ?? head
        if (after >= head) return ids
      }
    },
  }
}
