/**
 * The `Link` header that leads on to the next stretch of a list (RFC 8288).
 * @param url path and query of this request
 * @param cursor query parameters of the next one; an undefined one is taken out
 */
export function nextLink(url: string, cursor: Record<string, string | number | undefined>): string {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  for (const [name, value] of Object.entries(cursor)) {
    if (value === undefined) searchParams.delete(name)
    else searchParams.set(name, String(value))
  }
  return `<${pathname}?${searchParams}>; rel="next"`
}
