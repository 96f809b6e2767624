import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Conversation, ConversationsQuery, ReadMark, ReadState } from '../../schemas/conversation.ts'
import { failures } from '../../schemas/error.ts'
import { Id } from '../../schemas/primitives.ts'
import type { ConversationEnd } from './conversation-store.ts'
import { nextLink } from './links.ts'
import { encodeMessage } from './message-json.ts'
import type { SendList } from './reply.ts'
import type { Messages } from './service.ts'

/** The list of conversations and the marks of what has been read. */
export const conversationRoutes: FastifyPluginAsyncTypebox<{ messages: Messages; sendList: SendList }> =
  async function conversationRoutes(api, { messages, sendList }) {
    api.addHook('onRequest', api.authenticate)

    api.get(
      '/',
      {
        schema: {
          summary: 'List the conversations',
          description:
            'One for everyone the caller has exchanged messages with, newest first. The `Link` header leads on.',
          tags: ['conversations'],
          security: [{ bearer: [] }],
          querystring: ConversationsQuery,
          response: { 200: Type.Array(Conversation), ...failures(400, 401, 404, 503) },
        },
      },
      async (request, reply) => {
        const { items, hasMore } = await messages.conversations(request.user.id, request.query)
        const last = items.at(-1)
        if (hasMore && last !== undefined) reply.header('link', nextLink(request.url, { before: last.last_message.id }))
        return sendList(request, reply, encodeConversations(items))
      },
    )

    api.put(
      '/:user_id/read',
      {
        schema: {
          summary: 'Mark messages as read',
          description: 'Received messages of the conversation up to `seq`, in the caller’s mailbox. Never moves back.',
          tags: ['conversations'],
          security: [{ bearer: [] }],
          params: Type.Object({ user_id: Id }),
          body: ReadMark,
          response: { 200: ReadState, ...failures(400, 401, 404, 415, 503) },
        },
      },
      async (request) => messages.markRead(request.user.id, request.params.user_id, request.body.seq),
    )
  }

function encodeConversations(items: readonly ConversationEnd[]): Buffer {
  const parts = items.flatMap(({ user, last_message, unread }, index) => [
    Buffer.from(`${index === 0 ? '' : ','}{"user":${JSON.stringify(user)},"last_message":`),
    encodeMessage(last_message, last_message.seq),
    Buffer.from(`,"unread":${unread}}`),
  ])
  return Buffer.concat([Buffer.from('['), ...parts, Buffer.from(']')])
}
