import type { FastifyReply } from 'fastify'

/** Answers with JSON that is encoded already; the property test of message-json holds it to the schema. */
export const sendEncoded = (reply: Pick<FastifyReply, 'type'>, json: Buffer): FastifyReply =>
  reply.type('application/json; charset=utf-8').send(json)
