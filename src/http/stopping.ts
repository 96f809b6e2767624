import type { ServerResponse } from 'node:http'
import fp from 'fastify-plugin'
import { AppError } from '../errors.ts'

/** How often a stopping server looks whether it has answered everybody. */
const LOOK_MS = 100

/** The part of the grace after which those who do not read their answer are cut off. */
const PATIENCE = 0.7

/**
 * How the server stops. Requests that open connections still bring are sent elsewhere, except to routes with
 * `config: { whileStopping: true }`; once all are answered, connections that merely stand open are closed. (Node
 * leaves open those that never sent a request, as browsers make them in advance.)
 */
export const stoppingPlugin = fp<{ graceMs: number }>(
  async function stopping(app, { graceMs }) {
    let stopping = false
    let open = 0
    app.decorate('stopping', { getter: () => stopping })

    // By Node's own events: Fastify's onResponse does not come when the client has gone. A socket is no request that
    // ends; realtime/ says good-bye to those.
    app.server.on('request', (_request, response: ServerResponse) => {
      open += 1
      response.once('close', () => {
        open -= 1
      })
    })
    app.addHook('onRequest', (request, _reply, done) => {
      const isRefused = stopping && request.routeOptions.config.whileStopping !== true
      done(isRefused ? new AppError('stopping', { retryAfter: 1 }) : undefined)
    })

    app.addHook('preClose', async () => {
      stopping = true
      const deadline = Date.now() + graceMs * PATIENCE
      const look = setInterval(() => {
        if (open === 0 || Date.now() >= deadline) app.server.closeAllConnections()
      }, LOOK_MS)
      app.server.once('close', () => clearInterval(look))
      look.unref()
    })
  },
  { name: 'stopping' },
)

declare module 'fastify' {
  interface FastifyInstance {
    /** True from the moment at which the server was asked to stop. */
    readonly stopping: boolean
  }
  interface FastifyContextConfig {
    /** The route answers by itself while the server is stopping. */
    whileStopping?: boolean
  }
}
