import { ErrorReply, type FailureStatus, failures } from '../../schemas/error.ts'
import { closeCodes, SocketQuery } from '../../schemas/frame.ts'

const refusals = Object.entries(
  failures(400, 401, 403, 503) satisfies Partial<Record<FailureStatus, typeof ErrorReply>>,
)

const description = `
A JSON text a frame: \`ClientFrame\` to the server, \`ServerFrame\` from it (see the components). A client may send its
token as \`?token=\`, as \`Authorization: Bearer\`, or by offering the subprotocols \`messenger\` and \`bearer.<jwt>\`.

Without \`after\`, what was received and not acknowledged comes first, oldest first. With \`after\`, the mailbox after that
number comes, then \`caught_up\`, then live messages. The pong that answers the server's ping acknowledges.

| close code | reason | the client should |
|---|---|---|
${Object.values(closeCodes)
  .map(({ code, reason, duty }) => `| ${code} | ${reason} | ${duty} |`)
  .join('\n')}
`.trim()

/**
 * The socket's entry in the document. It is written out, for @fastify/websocket hides its routes and OpenAPI knows no
 * sockets; the upgrade is plain HTTP, though, and so are its refusals.
 */
export const socketPaths = () => ({
  '/ws': {
    get: {
      summary: 'Open a socket',
      description,
      tags: ['realtime'],
      security: [{ bearer: [] }, {}],
      parameters: Object.entries(SocketQuery.properties).map(([name, schema]) => ({
        name,
        in: 'query' as const,
        required: false,
        description: schema.description ?? name,
        schema: schema as object,
      })),
      responses: {
        101: { description: 'Switching to the WebSocket protocol' },
        ...Object.fromEntries(
          refusals.map(([status, { description }]) => [
            status,
            { description: description ?? status, content: { 'application/json': { schema: ErrorReply as object } } },
          ]),
        ),
      },
    },
  },
})
