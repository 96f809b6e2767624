/**
 * The address of the page: `#/` is the list, `#/with/<name or id>` a conversation.
 * @returns {string | null} the name or id of the other party
 */
export function routed(hash = location.hash) {
  const match = /^#\/with\/(.+)$/.exec(hash)
  if (!match?.[1]) return null
  try {
    return decodeURIComponent(match[1])
  } catch {
    return null
  }
}

/** The address of a conversation. @param {string} who name or id */
export const addressOf = (who) => `#/with/${encodeURIComponent(who)}`
