/** Close codes that ask for more than waiting (schemas/frame.ts). */
export const closeCode = { stopping: 1001, lost: 1006, policy: 1008, tokenExpired: 4401 }

const FIRST_MS = 3000
const LONGEST_MS = 15_000

/**
 * Milliseconds before the next attempt: three seconds (specification, section 8.3), within one when the server stops,
 * for then there is another behind it; growing, and each a little different, while it fails.
 * @param {number} failures in a row, this one included @param {number} code of the last close
 */
export function waitBefore(failures, code, random = Math.random()) {
  if (failures <= 1) return code === closeCode.stopping ? 200 + random * 800 : FIRST_MS
  return Math.min(LONGEST_MS, FIRST_MS * 1.5 ** (failures - 1)) * (0.75 + random * 0.25)
}
