// The container's health check: distroless has no shell and no curl. Exit 0 while the server serves at all.
const [, host = '', port = '8080'] = /^(.*):(\d+)$/.exec(process.env.HTTP_ADDR || ':8080') ?? []
const everywhere = ['', '0.0.0.0', '[::]'].includes(host)

try {
  const reply = await fetch(`http://${everywhere ? '127.0.0.1' : host}:${port}/health/live`, {
    signal: AbortSignal.timeout(4_000),
  })
  process.exitCode = reply.ok ? 0 : 1
} catch (error) {
  console.error(`not serving: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
