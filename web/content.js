/** @import { Content, FileHeader } from './types.ts' */

// What a payload means to this page; the server never looks inside.
// - Text is its UTF-8 bytes and nothing else, so every client that sends plain text is understood.
// - A file is a tagged run of bytes that can't be taken for text, for UTF-8 never contains the byte 0xFF:
//     0xFF  0x01  length of the header (2 bytes, big-endian)  header (FileHeader as JSON)  content
// - Anything else is a file without a name.

/** The largest payload that the server takes (schemas/primitives.ts). */
export const MAX_PAYLOAD_BYTES = 65_536

const TAG = [0xff, 0x01]
const PREFIX = 4
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** Whether a file may be shown: pictures that can't carry scripts, as SVG can. @param {{ type: string }} file */
export const isPicture = ({ type }) => /^image\/(png|jpeg|gif|webp|avif)$/.test(type)

/** The payload of a text. @param {string} text */
export const encodeText = (text) => encoder.encode(text)

/** The payload of a file. @param {FileHeader} header @param {Uint8Array} bytes */
export function encodeFile(header, bytes) {
  const head = encoder.encode(JSON.stringify(header))
  return Uint8Array.from([...TAG, head.length >> 8, head.length & 0xff, ...head, ...bytes])
}

/** What a payload holds. @param {ArrayLike<number>} payload @returns {Content} */
export function decode(payload) {
  const bytes = Uint8Array.from(payload)
  try {
    return decodeFile(bytes) ?? decodeText(bytes)
  } catch {
    return { kind: 'file', name: '', type: '', bytes }
  }
}

/** @param {Uint8Array} bytes @returns {Content} */
function decodeText(bytes) {
  const text = decoder.decode(bytes)
  // Control characters other than tab and line breaks are valid UTF-8, but nobody typed them.
  if (/[^\P{Cc}\t\n\r]/u.test(text)) throw new TypeError('not a text')
  return { kind: 'text', text }
}

/** @param {Uint8Array<ArrayBuffer>} bytes @returns {Content | undefined} */
function decodeFile(bytes) {
  if (!TAG.every((byte, index) => bytes[index] === byte)) return undefined
  const end = PREFIX + (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0)
  const { name, type, width, height } = JSON.parse(decoder.decode(bytes.subarray(PREFIX, end)))
  if (typeof name !== 'string' || typeof type !== 'string') return undefined
  const size = isSize(width) && isSize(height) ? { width, height } : {}
  return { kind: 'file', name, type, ...size, bytes: bytes.slice(end) }
}

/** @param {number} value */
const isSize = (value) => Number.isInteger(value) && value > 0 && value <= 10_000

/** @type {WeakMap<object, Content>} */
const decoded = new WeakMap()

/** The content of a message, decoded once. @param {{ payload: ArrayLike<number> }} message */
export function contentOf({ payload }) {
  const content = decoded.get(payload) ?? decode(payload)
  decoded.set(payload, content)
  return content
}
