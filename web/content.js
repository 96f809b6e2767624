/** @import * as T from './types.ts' */

// What a payload means to this page; the server never looks inside.
// - Text is its UTF-8 bytes and nothing else, so every client that sends plain text is understood.
// - A file is a tagged run of bytes that can't be taken for text, for UTF-8 never contains the byte 0xFF:
//     0xFF  0x01  length of the header (2 bytes, big-endian)  header (FileHeader as JSON)  content
// - Anything else is a file without a name.

/** The largest payload that the server takes (schemas/primitives.ts). */
export const MAX_PAYLOAD_BYTES = 65_536

const PREFIX = 4
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** Whether a file may be shown: pictures that can't carry scripts, as SVG can. @param {{ type: string }} file */
export const isPicture = ({ type }) => /^image\/(png|jpeg|gif|webp|avif)$/.test(type)

/** The payload of a text. @param {string} text */
export const encodeText = (text) => encoder.encode(text)

/** The payload of a file. @param {T.FileHeader} header @param {Uint8Array} bytes */
export function encodeFile(header, bytes) {
  const head = encoder.encode(JSON.stringify(header))
  return Uint8Array.from([0xff, 0x01, head.length >> 8, head.length & 0xff, ...head, ...bytes])
}

/** What a payload holds. @param {ArrayLike<number>} payload @returns {T.Content} */
export function decode(payload) {
  const bytes = Uint8Array.from(payload)
  try {
    return bytes[0] === 0xff ? decodeFile(bytes) : decodeText(bytes)
  } catch {
    return { kind: 'file', name: '', type: '', bytes }
  }
}

/** @type {T.Decode<T.Content>} */
function decodeText(bytes) {
  const text = decoder.decode(bytes)
  // Control characters other than tab and line breaks are valid UTF-8, but nobody typed them.
  if (/[^\P{Cc}\t\n\r]/u.test(text)) throw new TypeError('not a text')
  return { kind: 'text', text }
}

/** @type {T.Decode<T.FileContent>} */
function decodeFile(bytes) {
  const end = PREFIX + (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0)
  const { name, type, width, height } = JSON.parse(decoder.decode(bytes.subarray(PREFIX, end)))
  if (bytes[1] !== 1 || typeof name !== 'string' || typeof type !== 'string') throw new TypeError('not a file')
  const size = [width, height].every((side) => Number.isInteger(side) && side > 0 && side <= 10_000)
  return { kind: 'file', name, type, ...(size ? { width, height } : {}), bytes: bytes.slice(end) }
}

/** @type {WeakMap<object, T.Content>} */
const decoded = new WeakMap()

/** The content of a message, decoded once. @param {{ payload: ArrayLike<number> }} message */
export function contentOf({ payload }) {
  const content = decoded.get(payload) ?? decode(payload)
  decoded.set(payload, content)
  return content
}
