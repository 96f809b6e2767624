import fp from 'fastify-plugin'

/** One line an answer: the route's pattern, never the URL, which may carry a token or a name. */
export const accessLogPlugin = fp(
  async function accessLog(app) {
    const verbose = ['debug', 'trace'].includes(app.log.level)
    app.addHook('onResponse', (request, reply, done) => {
      done()
      const failed = reply.statusCode >= 500
      if (!failed && !verbose) return
      const line = {
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      }
      // An outage is logged where it is noticed; 503 says that it goes on, as often as somebody asks.
      const level = !failed ? 'debug' : reply.statusCode === 503 ? 'info' : 'error'
      request.log[level](line, 'answered')
    })
  },
  { name: 'access-log' },
)
