import type { Database } from '../db/database.ts'
import { type PreparedStatement, timeOf, timeParameter } from '../db/protocol.ts'
import type { AppendResult, Draft, StoredMessage } from './message.ts'

/** PostgreSQL's no_data_found: one of the two users is not there. */
const MISSING_USER = 'P0002'

/** Answered with one column that holds all three: taken apart there, they took 45 µs of 1,270 more. */
const statement: PreparedStatement = { name: 'store_message', text: 'SELECT store_message($1, $2, $3, $4, $5)' }

/** Takes `("2026-07-01 12:00:00.5+00",3,4)` apart (https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX). */
function toStored(draft: Draft, text: string): StoredMessage {
  const timeEnd = text.indexOf('"', 2)
  const comma = text.indexOf(',', timeEnd + 2)
  return {
    id: draft.id,
    sender_id: draft.sender_id,
    receiver_id: draft.receiver_id,
    payload: draft.payload,
    payloadJson: draft.payloadJson,
    created_at: timeOf(text.slice(2, timeEnd)),
    sender_seq: Number(text.slice(timeEnd + 2, comma)),
    receiver_seq: Number(text.slice(comma + 1, -1)),
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined)

/**
 * Stores a lone message between two users, whose id is new, in a statement of its own: 85 µs of PostgreSQL's CPU where a
 * batch of one takes 150.
 * @param expiresAt database time in milliseconds after which nothing may be stored any more
 * @param explain says what is wrong where one of the users is not there
 */
export async function appendOne(
  db: Pick<Database, 'execute' | 'now'>,
  draft: Draft,
  expiresAt: number,
  explain: () => Promise<AppendResult>,
): Promise<AppendResult> {
  const { id, sender_id, receiver_id, payload } = draft
  try {
    const parameters = [timeParameter(expiresAt), id, sender_id, receiver_id, payload]
    const rows = await db.execute(statement, parameters, expiresAt - db.now())
    return { stored: [toStored(draft, rows[0]?.[0] as string)] }
  } catch (error) {
    if (codeOf(error) === MISSING_USER) return explain()
    throw error
  }
}
