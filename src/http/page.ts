import { existsSync } from 'node:fs'
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'

/** The page's folder: two up from src/http/, three up from dist/src/http/. */
const root = ['../../web', '../../../web']
  .map((path) => new URL(path, import.meta.url))
  .find((folder) => existsSync(folder))

/**
 * The page, as it lies in web/, at `/`. Browsers ask each time whether a file has changed and are told by its ETag:
 * the modules of two versions must never mix.
 */
export const pageRoutes: FastifyPluginAsync = async function pageRoutes(api) {
  if (root === undefined) {
    api.log.warn('there is no folder web, serving no page')
    return
  }
  await api.register(fastifyStatic, {
    root,
    // One route a file, known at start: no look at the disk for what strangers think of.
    wildcard: false,
    decorateReply: false,
    cacheControl: false,
    setHeaders: (reply) => {
      reply.header('cache-control', 'no-cache')
    },
  })
}
