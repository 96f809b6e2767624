import type { FrameError } from '../../schemas/frame.ts'
import type { ReadMessage } from '../messages/message.ts'
import { messageEnd, messageRoomFor, writeMessageBody } from '../messages/message-json.ts'
import { Slab } from '../messages/slab.ts'

/** A finished frame, ready for the wire (RFC 6455, section 5.2: FIN, no mask). */
export type Frame = Buffer

const TEXT = 0x81
const PING = 0x89
/** The most bytes of a header. */
const HEADER_ROOM = 10

const slab = new Slab()

/** Takes the text frame whose content lies in the slab from behind the room of a header up to `end`. */
function takeFrame(end: number): Frame {
  const { target, start } = slab
  return slab.take(end, writeHeader(target, start + HEADER_ROOM, end - start - HEADER_ROOM))
}

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
  let memory: Buffer | undefined
  let bodyStart = 0
  let bodyEnd = 0
  return (seq) => {
    slab.reserve(room)
    const { target, start } = slab
    const contentStart = start + HEADER_ROOM
    let end: number
    if (memory === undefined) {
      // The first reader gets the original, the others copies.
      memory = target
      bodyStart = contentStart
      end = writeMessageBody(target, contentStart, message)
      bodyEnd = end
    } else {
      end = contentStart + memory.copy(target, contentStart, bodyStart, bodyEnd)
    }
    return takeFrame(end + target.write(messageEnd(seq), end, 'latin1'))
  }
}

/** The frame of anything small. */
export function jsonFrame(value: object): Frame {
  const text = JSON.stringify(value)
  slab.reserve(HEADER_ROOM + Buffer.byteLength(text))
  const contentStart = slab.start + HEADER_ROOM
  return takeFrame(contentStart + slab.target.write(text, contentStart))
}

/** The frame of a refusal; `id` is the one that the refused frame carried. */
export const errorFrame = (error: string, id: string | undefined): Frame =>
  jsonFrame((id === undefined ? { error } : { error, id }) satisfies FrameError)

/** A ping whose pong will carry a number back. */
export function pingFrame(seq: number): Frame {
  const text = String(seq)
  slab.reserve(2 + text.length)
  const { target, start } = slab
  target[start] = PING
  target[start + 1] = text.length
  return slab.take(start + 2 + target.write(text, start + 2, 'latin1'))
}
