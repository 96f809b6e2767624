import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'

/** Bytes of encoded answers that clients have yet to take: of everybody, and of one user. */
const UNTAKEN_BYTES = 268_435_456
const UNTAKEN_BYTES_OF_USER = 33_554_432

/** What is needed of a request and its reply, whatever the route's schema. */
type Request = Pick<FastifyRequest, 'user'>
type Reply = Pick<FastifyReply, 'type' | 'raw'>

/** Answers with JSON that is encoded already; the property test of message-json holds it to the schema. */
export const sendJson = (reply: Reply, json: Buffer | string): FastifyReply =>
  reply.type('application/json; charset=utf-8').send(json)

/**
 * Makes the sender of long answers. Clients that ask for much and read slowly are bounded, each and together: past that
 * it throws {@link AppError} `overloaded`.
 */
export function createListReplies(): (request: Request, reply: Reply, json: Buffer) => FastifyReply {
  const untakenOf = new Map<string, number>()
  let untaken = 0

  function count(userId: string, bytes: number): void {
    const sum = (untakenOf.get(userId) ?? 0) + bytes
    untaken += bytes
    if (sum === 0) untakenOf.delete(userId)
    else untakenOf.set(userId, sum)
  }

  return function sendList({ user }, reply, json) {
    const held = untakenOf.get(user.id) ?? 0
    // One answer always passes: what is too large for the bound by itself would never be sent.
    const isTooMuchOfUser = held > 0 && held + json.length > UNTAKEN_BYTES_OF_USER
    if (isTooMuchOfUser || (untaken > 0 && untaken + json.length > UNTAKEN_BYTES)) {
      throw new AppError('overloaded', { retryAfter: 1 })
    }
    // Who has hung up meanwhile holds nothing, and will say so no more.
    if (!reply.raw.destroyed) {
      count(user.id, json.length)
      reply.raw.once('close', () => count(user.id, -json.length))
    }
    return sendJson(reply, json)
  }
}

export type SendList = ReturnType<typeof createListReplies>
