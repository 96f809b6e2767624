import { randomBytes } from 'node:crypto'
import type { Sql } from 'postgres'
import { SECRET } from '../helper.ts'
import { mintToken } from '../torture/token.ts'

/** A user with a token that never went through bcrypt. */
export interface QuickUser {
  readonly id: string
  readonly token: string
}

type Users<N extends number> = N extends 2 ? [QuickUser, QuickUser] : QuickUser[]

/** Registers users straight in the database. */
export const addUsers = async <N extends number>(sql: Sql, count: N): Promise<Users<N>> => {
  const names = Array.from({ length: count }, () => `u${randomBytes(8).toString('hex')}`)
  const rows = await sql<{ id: string }[]>`
    insert into users (username, password_hash, username_key)
    select name, 'none', name from unnest(${names}::text[]) as name returning id`
  return rows.map(({ id }) => ({ id, token: mintToken(SECRET, id) })) as Users<N>
}
