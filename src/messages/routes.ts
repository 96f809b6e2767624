import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { failures } from '../../schemas/error.ts'
import { HistoryQuery, Message, newMessage, Sync, SyncQuery } from '../../schemas/message.ts'
import { Id } from '../../schemas/primitives.ts'
import { messageRoom, readMessageBodies, toParsedMessage } from './body.ts'
import { nextLink } from './links.ts'
import { type ReadMessage, seqFor } from './message.ts'
import { encodeAnswer, encodeMessages } from './message-json.ts'
import { type SendList, sendJson } from './reply.ts'
import type { Messages } from './service.ts'

interface Options {
  messages: Messages
  sendList: SendList
  /** Largest payload in bytes. */
  maxPayloadBytes: number
}

/** `POST /messages`: sending. */
const sendRoute: FastifyPluginAsyncTypebox<Omit<Options, 'sendList'>> = async function send(
  api,
  { messages, maxPayloadBytes },
) {
  readMessageBodies(api, maxPayloadBytes)
  api.post(
    '/messages',
    {
      bodyLimit: messageRoom(maxPayloadBytes),
      schema: {
        summary: 'Send a message',
        description: 'The answer means that the message is stored. With an `id` it may be sent again at will.',
        tags: ['messages'],
        security: [{ bearer: [] }],
        body: newMessage(maxPayloadBytes),
        response: { 201: Message, ...failures(400, 401, 409, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.user
      const { message } = await messages.send(id, toParsedMessage(request.body))
      reply.code(201)
      sendJson(reply, encodeAnswer(message, seqFor(message, id)))
    },
  )
}

/** Messages over HTTP: sending, the history with one user, and the whole mailbox. */
export const messageRoutes: FastifyPluginAsyncTypebox<Options> = async function messageRoutes(
  api,
  { messages, sendList, maxPayloadBytes },
) {
  api.addHook('onRequest', api.authenticate)
  api.register(sendRoute, { messages, maxPayloadBytes })

  api.get(
    '/messages/:user_id',
    {
      schema: {
        summary: 'Read the history with a user',
        description: 'Newest first; oldest first with `after`. The `Link` header leads on.',
        tags: ['messages'],
        security: [{ bearer: [] }],
        params: Type.Object({ user_id: Id }),
        querystring: HistoryQuery,
        response: { 200: Type.Array(Message), ...failures(400, 401, 404, 503) },
      },
    },
    async (request, reply) => {
      const { items, hasMore } = await messages.history(request.user.id, request.params.user_id, request.query)
      const last = items.at(-1)
      if (hasMore && last !== undefined) {
        const next = request.query.after === undefined ? { before: last.id } : { after: last.id }
        reply.header('link', nextLink(request.url, { ...next, offset: undefined }))
      }
      return sendList(request, reply, encodeMessages(items))
    },
  )

  api.get(
    '/sync',
    {
      schema: {
        summary: 'Read the mailbox after a number',
        description: 'Sent and received, oldest first. `head` is the last number of the mailbox.',
        tags: ['messages'],
        security: [{ bearer: [] }],
        querystring: SyncQuery,
        response: { 200: Sync, ...failures(400, 401, 503) },
      },
    },
    async (request, reply) => {
      const sync = await messages.sync(request.user.id, request.query)
      return sendList(request, reply, encodeSync(sync))
    },
  )
}

const encodeSync = ({ messages, head }: { messages: ReadMessage[]; head: number }) =>
  Buffer.concat([Buffer.from('{"messages":'), encodeMessages(messages), Buffer.from(`,"head":${head}}`)])
