import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type {} from '@fastify/websocket'
import fp from 'fastify-plugin'
import { AppError } from '../errors.ts'
import { rawReply } from './client-errors.ts'
import { bareHeaders } from './headers.ts'

const isWebSocket = (request: IncomingMessage) => request.headers.upgrade?.toLowerCase() === 'websocket'

/** The head of a request as it came, without what asked for another protocol. */
function plainHead({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    if (!/^(?:upgrade|connection|http2-settings)$/i.test(name)) lines.push(`${name}: ${rawHeaders[i + 1]}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

/**
 * Corners of HTTP that Node answers without a body, or wrongly, and that would miss our shape of errors. To be
 * registered after @fastify/websocket and before any route.
 */
export const protocolPlugin = fp(
  async function protocol(app) {
    const { server } = app

    // `Expect` with anything but 100-continue: Node would answer 417 without a body.
    server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(417, { ...bareHeaders, 'content-type': 'application/json; charset=utf-8' })
      response.end(JSON.stringify({ error: 'expectation cannot be met' }))
    })

    // Java's HttpClient and `curl --http2` offer `Upgrade: h2c` with ordinary requests. RFC 9110, 7.8: a server may
    // ignore it, but Node takes every upgrade for a socket; so the request goes back in without the offer.
    const upgrade = server.listeners('upgrade')
    server.removeAllListeners('upgrade')
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (isWebSocket(request)) {
        for (const listener of upgrade) listener.call(server, request, socket, head)
        return
      }
      socket.unshift(Buffer.concat([Buffer.from(plainHead(request), 'latin1'), head]))
      server.emit('connection', socket)
    })
    app.websocketServer.on('wsClientError', (error: Error, socket: Duplex) => {
      socket.end(rawReply(400, `bad WebSocket handshake: ${error.message}`))
    })

    app.addHook('onRoute', (route) => {
      if (route.websocket) route.config = { ...route.config, upgrades: true }
    })
    app.addHook('onRequest', (request, _reply, done) => {
      if (request.ws && request.routeOptions.config.upgrades !== true) throw new AppError('route_not_found')
      // RFC 9112, 3.2. An injected upgrade has no Host, and needs none.
      const { host, upgrade } = request.headers
      if (host === undefined && upgrade === undefined && request.raw.httpVersion === '1.1') {
        throw new AppError('bad_request', { message: 'Host header is missing' })
      }
      done()
    })
  },
  { name: 'protocol', dependencies: ['@fastify/websocket'] },
)

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route is a WebSocket's. */
    upgrades?: boolean
  }
}
