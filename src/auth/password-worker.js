// JavaScript, because a worker thread of Node 20 starts without any loader for TypeScript.
import { platform, setPriority } from 'node:os'
import { hashSync, verifySync } from '@node-rs/bcrypt'

// On Linux a thread has a priority of its own: passwords give way to the event loop of the same process.
if (platform() === 'linux') setPriority(15)

/** bcrypt's cost: Go's default and OWASP's floor, about 50 ms of one core. */
const COST = 10

/**
 * Hashes a password, or compares it with a hash where one is given.
 * @param {{ password: string, passwordHash?: string }} task
 * @returns {string | boolean}
 */
export default ({ password, passwordHash }) =>
  passwordHash === undefined ? hashSync(password, COST) : verifySync(password, passwordHash)
