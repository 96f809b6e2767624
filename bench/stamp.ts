import { randomBytes } from 'node:crypto'
import { clientFrame, opcodes } from './frames.ts'

/*
 * A message under test names itself in the first bytes of its payload, each byte worth two decimal digits and written
 * as 100 to 199, so that its text is always three digits wide and can be overwritten in a finished, masked frame:
 * one byte for the run, four for the number of the message.
 */
const DIGITS = 5
/** Bytes of a payload that the stamp takes. */
export const STAMP_BYTES = DIGITS
/** Message numbers of one socket wrap here. */
export const SEQ_LIMIT = 100_000_000
const PAYLOAD = Buffer.from('"payload":[')

/** A frame ready to be sent again and again under other numbers. */
export interface Template {
  readonly bytes: Buffer
  /** Where the masked text starts. */
  readonly textAt: number
  /** Where the first digit of the stamp stands. */
  readonly stampAt: number
}

/** The JSON text that sends `size` random bytes to a user. */
export const messageText = (receiverId: string, size: number): Buffer => {
  if (size < STAMP_BYTES) throw new RangeError(`a payload under test has at least ${STAMP_BYTES} bytes`)
  const payload = Array.from(randomBytes(size))
  payload.fill(100, 0, DIGITS)
  return Buffer.from(JSON.stringify({ receiver_id: receiverId, payload }))
}

/** The masked text frame that sends `size` random bytes to a user. */
export const messageFrame = (receiverId: string, size: number, mask: Buffer): Template => {
  const text = messageText(receiverId, size)
  const bytes = clientFrame(opcodes.text, text, mask)
  const textAt = bytes.length - text.length
  return { bytes, textAt, stampAt: textAt + text.indexOf(PAYLOAD) + PAYLOAD.length }
}

/** Writes run (0 to 99) and number of a message into a masked frame that starts at `offset`. */
export const stampFrame = (
  bytes: Buffer,
  offset: number,
  { textAt, stampAt }: Template,
  mask: Buffer,
  { run, seq }: { run: number; seq: number },
): void => {
  let rest = seq
  for (let digit = DIGITS - 1; digit >= 0; digit--) {
    const value = digit === 0 ? run : rest % 100
    rest = (rest - (rest % 100)) / 100
    const at = offset + stampAt + digit * 4
    const phase = stampAt + digit * 4 - textAt
    bytes[at + 1] = (48 + Math.floor(value / 10)) ^ (mask[(phase + 1) & 3] ?? 0)
    bytes[at + 2] = (48 + (value % 10)) ^ (mask[(phase + 2) & 3] ?? 0)
  }
}

/** Where the payload's digits start in a server's frame, or -1 when it is no message. */
const payloadAt = (data: Buffer, start: number): number => {
  // Servers put the fields in one order for every message, so the place found last is tried first.
  const guess = start + lastOffset
  if (data[guess] === 91 && data[guess - 2] === 34 && data[guess - 3] === 100) return guess + 1
  const found = data.indexOf(PAYLOAD, start)
  if (found < 0 || found > start + 300) return -1
  lastOffset = found + PAYLOAD.length - 1 - start
  return found + PAYLOAD.length
}
let lastOffset = 0

/** How a message ends that was passed on while the database was away (PROTOCOL.md): nothing is acknowledged by it. */
const UNSTORED = '"persisted":false}'

/** Whether a message's frame that ends like this, by 18 bytes or more, says that it is not stored. */
export const isUnstored = (tail: Buffer): boolean => tail.toString('latin1').endsWith(UNSTORED)

/**
 * Reads the stamp of a message out of a server's frame.
 * @returns run * SEQ_LIMIT + seq, or -1 when there is none
 */
export const readStamp = (data: Buffer, start: number): number => {
  const first = payloadAt(data, start)
  if (first < 0) return -1
  let value = 0
  for (let digit = 0; digit < DIGITS; digit++) {
    const at = first + digit * 4
    value = value * 100 + ((data[at + 1] ?? 0) - 48) * 10 + ((data[at + 2] ?? 0) - 48)
  }
  return value
}
