/** Whom the address names (`#/with/<name or id>`), if anybody. @returns {string | null} */
export function routed(hash = location.hash) {
  try {
    return decodeURIComponent(/^#\/with\/(.+)$/.exec(hash)?.[1] ?? '') || null
  } catch {
    return null
  }
}

/** The address of a conversation. @param {string} who name or id */
export const addressOf = (who) => `#/with/${encodeURIComponent(who)}`
