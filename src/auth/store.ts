import sql from 'sql-template-tag'
import type { User } from '../../schemas/user.ts'
import type { Database } from '../db/database.ts'

/** What is kept to recognize a user. */
export interface Account {
  id: string
  password_hash: string
}

/** An account that is to be opened; `key` is the folded name. */
export interface NewAccount extends Account {
  username: string
  key: string
}

/** All SQL about accounts. */
export interface AuthStore {
  find(key: string): Promise<Account | undefined>
  /** @returns undefined when the name is taken */
  create(account: NewAccount): Promise<User | undefined>
}

/** Accounts in PostgreSQL. */
export const createAuthStore = (db: Pick<Database, 'run'>): AuthStore => ({
  async find(key) {
    const [account] = await db.run<Account>(sql`select id, password_hash from users where username_key = ${key}`)
    return account
  },

  async create({ id, username, key, password_hash }) {
    // A statement may be run again after a lost connection, so an account that is there under our id is ours.
    const [user] = await db.run<User>(sql`
        with created as (
          insert into users (id, username, username_key, password_hash)
          values (${id}, ${username}, ${key}, ${password_hash})
          on conflict do nothing
          returning id, username, created_at
        ), account as (
          select id, username, created_at from created
          union all
          select id, username, created_at from users where id = ${id}
        )
        select id, username, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at
        from account`)
    return user
  },
})
