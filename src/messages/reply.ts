import type { FastifyReply } from 'fastify'
import { AppError } from '../errors.ts'

/** Bytes of encoded answers that clients have yet to take, over all connections. */
const UNTAKEN_BYTES = 134_217_728

/** What a reply needs to have, whatever its route's schema. */
type Reply = Pick<FastifyReply, 'type' | 'raw'>

/**
 * Makes the sender of answers that are JSON already; the property test of message-json holds them to the schema.
 * Clients that ask for much and read slowly are bounded together: past that it throws {@link AppError} `overloaded`.
 */
export function createEncodedReplies(untakenBytes = UNTAKEN_BYTES): (reply: Reply, json: Buffer) => FastifyReply {
  let untaken = 0
  return function sendEncoded(reply, json) {
    // A single answer always passes: what is too large for the bound by itself would never be sent.
    if (untaken > 0 && untaken + json.length > untakenBytes) throw new AppError('overloaded', { retryAfter: 1 })
    untaken += json.length
    reply.raw.once('close', () => {
      untaken -= json.length
    })
    return reply.type('application/json; charset=utf-8').send(json)
  }
}

export type SendEncoded = ReturnType<typeof createEncodedReplies>
