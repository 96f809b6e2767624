import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { mintToken } from './jwt.ts'
import type { LoadOptions } from './load-options.ts'
import type { Person } from './people.ts'

const ask = async (
  url: URL,
  path: string,
  body: object,
): Promise<{ status: number; body: Record<string, unknown> }> => {
  for (let attempt = 0; ; attempt++) {
    const response = await fetch(new URL(path, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as Record<string, unknown>
    if ((response.status !== 429 && response.status !== 503) || attempt === 100)
      return { status: response.status, body: answer }
    await sleep(Math.min(30, Number(response.headers.get('retry-after')) || 1) * 1000)
  }
}

const subjectOf = (token: string): string => {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string }
  return claims.sub
}

const enter = async (url: URL, username: string, password: string): Promise<Person> => {
  const registered = await ask(url, '/api/auth/register', { username, password })
  const entered = registered.status === 201 ? registered : await ask(url, '/api/auth/login', { username, password })
  const { token } = entered.body
  if (typeof token !== 'string')
    throw new Error(
      `${username} gets no token: ${JSON.stringify(registered.body)}, then ${JSON.stringify(entered.body)}`,
    )
  return { id: subjectOf(token), token }
}

/** The users of a load test: existing ones whose tokens are made here, or registered and logged in over REST. */
export const getPeople = async (options: LoadOptions, onProgress: (done: number) => void): Promise<Person[]> => {
  const { url, users, prefix, password, minted } = options
  if (minted !== undefined) {
    const ids = (await readFile(minted.idsFile, 'utf8')).split(/\s+/).filter((id) => id !== '')
    if (ids.length < users) throw new Error(`${minted.idsFile} has ${ids.length} ids, ${users} are needed`)
    return ids.slice(0, users).map((id) => ({ id, token: mintToken(minted.secret, id) }))
  }
  const people: Person[] = []
  for (let i = 0; i < users; i += 4) {
    const names = Array.from({ length: Math.min(4, users - i) }, (_, k) => `${prefix}-${i + k}`)
    people.push(...(await Promise.all(names.map((name) => enter(url, name, password)))))
    onProgress(people.length)
  }
  return people
}
