/** @import * as T from './types.ts' */

/** The largest payload that the server takes (schemas/primitives.ts). */
export const MAX_PAYLOAD_BYTES = 65_536

const PREFIX = 4
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** Whether a file may be shown: a picture that can't carry scripts. @param {{ type: string }} file */
export const isPicture = ({ type }) => /^image\/(png|jpeg|gif|webp|avif)$/.test(type)

/** The payload of a text. @param {string} text */
export const encodeText = (text) => encoder.encode(text)

/** The payload of a file. @type {T.EncodeFile} */
export function encodeFile(header, bytes) {
  const head = encoder.encode(JSON.stringify(header))
  return Uint8Array.from([0xff, 0x01, head.length >> 8, head.length & 0xff, ...head, ...bytes])
}

/** What a payload holds, in the format that types.ts tells (`Content`). @type {T.Decode<ArrayLike<number>, T.Content>} */
export function decode(payload) {
  const bytes = Uint8Array.from(payload)
  try {
    return bytes[0] === 0xff ? decodeFile(bytes) : decodeText(bytes)
  } catch {
    return { kind: 'file', name: '', type: '', bytes }
  }
}

/** @type {T.Decode<T.Bytes, T.Content>} */
function decodeText(bytes) {
  const text = decoder.decode(bytes)
  // Nobody types control characters, valid UTF-8 or not.
  if (/[^\P{Cc}\t\n\r]/u.test(text)) throw new TypeError('not a text')
  return { kind: 'text', text }
}

/** @type {T.Decode<T.Bytes, T.Content>} */
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

/** The payload for a file; a picture is drawn smaller until it fits. @type {T.PayloadOf} */
export async function payloadOf(file) {
  const { type } = file
  const name = file.name.slice(-100)
  const picture = isPicture(file) ? await createImageBitmap(file).catch(() => undefined) : undefined
  const size = picture ? { width: picture.width, height: picture.height } : {}
  const whole = encodeFile({ name, type, ...size }, new Uint8Array(await file.arrayBuffer()))
  if (!picture || whole.length <= MAX_PAYLOAD_BYTES) return whole
  for (let side = 1600; side > 300; side *= 0.75) {
    const smaller = await draw(picture, name, side)
    if (smaller.length <= MAX_PAYLOAD_BYTES) return smaller
  }
  return whole
}

/** @type {T.DrawPicture} */
async function draw(picture, name, side) {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height))
  const width = Math.ceil(picture.width * scale)
  const height = Math.ceil(picture.height * scale)
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')?.drawImage(picture, 0, 0, width, height)
  const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.7 })
  const bytes = new Uint8Array(await blob.arrayBuffer())
  return encodeFile({ name: name.replace(/\.\w+$/, '.webp'), type: blob.type, width, height }, bytes)
}
