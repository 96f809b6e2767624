/**
 * What a payload means to this page. The server never looks inside.
 *
 * - Text is its UTF-8 bytes and nothing else, so every client that sends plain text is understood.
 * - A file is a tagged run of bytes that can't be taken for text, because no UTF-8 contains the byte 0xFF:
 *
 *       0xFF  0x01  length of the header (2 bytes, big-endian)  header (JSON in UTF-8)  content
 *
 *   The header is `{"name": "cat.png", "type": "image/png", "width": 640, "height": 480}`, the last two for pictures.
 * - Anything else is a file without a name.
 *
 * @typedef {{ name: string, type: string, width?: number, height?: number }} FileHeader
 * @typedef {{ kind: 'text', text: string } | ({ kind: 'file', bytes: Uint8Array<ArrayBuffer> } & FileHeader)} Content
 */

/** The largest payload that the server takes (`MAX_PAYLOAD_BYTES` in schemas/primitives.ts). */
export const MAX_PAYLOAD_BYTES = 65_536

const TAG = [0xff, 0x01]
const PREFIX = TAG.length + 2
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Picture types that browsers show and that can't carry scripts; SVG can. */
const pictures = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'])

/** Whether a file may be shown in the page. @param {{ type: string }} file */
export const isPicture = ({ type }) => pictures.has(type)

/** The payload of a text. @param {string} text @returns {Uint8Array<ArrayBuffer>} */
export const encodeText = (text) => new Uint8Array(new TextEncoder().encode(text))

/**
 * The payload of a file.
 * @param {FileHeader} header
 * @param {Uint8Array} bytes
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encodeFile(header, bytes) {
  const head = new TextEncoder().encode(JSON.stringify(header))
  const payload = new Uint8Array(PREFIX + head.length + bytes.length)
  payload.set([...TAG, head.length >> 8, head.length & 0xff])
  payload.set(head, PREFIX)
  payload.set(bytes, PREFIX + head.length)
  return payload
}

/** What a payload holds. @param {ArrayLike<number>} payload @returns {Content} */
export function decode(payload) {
  const bytes = Uint8Array.from(payload)
  return decodeFile(bytes) ?? decodeText(bytes) ?? { kind: 'file', name: '', type: '', bytes }
}

/** @param {Uint8Array<ArrayBuffer>} bytes @returns {Content | undefined} */
function decodeText(bytes) {
  try {
    const text = utf8.decode(bytes)
    // Control characters other than tab and line breaks are valid UTF-8, but nobody typed them.
    return /[^\P{Cc}\t\n\r]/u.test(text) ? undefined : { kind: 'text', text }
  } catch {
    return undefined
  }
}

/** @param {Uint8Array<ArrayBuffer>} bytes @returns {Content | undefined} */
function decodeFile(bytes) {
  if (bytes.length < PREFIX || !TAG.every((byte, index) => bytes[index] === byte)) return undefined
  const end = PREFIX + (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0)
  try {
    const { name, type, width, height } = JSON.parse(utf8.decode(bytes.subarray(PREFIX, end)))
    if (typeof name !== 'string' || typeof type !== 'string') return undefined
    const size = isSize(width) && isSize(height) ? { width, height } : {}
    return { kind: 'file', name, type, ...size, bytes: bytes.slice(end) }
  } catch {
    return undefined
  }
}

/** @param {unknown} value */
const isSize = (value) => Number.isInteger(value) && Number(value) > 0 && Number(value) <= 10_000

/** @type {WeakMap<object, Content>} */
const decoded = new WeakMap()

/** The content of a message, decoded once. @param {{ payload: ArrayLike<number> }} message @returns {Content} */
export function contentOf(message) {
  let content = decoded.get(message.payload)
  if (!content) {
    content = decode(message.payload)
    decoded.set(message.payload, content)
  }
  return content
}
