import type { Database } from '../db/database.ts'
import { type PreparedStatement, timeOf, timeParameter } from '../db/protocol.ts'
import { appendOne } from './append-one.ts'
import { numberBatch } from './batch.ts'
import type { AppendResult, Draft } from './message.ts'

const statement: PreparedStatement = {
  name: 'store_messages',
  text: `SELECT stored_at, heads, missing, repeated
    FROM store_messages($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
}

const toArray = (values: readonly (string | number)[]) => `{${values.join(',')}}`
const fromArray = (text: string | null | undefined) =>
  text == null || text === '{}' ? [] : text.slice(1, -1).split(',')

/**
 * Stores a batch of messages in one statement, which is one transaction: every message gets its numbers, or none does.
 * @param expiresAt database time in milliseconds after which nothing may be stored any more
 * @param isRetry whether an earlier try of this batch may have been stored: then every id is looked up first
 */
export function append(
  db: Pick<Database, 'execute' | 'now'>,
  drafts: readonly Draft[],
  expiresAt: number,
  isRetry: boolean,
): Promise<AppendResult> {
  const lone = drafts.length === 1 ? drafts[0] : undefined
  if (lone !== undefined && !isRetry && !lone.isClaimed && lone.sender_id !== lone.receiver_id) {
    return appendOne(db, lone, expiresAt, () => appendBatch(db, drafts, expiresAt, isRetry))
  }
  return appendBatch(db, drafts, expiresAt, isRetry)
}

async function appendBatch(
  db: Pick<Database, 'execute' | 'now'>,
  drafts: readonly Draft[],
  expiresAt: number,
  isRetry: boolean,
): Promise<AppendResult> {
  const { userIds, counts, conversations: steps, ...places } = numberBatch(drafts)
  const suspects = drafts.filter(({ isClaimed }) => isRetry || isClaimed).map(({ id }) => id)
  const parameters = [
    timeParameter(expiresAt),
    ...[userIds, counts, suspects, drafts.map(({ id }) => id)].map(toArray),
    ...[places.senderPlaces, places.receiverPlaces, places.senderOffsets, places.receiverOffsets].map(toArray),
    toArray(places.payloadEnds),
    drafts.map(({ payload }) => payload),
    toArray(steps.map(({ ownerPlace }) => ownerPlace)),
    toArray(steps.map(({ peerPlace }) => peerPlace)),
    toArray(steps.map(({ lastOffset }) => lastOffset)),
    toArray(steps.map(({ lastId }) => lastId)),
    toArray(steps.map(({ received }) => received)),
  ]
  const [row] = await db.execute(statement, parameters, expiresAt - db.now())
  if (row === undefined) throw new Error('store_messages returned no row')
  const [storedAt, headsText, ...refused] = row
  const [missing = [], repeated = []] = refused.map(fromArray)
  if (missing.length + repeated.length > 0) {
    return { missingUsers: new Set(missing), repeatedIds: new Set(repeated) }
  }

  const created_at = timeOf(storedAt as string)
  const heads = fromArray(headsText).map(Number)
  const seqAt = (users: number[], offsets: number[], index: number) =>
    (heads[(users[index] as number) - 1] as number) + (offsets[index] as number)
  return {
    stored: drafts.map(({ id, sender_id, receiver_id, payload, payloadJson }, index) => ({
      id,
      sender_id,
      receiver_id,
      payload,
      payloadJson,
      created_at,
      sender_seq: seqAt(places.senderPlaces, places.senderOffsets, index),
      receiver_seq: seqAt(places.receiverPlaces, places.receiverOffsets, index),
    })),
  }
}
