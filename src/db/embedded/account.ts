import { readFile, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import type { Account } from './command.ts'

const isRoot = (): boolean => {
  try {
    return userInfo().uid === 0
  } catch {
    // A user without an entry in /etc/passwd, and so not root.
    return false
  }
}

/**
 * PostgreSQL refuses to run as root. Root therefore runs it as the owner of the data if there is some, else as the
 * user `postgres` of the machine, else as `nobody`; everyone else runs it himself.
 */
export const chooseAccount = async (home: string): Promise<Account | undefined> => {
  if (!isRoot()) return undefined

  const owner = await stat(home).catch(() => undefined)
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }

  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const wanted of ['postgres', 'nobody']) {
    const user = users.find(([name]) => name === wanted)
    if (user !== undefined) return { uid: Number(user[2]), gid: Number(user[3]) }
  }
  throw new Error('PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody')
}
