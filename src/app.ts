import websocket from '@fastify/websocket'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { createPasswords } from './auth/passwords.ts'
import { authPlugin } from './auth/plugin.ts'
import { authRoutes } from './auth/routes.ts'
import { createAuth } from './auth/service.ts'
import { createAuthStore } from './auth/store.ts'
import type { Config } from './config.ts'
import { QUERY_DEADLINE } from './db/database.ts'
import { dbPlugin } from './db/plugin.ts'
import { accessLogPlugin } from './http/access-log.ts'
import { errorsPlugin } from './http/errors.ts'
import { headersPlugin } from './http/headers.ts'
import { healthRoutes } from './http/health.ts'
import { openapiPlugin } from './http/openapi.ts'
import { serverOptions } from './http/options.ts'
import { pageRoutes } from './http/page.ts'
import { protocolPlugin } from './http/protocol.ts'
import { stoppingPlugin } from './http/stopping.ts'
import { validationPlugin } from './http/validation.ts'
import { createConversationStore } from './messages/conversation-store.ts'
import { messagesPlugin } from './messages/plugin.ts'
import { createSendLimit } from './messages/send-limit.ts'
import { createMessages } from './messages/service.ts'
import { createMessageStore } from './messages/store.ts'
import { Writer } from './messages/writer.ts'
import { createLocalBus } from './realtime/bus.ts'
import { realtimePlugin } from './realtime/plugin.ts'
import { socketOptions } from './realtime/socket-options.ts'
import { watchTraffic } from './realtime/traffic.ts'
import { usersPlugin } from './users/plugin.ts'
import { createUsers } from './users/service.ts'
import { createUserStore } from './users/store.ts'

/**
 * Builds the configured server, not yet listening: the same for production and tests. The order is the architecture:
 * what every answer shares, then the database, who is asking, and the features.
 */
export async function buildApp(
  config: Config,
  options: { logger?: FastifyServerOptions['logger'] } = {},
): Promise<FastifyInstance> {
  const app = Fastify(serverOptions(config, options.logger))

  // Before any hook that can refuse: one registered earlier would leak the socket of every refused upgrade.
  await app.register(websocket, socketOptions(config))
  await app.register(errorsPlugin)
  await app.register(accessLogPlugin)
  await app.register(headersPlugin, { corsOrigins: config.corsOrigins })
  await app.register(stoppingPlugin, { graceMs: config.shutdownGraceMs })
  await app.register(protocolPlugin)
  await app.register(validationPlugin)
  await app.register(openapiPlugin)

  await app.register(dbPlugin, { config: config.db })
  await app.register(authPlugin, { jwt: config.jwt })
  const { db } = app

  const bus = createLocalBus()
  const passwords = createPasswords({ carriesMessages: watchTraffic(bus) })
  app.addHook('onClose', () => passwords.close())
  const auth = createAuth({ store: createAuthStore(db), passwords, sign: app.signToken })
  const userStore = createUserStore(db)
  const store = createMessageStore(db)
  const writer = new Writer({
    append: store.append,
    find: store.find,
    now: db.now,
    isAvailable: () => db.available,
    deadline: QUERY_DEADLINE,
    onStored: bus.publish,
  })
  const messages = createMessages({
    store,
    conversations: createConversationStore(db),
    writer,
    userExists: async (id) => (await userStore.get(id)) !== undefined,
    admit: config.rateLimit ? createSendLimit() : () => {},
  })

  app.register(authRoutes, { prefix: '/api/auth', auth, rateLimit: config.rateLimit })
  app.register(usersPlugin, { users: createUsers({ store: userStore }) })
  app.register(messagesPlugin, { messages, maxPayloadBytes: config.maxPayloadBytes })
  app.register(realtimePlugin, { messages, bus, config })
  app.register(healthRoutes, { db })
  app.register(pageRoutes)

  await app.ready()
  return app
}
