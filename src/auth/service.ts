import type { Credentials, Registered, Registration, Session } from '../../schemas/auth.ts'
import { AppError } from '../errors.ts'
import { foldUsername, isUsername, normalizeUsername } from '../users/username.ts'
import { createUuid } from '../uuid.ts'
import type { Passwords } from './passwords.ts'
import type { AuthStore } from './store.ts'

/** A token and when it ends. */
export interface SignedToken {
  token: string
  /** RFC 3339; the token's `exp`. */
  expiresAt: string
}

/** Opening an account, and proving that it is one's own. */
export interface Auth {
  register(registration: Registration): Promise<Registered>
  login(credentials: Credentials): Promise<Session>
}

interface Ports {
  store: AuthStore
  passwords: Passwords
  sign: (userId: string) => SignedToken
}

/** The rules of registration and login. */
export const createAuth = ({ store, passwords, sign }: Ports): Auth => ({
  /** @param registration its name is normalized and checked by the schema already */
  async register({ username, password }) {
    const key = foldUsername(username)
    // Ask first: a taken name or an absent database must not cost 50 ms of CPU.
    if (await store.find(key)) throw new AppError('username_taken')
    const password_hash = await passwords.hash(password)
    const user = await store.create({ id: createUuid(), username, key, password_hash })
    if (!user) throw new AppError('username_taken')
    return { token: sign(user.id).token, user }
  },

  async login({ username, password }) {
    // What can be nobody's name is looked up all the same, as a name that nobody has.
    const key = isUsername(normalizeUsername(username)) ? foldUsername(username) : ''
    const account = await store.find(key)
    const proven = await passwords.verify(password, account?.password_hash)
    if (!account || !proven) throw new AppError('invalid_credentials')
    const { token, expiresAt } = sign(account.id)
    return { token, expires_at: expiresAt }
  },
})
