import type { Sql } from 'postgres'
import { mailboxes, peerOf } from './check-mailboxes.ts'
import type { Conversation, ListedConversation, StoredMessage } from './evidence.ts'
import { readPayload } from './payload.ts'
import type { World } from './world.ts'

interface Row {
  readonly id: string
  readonly sender_id: string
  readonly receiver_id: string
  readonly payload: Uint8Array
  readonly created_at: string
  readonly sender_seq: string
  readonly receiver_seq: string
}

/** Reads the table of messages, past every part of the server. */
export const readMessages = async (sql: Sql): Promise<StoredMessage[]> => {
  const stored: StoredMessage[] = []
  const rows = sql<Row[]>`
    select id, sender_id, receiver_id, payload, sender_seq, receiver_seq,
           to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at
    from messages`
  await rows.cursor(1000, (batch) => {
    for (const row of batch) {
      stored.push({
        id: row.id,
        sender: row.sender_id,
        receiver: row.receiver_id,
        createdAt: row.created_at,
        senderSeq: Number(row.sender_seq),
        receiverSeq: Number(row.receiver_seq),
        written: readPayload(row.payload),
      })
    }
  })
  return stored
}

/** @returns the last number of every mailbox */
export const readHeads = async (sql: Sql): Promise<Map<string, number>> => {
  const rows = await sql<{ user_id: string; head: string }[]>`select user_id, head from mailboxes`
  return new Map(rows.map(({ user_id, head }) => [user_id, Number(head)]))
}

/** Reads a list over the API, page by page, as one of the users. */
const readPages = async <Entry>(
  world: World,
  user: string,
  path: string,
  idOf: (entry: Entry) => string,
): Promise<Entry[]> => {
  const headers = { authorization: `Bearer ${world.token(user)}` }
  const entries: Entry[] = []
  for (;;) {
    const last = entries.at(-1)
    const page = last === undefined ? '' : `&before=${idOf(last)}`
    const response = await fetch(`http://127.0.0.1:${world.server.port}${path}?limit=200${page}`, { headers })
    if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`)
    const more = (await response.json()) as Entry[]
    if (more.length === 0) return entries
    entries.push(...more)
  }
}

const readConversation = async (world: World, user: string, peer: string): Promise<Conversation> => {
  const messages = await readPages<{ id: string }>(world, user, `/api/messages/${peer}`, ({ id }) => id)
  return { user, peer, ids: messages.map(({ id }) => id).reverse() }
}

interface ListEntry {
  readonly user: { readonly id: string }
  readonly last_message: { readonly id: string }
  readonly unread: number
}

/** Reads the users' lists of conversations over the API. */
export const readLists = async (world: World, users: readonly string[]) => {
  const lists = new Map<string, ListedConversation[]>()
  for (const owner of users) {
    const entries = await readPages<ListEntry>(
      world,
      owner,
      '/api/conversations',
      ({ last_message }) => last_message.id,
    )
    lists.set(
      owner,
      entries.map(({ user, last_message, unread }) => ({ peer: user.id, lastId: last_message.id, unread })),
    )
  }
  return lists
}

/** Reads the histories of the first `limit` pairs of users over the API, page by page. */
export const readConversations = async (world: World, stored: readonly StoredMessage[], limit: number) => {
  const conversations: Conversation[] = []
  for (const [user, box] of mailboxes(stored)) {
    const peers = new Set(box.map(({ row }) => peerOf(user, row)))
    for (const peer of peers) {
      if (conversations.length >= limit) return conversations
      conversations.push(await readConversation(world, user, peer))
    }
  }
  return conversations
}
