import { randomUUID } from 'node:crypto'
import { mintToken } from './jwt.ts'
import type { Server } from './server.ts'

/** Someone to send and receive as. */
export interface Person {
  readonly id: string
  readonly token: string
}

/** Puts users into a server's database and makes their tokens: no bcrypt, no rate limit in the way. */
export const createPeople = async (
  { system, sql, secret }: Pick<Server, 'system' | 'sql' | 'secret'>,
  count: number,
  passwordHash = '-',
): Promise<Person[]> => {
  const ids = Array.from({ length: count }, () => randomUUID())
  const names = ids.map((id) => `bench-${id}`)
  if (system === 'baseline')
    await sql`
      insert into users (id, username, password_hash)
      select id, name, ${passwordHash} from unnest(${ids}::uuid[], ${names}::text[]) as u (id, name)`
  else
    await sql`
      insert into users (id, username, username_key, password_hash)
      select id, name, name, ${passwordHash} from unnest(${ids}::uuid[], ${names}::text[]) as u (id, name)`
  return ids.map((id) => ({ id, token: mintToken(secret, id) }))
}

/**
 * Empties a server's database. What is left from one measurement would be a burden in the next, and the faster server
 * would have several times as much of it.
 */
export const removePeople = async ({ sql }: Pick<Server, 'sql'>): Promise<void> => {
  await sql`truncate users cascade`
}
