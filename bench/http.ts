import net from 'node:net'

/** A finished HTTP request, to be sent again and again. */
export const httpRequest = (method: string, path: string, token: string, body?: Buffer): Buffer => {
  const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n`
  if (body === undefined) return Buffer.from(`${head}\r\n`)
  return Buffer.concat([
    Buffer.from(`${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`),
    body,
  ])
}

/** What a keep-alive connection has to say of one exchange. */
export interface Answer {
  readonly status: number
  readonly ms: number
  readonly bytes: number
}

/** One kept-alive connection that asks one thing at a time and reads no more of an answer than its length. */
export interface HttpConnection {
  ask(request: Buffer): Promise<Answer>
  close(): void
}

/** Connects to a server's plain HTTP. Its answers must carry `Content-Length`. */
export const connectHttp = (url: URL): Promise<HttpConnection> =>
  new Promise((connected, refused) => {
    let settle: { resolve(answer: Answer): void; reject(error: Error): void } | undefined
    let startedAt = 0
    let head = ''
    let status = 0
    let length = 0
    let missing = 0
    const fail = (error: Error): void => {
      refused(error)
      settle?.reject(error)
      settle = undefined
    }
    const socket = net.connect({ host: url.hostname, port: Number(url.port || 80), noDelay: true })
    socket.on('connect', () =>
      connected({
        ask: (request) =>
          new Promise((resolve, reject) => {
            settle = { resolve, reject }
            startedAt = performance.now()
            socket.write(request)
          }),
        close: () => socket.destroy(),
      }),
    )
    socket.on('error', fail)
    socket.on('close', () => fail(new Error('the server closed the connection')))
    socket.on('data', (chunk) => {
      if (missing > 0) missing -= chunk.length
      else {
        head += chunk.toString('latin1')
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        status = Number(head.slice(9, 12))
        const found = /\r\ncontent-length: *(\d+)/i.exec(head.slice(0, end))
        if (found === null) return fail(new Error(`an answer without Content-Length (status ${status})`))
        length = Number(found[1])
        missing = length - (head.length - end - 4)
        head = ''
      }
      if (missing > 0) return
      const done = settle
      settle = undefined
      done?.resolve({ status, ms: performance.now() - startedAt, bytes: length })
    })
  })
