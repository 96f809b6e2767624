/** Close codes of the server that ask for more than waiting (schemas/frame.ts). */
export const closeCode = { stopping: 1001, lost: 1006, policy: 1008, tokenExpired: 4401 }

/** The wait before the first new attempt (specification, section 8.3). */
const FIRST_MS = 3000
const LONGEST_MS = 15_000

/**
 * Milliseconds before the next attempt. A server that stops has another behind it, so its clients come back within a
 * second, though not all at once; who fails again waits longer and longer, each a little differently.
 * @param {number} failures in a row, this one included @param {number} code of the last close
 */
export function waitBefore(failures, code, random = Math.random()) {
  if (failures <= 1) return code === closeCode.stopping ? 200 + random * 800 : FIRST_MS
  return Math.min(LONGEST_MS, FIRST_MS * 1.5 ** (failures - 1)) * (0.75 + random * 0.25)
}
