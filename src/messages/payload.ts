/** The decimal text and the comma of each byte as one little-endian word, and how long that is. */
const words = new Uint32Array(256)
const lengths = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) {
  const text = Buffer.from(`${byte},`)
  lengths[byte] = text.length
  words[byte] = text.reduce((word, code, place) => word | (code << (8 * place)), 0) >>> 0
}

/**
 * Numbers with their comma, found by the low halves of their first three characters: exact text, the bits of it that
 * count, value, and length. Text that is no such number differs from the one it finds.
 */
const texts = new Int32Array(4096).fill(-1)
const masks = new Int32Array(4096)
const values = new Uint8Array(4096)
const steps = new Uint8Array(4096)
for (let byte = 0; byte < 256; byte++) {
  const text = words[byte] as number
  const length = lengths[byte] as number
  // Behind one digit and its comma anything may follow.
  for (let next = 0; next < (length === 2 ? 16 : 1); next++) {
    const place = placeOf(text) | (next << 8)
    texts[place] = text
    masks[place] = 2 ** (8 * length) - 1
    values[place] = byte
    steps[place] = length
  }
}

/** Where a number may stand, by the four characters from its first. */
function placeOf(text: number): number {
  return (text & 0x0f) | ((text >>> 4) & 0xf0) | ((text >>> 8) & 0xf00)
}

/** The most bytes that {@link writePayload} may touch for a payload of this many bytes. */
export const payloadRoom = (bytes: number): number => bytes * 4 + 4

/**
 * Writes the JSON array of a payload's bytes. One table look-up and one store a byte: 1 KiB in 4.6 µs, where
 * `JSON.stringify(Array.from(payload))` takes 29.8 µs.
 * @returns the offset behind the closing bracket
 */
export function writePayload(target: Buffer, offset: number, payload: Uint8Array): number {
  let at = offset
  target[at++] = 0x5b
  if (payload.length > 0) {
    const view = new DataView(target.buffer, target.byteOffset, target.byteLength)
    for (let place = 0; place < payload.length; place++) {
      const byte = payload[place] as number
      view.setUint32(at, words[byte] as number, true)
      at += lengths[byte] as number
    }
    at -= 1
  }
  target[at] = 0x5d
  return at + 1
}

const isWhiteSpace = (code: number) => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

/** Where the next token starts (RFC 8259, section 2). */
export function skipWhiteSpace(json: Buffer, offset: number): number {
  let at = offset
  while (isWhiteSpace(json[at] as number)) at++
  return at
}

/** What a payload's JSON holds. */
export interface PayloadReading {
  /** Bytes of the payload. */
  length: number
  /** The offset behind the closing bracket. */
  end: number
  /** Whether there is no white space in it, so that the text is just what {@link writePayload} would write. */
  isCompact: boolean
}

/**
 * Reads a JSON array of integers 0 to 255 in their plain decimal form into `target`. A number and its comma are found in
 * a table in one step: 1 KiB in 3.6 µs, where one character a step takes 13.
 * @param json text whose byte at `offset` follows the opening bracket
 * @param target where the bytes go, from `start` on
 * @param most bytes that are read at most
 * @returns undefined for anything unusual
 */
export function readPayload(
  json: Buffer,
  offset: number,
  target: Buffer,
  start: number,
  most: number,
): PayloadReading | undefined {
  let at = skipWhiteSpace(json, offset)
  let isCompact = at === offset
  let to = start
  const last = start + most
  if (json[at] === 0x5d) return { length: 0, end: at + 1, isCompact }
  const view = new DataView(json.buffer, json.byteOffset, json.byteLength)
  const lastWord = json.length - 4
  for (;;) {
    while (at <= lastWord && to < last) {
      const text = view.getInt32(at, true)
      const place = placeOf(text)
      if ((text & (masks[place] as number)) !== texts[place]) break
      target[to++] = values[place] as number
      at += steps[place] as number
    }
    if ((json[at] as number) <= 0x20) {
      isCompact = false
      at = skipWhiteSpace(json, at)
    }
    let value = ((json[at] as number) | 0) - 0x30
    if (value < 0 || value > 9 || to === last) return undefined
    let code = (json[++at] as number) | 0
    if (code >= 0x30 && code <= 0x39 && value !== 0) {
      value = value * 10 + code - 0x30
      code = (json[++at] as number) | 0
      if (code >= 0x30 && code <= 0x39) {
        value = value * 10 + code - 0x30
        if (value > 255) return undefined
        code = (json[++at] as number) | 0
      }
    }
    target[to++] = value
    if (code <= 0x20) {
      isCompact = false
      at = skipWhiteSpace(json, at)
      code = (json[at] as number) | 0
    }
    at++
    if (code === 0x5d) return { length: to - start, end: at, isCompact }
    if (code !== 0x2c) return undefined
  }
}
