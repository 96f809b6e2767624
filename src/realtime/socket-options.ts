import type { WebsocketPluginOptions } from '@fastify/websocket'
import type { Config } from '../config.ts'
import { messageRoom } from '../messages/body.ts'
import { SUBPROTOCOL } from './routes.ts'

/** How WebSockets are set up, before any of them is opened. */
export const socketOptions = ({ maxPayloadBytes }: Pick<Config, 'maxPayloadBytes'>): WebsocketPluginOptions => ({
  options: {
    maxPayload: messageRoom(maxPayloadBytes),
    // Costs 235 KiB a connection instead of 10.
    perMessageDeflate: false,
    // Only the name is accepted, never the token that a browser offers beside it.
    handleProtocols: (protocols) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  },
  // A client that breaks the protocol or hangs up is no fault of ours; ws closes with the right code by itself.
  errorHandler: (_error, webSocket) => webSocket.terminate(),
  // realtime/plugin.ts says good-bye in its own time.
  preClose: (done) => done(),
})
