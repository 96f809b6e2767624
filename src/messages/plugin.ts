import type { FastifyPluginAsync } from 'fastify'
import { conversationRoutes } from './conversation-routes.ts'
import { createEncodedReplies } from './reply.ts'
import { messageRoutes } from './routes.ts'
import type { Messages } from './service.ts'

/** Everything about messages over HTTP, below `/api`. */
export const messagesPlugin: FastifyPluginAsync<{ messages: Messages; maxPayloadBytes: number }> =
  async function messages(app, options) {
    const sendEncoded = createEncodedReplies()
    app.register(messageRoutes, { ...options, sendEncoded, prefix: '/api' })
    app.register(conversationRoutes, { ...options, sendEncoded, prefix: '/api/conversations' })
  }
