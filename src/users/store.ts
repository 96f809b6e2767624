import sql from 'sql-template-tag'
import type { User } from '../../schemas/user.ts'
import type { Database } from '../db/database.ts'
import { prefixEnd } from './username.ts'

/** All SQL about what anybody may know of users. */
export interface UserStore {
  get(id: string): Promise<User | undefined>
  /** Those whose folded name starts with the given text, by name. */
  search(prefix: string, limit: number): Promise<User[]>
}

/** Users in PostgreSQL. */
export const createUserStore = (db: Pick<Database, 'run'>): UserStore => ({
  async get(id) {
    const [user] = await db.run<User>(sql`
        select id, username, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at
        from users
        where id = ${id}`)
    return user
  },

  // A range instead of LIKE: it needs no escaping, and walks the index whatever the text is.
  search: (prefix, limit) =>
    db.run<User>(sql`
        select id, username, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at
        from users
        where username_key >= ${prefix} and username_key < ${prefixEnd(prefix)}
        order by username_key
        limit ${limit}`),
})
