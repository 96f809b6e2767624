/** A random UUID (version 4), on plain http too, where `crypto.randomUUID` is missing. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const variant = '89ab'[(bytes[8] ?? 0) % 4]
  return hex.replace(/(.{8})(.{4}).(.{3}).(.{3})(.*)/, `$1-$2-4$3-${variant}$4-$5`)
}

/** Whether a text is a UUID. @param {string} text */
export const isUuid = (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
