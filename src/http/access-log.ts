import fp from 'fastify-plugin'

/** One line an answer: the route's pattern, never the URL, which may carry a token or a name. */
export const accessLogPlugin = fp(
  async function accessLog(app) {
    const verbose = ['debug', 'trace'].includes(app.log.level)
    app.addHook('onResponse', async (request, reply) => {
      const failed = reply.statusCode >= 500
      if (!failed && !verbose) return
      const line = {
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      }
      request.log[failed ? 'error' : 'debug'](line, 'answered')
    })
  },
  { name: 'access-log' },
)
