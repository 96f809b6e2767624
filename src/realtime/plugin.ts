import type { FastifyPluginAsync } from 'fastify'
import type { Config } from '../config.ts'
import { createFrameReader, messageRoom } from '../messages/body.ts'
import type { Messages } from '../messages/service.ts'
import type { Bus } from './bus.ts'
import type { ConnectionPorts } from './connection.ts'
import { FairShare } from './fair-share.ts'
import { createGateway } from './gateway.ts'
import { socketRoutes } from './routes.ts'

interface Options {
  messages: Pick<Messages, 'send' | 'mailbox' | 'mailboxStates' | 'mailboxEnds' | 'saveDeliveries'>
  bus: Bus
  config: Pick<Config, 'corsOrigins' | 'maxPayloadBytes' | 'shutdownGraceMs'>
}

/** Everything about sockets: who is connected, what they are sent, how they end. */
export const realtimePlugin: FastifyPluginAsync<Options> = async function realtime(app, options) {
  const { messages, bus, config } = options
  const onFault = (error: unknown) => app.log.error({ err: error }, 'fault on a socket')
  const gateway = createGateway({ messages, bus, db: app.db, onFault })
  const ports: ConnectionPorts = {
    mailbox: gateway.mailbox,
    readFrame: createFrameReader(config.maxPayloadBytes),
    send: messages.send,
    passOn: (message, sentBy) => gateway.hub.passOn(message, sentBy),
    onDelivered: gateway.markDelivered,
    onFault,
    share: new FairShare(),
  }
  const { corsOrigins, maxPayloadBytes } = config
  app.register(socketRoutes, { hub: gateway.hub, ports, corsOrigins, maxFrameBytes: messageRoom(maxPayloadBytes) })
  app.addHook('preClose', () => gateway.stop(config.shutdownGraceMs))
  app.addHook('onClose', async () => gateway.close())
}
