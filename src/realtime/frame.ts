import type { FrameError } from '../../schemas/frame.ts'
import type { ReadMessage } from '../messages/message.ts'
import { messageEnd, messageRoomFor, writeMessageBody } from '../messages/message-json.ts'
import { allocate } from '../messages/slab.ts'

/** A finished frame, ready for the wire (RFC 6455, section 5.2: FIN, no mask). */
export type Frame = Buffer

const TEXT = 0x81
const PING = 0x89
/** The most bytes of a header. */
const HEADER_ROOM = 10

/** Writes the header of a text frame so that it ends at `end`; returns where it starts. */
function writeHeader(target: Buffer, end: number, length: number): number {
  const start = end - (length < 126 ? 2 : length < 65_536 ? 4 : 10)
  target[start] = TEXT
  if (length < 126) target[start + 1] = length
  else if (length < 65_536) {
    target[start + 1] = 126
    target.writeUInt16BE(length, start + 2)
  } else {
    target[start + 1] = 127
    target.writeUInt32BE(0, start + 2)
    target.writeUInt32BE(length, start + 6)
  }
  return start
}

/**
 * Makes the copies of one message: its JSON is written once, whoever reads it and on how many sockets.
 * @returns a function from a reader's number to his frame
 */
export function messageFrames(message: Omit<ReadMessage, 'seq'>): (seq: number | undefined) => Frame {
  const room = HEADER_ROOM + messageRoomFor(message)
  const body = allocate(room)
  const bodyEnd = writeMessageBody(body, HEADER_ROOM, message)
  let isUsed = false
  return (seq) => {
    // The first reader gets the original, the second a copy.
    const target = isUsed ? allocate(room) : body
    if (isUsed) body.copy(target, HEADER_ROOM, HEADER_ROOM, bodyEnd)
    isUsed = true
    const end = bodyEnd + target.write(messageEnd(seq), bodyEnd, 'latin1')
    return target.subarray(writeHeader(target, HEADER_ROOM, end - HEADER_ROOM), end)
  }
}

/** The frame of anything small. */
export function jsonFrame(value: object): Frame {
  const text = JSON.stringify(value)
  const target = allocate(HEADER_ROOM + Buffer.byteLength(text))
  const end = HEADER_ROOM + target.write(text, HEADER_ROOM)
  return target.subarray(writeHeader(target, HEADER_ROOM, end - HEADER_ROOM), end)
}

/** The frame of a refusal; `id` is the one that the refused frame carried. */
export const errorFrame = (error: string, id: string | undefined): Frame =>
  jsonFrame((id === undefined ? { error } : { error, id }) satisfies FrameError)

/** A ping whose pong will carry a number back. */
export function pingFrame(seq: number): Frame {
  const text = String(seq)
  const target = allocate(2 + text.length)
  target[0] = PING
  target[1] = text.length
  target.write(text, 2, 'latin1')
  return target
}
