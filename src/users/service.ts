import type { User, UserSearch } from '../../schemas/user.ts'
import { AppError } from '../errors.ts'
import type { UserStore } from './store.ts'
import { foldUsername } from './username.ts'

/** Finding people. */
export interface Users {
  /** @throws AppError `user_not_found` */
  get(id: string): Promise<User>
  search(search: UserSearch): Promise<User[]>
}

/** The rules of finding people. */
export const createUsers = ({ store }: { store: UserStore }): Users => ({
  async get(id) {
    const user = await store.get(id)
    if (!user) throw new AppError('user_not_found')
    return user
  },

  async search({ username, limit }) {
    // No name holds a control character, and PostgreSQL's text could not hold a NUL to compare with.
    if (/[\p{Cc}\p{Cs}]/u.test(username)) return []
    return store.search(foldUsername(username), limit)
  },
})
