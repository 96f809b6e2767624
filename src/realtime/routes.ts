import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { SocketQuery } from '../../schemas/frame.ts'
import { AppError } from '../errors.ts'
import { Connection, type ConnectionPorts, type Visitor } from './connection.ts'
import { FrameReader } from './frame-reader.ts'
import type { Hub } from './hub.ts'
import { Outlet } from './outlet.ts'

interface Options {
  hub: Hub
  ports: ConnectionPorts
  /** The most bytes of content that a frame may have. */
  maxFrameBytes: number
  /** Origins of pages, besides our own, that may open sockets. */
  corsOrigins: readonly string[]
}

/** The name that a client offers beside its token, and that the server accepts. */
export const SUBPROTOCOL = 'messenger'

/** The token, from wherever a client may put it: browsers can't set headers, and URLs end in logs. */
function tokenOf({ query, headers }: FastifyRequest): string {
  const [, header] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? []
  if (header !== undefined) return header
  const offered = headers['sec-websocket-protocol']?.split(/ *, */) ?? []
  const [, subprotocol] = /^bearer\.(\S+)$/.exec(offered.find((name) => name.startsWith('bearer.')) ?? '') ?? []
  if (subprotocol !== undefined) return subprotocol
  const { token } = query as { token?: unknown }
  return typeof token === 'string' ? token : ''
}

/** Whether a browser's page may open a socket: browsers send `Origin` and let any page connect (RFC 6455, 10.2). */
function isAllowedOrigin({ headers, host }: FastifyRequest, corsOrigins: readonly string[]): boolean {
  const { origin } = headers
  if (origin === undefined || corsOrigins.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}

/**
 * Lets go of the request that became a socket: held by the response's hold on the socket and by the error listener of
 * @fastify/websocket, it would take more than 1 KiB for as long as the socket is open.
 */
function forget(webSocket: WebSocket, socket: Socket, response: ServerResponse): void {
  response.detachSocket(socket)
  webSocket.removeAllListeners('error')
  // A client that breaks the protocol or hangs up is no fault of ours; ws closes with the right code by itself.
  webSocket.on('error', () => webSocket.terminate())
}

/** Has our reader see what the network brings before ws, whose listener is the only one. */
function readFirst(socket: Socket, { inbox, acknowledgement }: Connection, maxBytes: number): void {
  const [passOn, ...others] = socket.listeners('data')
  if (passOn === undefined || others.length > 0) return
  const reader = new FrameReader({
    maxBytes,
    onText: (content) => inbox.receive(content, false),
    onPong: (content) => acknowledgement.receive(content),
    passOn: (bytes) => passOn.call(socket, bytes),
  })
  socket.off('data', passOn as (bytes: Buffer) => void)
  socket.on('data', (bytes: Buffer) => reader.read(bytes))
}

/** Gives an accepted socket its connection. All listeners are there before the first frame. */
function accept(webSocket: WebSocket, socket: Socket, visitor: Visitor, { hub, ports, maxFrameBytes }: Options): void {
  const outlet = new Outlet(webSocket, socket)
  const connection = new Connection(visitor, outlet, webSocket, ports)
  if (!hub.add(connection)) return
  webSocket.on('message', (data: Buffer, isBinary) => connection.inbox.receive(data, isBinary))
  webSocket.on('pong', (payload) => connection.acknowledgement.receive(payload))
  readFirst(socket, connection, maxFrameBytes)
  webSocket.on('close', () => {
    hub.remove(connection)
    connection.closed()
  })
  connection.open()
}

/** `GET /ws`: refused before the upgrade, or a socket. */
export const socketRoutes: FastifyPluginAsyncTypebox<Options> = async function socketRoutes(api, options) {
  const visitors = new WeakMap<FastifyRequest['raw'], Omit<Visitor, 'after'> & { response: ServerResponse }>()

  api.addHook('onRequest', async (request, reply) => {
    if (!isAllowedOrigin(request, options.corsOrigins)) throw new AppError('origin_not_allowed')
    const { id, expiresAt } = await api.verifyToken(tokenOf(request))
    visitors.set(request.raw, { userId: id, expiresAt, endBefore: undefined, response: reply.raw })
  })

  // What he sends once the socket is open is to come over it, whichever instance stores it and however late we hear of
  // that: so where his mailbox ends is looked up before.
  api.addHook('preHandler', async (request) => {
    const visitor = visitors.get(request.raw)
    if (!request.ws || visitor === undefined || (request.query as SocketQuery).after !== undefined) return
    // Without the database he is let in all the same.
    const state = await options.ports.mailbox.state(visitor.userId).catch(() => undefined)
    visitor.endBefore = state?.head
    if (api.stopping) throw new AppError('stopping', { retryAfter: 1 })
  })

  api.route({
    method: 'GET',
    url: '/ws',
    config: { upgrades: true },
    // Documented by http/openapi-socket.ts: an upgrade has no answer that a route could describe.
    schema: { querystring: SocketQuery },
    handler: () => {
      throw new AppError('bad_request', { message: 'this route speaks WebSocket only' })
    },
    wsHandler: (webSocket, request) => {
      const visitor = visitors.get(request.raw)
      if (visitor === undefined) return webSocket.terminate()
      const { response, ...known } = visitor
      const { socket } = request.raw
      forget(webSocket, socket, response)
      accept(webSocket, socket, { ...known, after: (request.query as SocketQuery).after }, options)
    },
  })
}
