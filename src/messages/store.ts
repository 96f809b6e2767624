import sql, { empty } from 'sql-template-tag'
import type { Database } from '../db/database.ts'
import { append } from './append.ts'
import type { AppendResult, Draft, MailboxEnd, MailboxState, Position, ReadMessage, StoredMessage } from './message.ts'

/** The most payload bytes of one answer over HTTP, at least one message aside: 64 messages of the default limit. */
export const ANSWER_BYTES = 4_194_304
/** The most payload bytes that one read of a mailbox returns, at least one message aside. */
export const PAGE_BYTES = 262_144

/** Which part of a conversation to read, by the reader's own numbers; `offset` counts messages. */
export interface HistoryRange {
  limit: number
  offset?: number
  before?: number
  after?: number
}

/** Part of a list, and whether the list goes on behind it. */
export interface Page<T> {
  items: T[]
  hasMore: boolean
}

/** Makes a page of rows of which one more than `limit` was asked for, and which end where {@link ANSWER_BYTES} do. */
export function toPage<T>(rows: readonly T[], limit: number, bytesOf: (row: T) => number): Page<T> {
  const bytes = rows.reduce((sum, row) => sum + bytesOf(row), 0)
  return { items: rows.slice(0, limit), hasMore: rows.length > limit || bytes >= ANSWER_BYTES }
}

/** A message's time as it goes out (RFC 3339, microseconds). */
export const createdAt = sql`to_char(m.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at`

/** All SQL about messages and mailboxes. Rows come back in the shape of the wire. */
export function createMessageStore(db: Database) {
  return {
    /** Stores a batch; see {@link append}. */
    append: (drafts: readonly Draft[], expiresAt: number, isRetry: boolean): Promise<AppendResult> =>
      append(db, drafts, expiresAt, isRetry),

    /** The stored messages among these ids. */
    find: (ids: readonly string[]): Promise<StoredMessage[]> =>
      db.run<StoredMessage>(sql`
            SELECT m.id, m.sender_id, m.receiver_id, m.payload, ${createdAt},
                   m.sender_seq::float8 AS sender_seq, m.receiver_seq::float8 AS receiver_seq
            FROM messages m WHERE m.id = ANY (${`{${ids.join(',')}}`}::uuid[])`),

    /**
     * A stretch of a conversation: newest first, or oldest first where `after` is given. Keyset, at any depth alike.
     * At most `limit` messages or {@link ANSWER_BYTES}.
     */
    history: async (userId: string, peerId: string, range: HistoryRange): Promise<Page<ReadMessage>> => {
      const { limit, offset = 0, before, after } = range
      const low = userId < peerId ? userId : peerId
      const high = userId < peerId ? peerId : userId
      // The index orders a conversation by the lower user's numbers; the bounds come in that measure too.
      const place = sql`(CASE WHEN sender_id < receiver_id THEN sender_seq ELSE receiver_seq END)`
      const direction = after !== undefined ? sql`ASC` : sql`DESC`
      const bound =
        after !== undefined
          ? sql`AND ${place} > ${after}`
          : before !== undefined
            ? sql`AND ${place} < ${before}`
            : empty
      const rows = await db.run<ReadMessage>(sql`
          SELECT m.id, m.sender_id, m.receiver_id, m.payload, ${createdAt},
                 (CASE WHEN m.sender_id = ${userId}::uuid THEN m.sender_seq ELSE m.receiver_seq END)::float8 AS seq
          FROM (SELECT *, sum(octet_length(payload)) OVER (ORDER BY place ${direction}) - octet_length(payload) AS bytes_before
                FROM (SELECT *, ${place} AS place FROM messages
                      WHERE least(sender_id, receiver_id) = ${low} AND greatest(sender_id, receiver_id) = ${high} ${bound}
                      ORDER BY ${place} ${direction} LIMIT ${limit + 1} OFFSET ${offset}) stretch) m
          WHERE m.bytes_before < ${ANSWER_BYTES}
          ORDER BY m.place ${direction}`)
      return toPage(rows, limit, ({ payload }) => payload.length)
    },

    /** The mailbox after a number, oldest first, at most `limit` messages or {@link PAGE_BYTES}; complete: up to `upTo`. */
    mailbox: async (
      userId: string,
      { after, upTo, limit, receivedOnly }: { after: number; upTo: number; limit: number; receivedOnly: boolean },
    ): Promise<{ messages: ReadMessage[]; isComplete: boolean }> => {
      const messages = await db.run<ReadMessage>(sql`
            SELECT m.id, m.sender_id, m.receiver_id, m.payload, ${createdAt}, m.seq::float8 AS seq
            FROM (SELECT *, sum(octet_length(payload)) OVER (ORDER BY seq) - octet_length(payload) AS bytes_before
                  FROM ((SELECT *, receiver_seq AS seq FROM messages
                         WHERE receiver_id = ${userId} AND receiver_seq > ${after} AND receiver_seq <= ${upTo}
                         ORDER BY receiver_seq LIMIT ${limit})
                        UNION ALL
                        (SELECT *, sender_seq AS seq FROM messages
                         WHERE sender_id = ${userId} AND sender_seq > ${after} AND sender_seq <= ${upTo}
                           AND receiver_id <> sender_id AND NOT ${receivedOnly}
                         ORDER BY sender_seq LIMIT ${limit})) both_ways) m
            WHERE m.bytes_before < ${PAGE_BYTES} ORDER BY m.seq LIMIT ${limit}`)
      const bytes = messages.reduce((sum, { payload }) => sum + payload.length, 0)
      return { messages, isComplete: messages.length < limit && bytes < PAGE_BYTES }
    },

    /** Where the mailboxes of these users end, and how far each is delivered. Unknown users are left out. */
    mailboxStates: async (userIds: readonly string[]): Promise<Map<string, MailboxState>> => {
      const rows = await db.run<MailboxState & { user_id: string }>(sql`
          SELECT b.user_id, b.head::float8 AS head, coalesce(d.seq, 0)::float8 AS delivered
          FROM mailboxes b LEFT JOIN deliveries d USING (user_id)
          WHERE b.user_id = ANY (${`{${userIds.join(',')}}`}::uuid[])`)
      return new Map(rows.map(({ user_id, head, delivered }) => [user_id, { head, delivered }]))
    },

    /** Where the mailboxes of these users end, of those alone that go on behind the number given with each. */
    mailboxEnds: (positions: readonly Position[]): Promise<MailboxEnd[]> => {
      const userIds = `{${positions.map(([userId]) => userId).join(',')}}`
      const seqs = `{${positions.map(([, seq]) => seq).join(',')}}`
      return db.run<MailboxEnd>(sql`
          SELECT b.user_id, b.head::float8 AS head
          FROM unnest(${userIds}::uuid[], ${seqs}::bigint[]) AS p (user_id, seq)
          JOIN mailboxes b ON b.user_id = p.user_id AND b.head > p.seq`)
    },

    /** Remembers how far users have received. Never moves back; users in order, so that two writers never deadlock. */
    saveDeliveries: async (seqs: ReadonlyMap<string, number>): Promise<void> => {
      const users = [...seqs.keys()].sort()
      await db.run(
        sql`
          INSERT INTO deliveries AS d (user_id, seq)
          SELECT t.user_id, t.seq
          FROM unnest(${`{${users.join(',')}}`}::uuid[], ${`{${users.map((id) => seqs.get(id)).join(',')}}`}::bigint[]) AS t (user_id, seq)
          WHERE EXISTS (SELECT FROM users u WHERE u.id = t.user_id)
          ORDER BY t.user_id
          ON CONFLICT (user_id) DO UPDATE SET seq = greatest(d.seq, excluded.seq)`,
      )
    },
  }
}

export type MessageStore = ReturnType<typeof createMessageStore>
