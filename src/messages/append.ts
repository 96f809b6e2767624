import type { Database } from '../db/database.ts'
import { appendOne } from './append-one.ts'
import { numberBatch } from './batch.ts'
import type { Draft, StoredMessage } from './message.ts'

/** All of a batch is stored, or none of it and this is why. */
export type AppendResult =
  | { stored: StoredMessage[] }
  | { missingUsers: ReadonlySet<string>; repeatedIds: ReadonlySet<string> }

interface AppendRow {
  stored_at: string
  heads: string
  missing: string | null
  repeated: string | null
}

const toArray = (values: readonly (string | number)[]) => `{${values.join(',')}}`
const fromArray = (text: string | null) => (text === null || text === '{}' ? [] : text.slice(1, -1).split(','))

/**
 * Stores a batch of messages in one statement, which is one transaction: every message gets its numbers, or none does.
 * @param expiresAt database time in milliseconds after which nothing may be stored any more
 * @param isRetry whether an earlier try of this batch may have been stored: then every id is looked up first
 */
export async function append(
  db: Database,
  drafts: readonly Draft[],
  expiresAt: number,
  isRetry: boolean,
): Promise<AppendResult> {
  const [lone] = drafts.length === 1 ? drafts : []
  if (lone !== undefined && !isRetry && !lone.isClaimed && lone.sender_id !== lone.receiver_id) {
    const stored = await appendOne(db, lone, expiresAt)
    if (stored !== undefined) return { stored: [stored] }
  }
  const { userIds, counts, conversations: steps, ...places } = numberBatch(drafts)
  const suspects = drafts.filter(({ isClaimed }) => isRetry || isClaimed).map(({ id }) => id)
  const payloads = Buffer.concat(drafts.map(({ payload }) => payload))

  // The payloads come last: postgres.js enlarges the buffer of a statement by half whenever a parameter finds no room.
  const [row] = await db.run(
    (sql) => sql<AppendRow[]>`
      SELECT to_char(stored_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS stored_at, heads, missing, repeated
      FROM store_messages(
        ${new Date(expiresAt)}, ${toArray(userIds)}, ${toArray(counts)}, ${toArray(suspects)},
        ${toArray(drafts.map(({ id }) => id))}, ${toArray(places.senderPlaces)}, ${toArray(places.receiverPlaces)},
        ${toArray(places.senderOffsets)}, ${toArray(places.receiverOffsets)}, ${toArray(places.payloadEnds)},
        owner_places => ${toArray(steps.map(({ ownerPlace }) => ownerPlace))},
        peer_places => ${toArray(steps.map(({ peerPlace }) => peerPlace))},
        last_offsets => ${toArray(steps.map(({ lastOffset }) => lastOffset))},
        last_ids => ${toArray(steps.map(({ lastId }) => lastId))},
        received => ${toArray(steps.map(({ received }) => received))},
        payloads => decode(${payloads.toString('base64')}, 'base64'))`,
    { on: 'writer', retry: false, within: expiresAt - db.now() },
  )
  if (row === undefined) throw new Error('store_messages returned no row')
  const missing = fromArray(row.missing)
  const repeated = fromArray(row.repeated)
  if (missing.length + repeated.length > 0) {
    return { missingUsers: new Set(missing), repeatedIds: new Set(repeated) }
  }

  const heads = fromArray(row.heads).map(Number)
  const seqAt = (users: number[], offsets: number[], index: number) =>
    (heads[(users[index] as number) - 1] as number) + (offsets[index] as number)
  return {
    stored: drafts.map(({ id, sender_id, receiver_id, payload, payloadJson }, index) => ({
      id,
      sender_id,
      receiver_id,
      payload,
      payloadJson,
      created_at: row.stored_at,
      sender_seq: seqAt(places.senderPlaces, places.senderOffsets, index),
      receiver_seq: seqAt(places.receiverPlaces, places.receiverOffsets, index),
    })),
  }
}
