import type { FastifyPluginAsync } from 'fastify'
import { conversationRoutes } from './conversation-routes.ts'
import { createListReplies } from './reply.ts'
import { messageRoutes } from './routes.ts'
import type { Messages } from './service.ts'

/** Everything about messages over HTTP, below `/api`. */
export const messagesPlugin: FastifyPluginAsync<{ messages: Messages; maxPayloadBytes: number }> =
  async function messages(app, options) {
    const sendList = createListReplies()
    app.register(messageRoutes, { ...options, sendList, prefix: '/api' })
    app.register(conversationRoutes, { ...options, sendList, prefix: '/api/conversations' })
  }
