import type { FrameError } from '../../schemas/frame.ts'
import type { ReadMessage } from '../messages/message.ts'
import { encodeMessageBody, encodeMessageEnd } from '../messages/message-json.ts'

/** A finished text frame, ready for the wire (RFC 6455, section 5.2: FIN, opcode 1, no mask). */
export type Frame = Buffer

function writeHeader(target: Buffer, length: number): number {
  target[0] = 0x81
  if (length < 126) {
    target[1] = length
    return 2
  }
  if (length < 65_536) {
    target[1] = 126
    target.writeUInt16BE(length, 2)
    return 4
  }
  target[1] = 127
  target.writeUInt32BE(0, 2)
  target.writeUInt32BE(length, 6)
  return 10
}

const headerLength = (length: number) => (length < 126 ? 2 : length < 65_536 ? 4 : 10)

function frameOf(body: Buffer, end: string): Frame {
  const length = body.length + end.length
  const frame = Buffer.allocUnsafe(headerLength(length) + length)
  const at = writeHeader(frame, length)
  body.copy(frame, at)
  frame.write(end, at + body.length, 'latin1')
  return frame
}

/**
 * Makes the copies of one message: its JSON is written once, whoever reads it and on how many sockets.
 * @returns a function from a reader's number to his frame
 */
export function messageFrames(message: Omit<ReadMessage, 'seq'>): (seq: number | undefined) => Frame {
  const body = encodeMessageBody(message)
  return (seq) => frameOf(body, encodeMessageEnd(seq))
}

/** The frame of anything small. */
export const jsonFrame = (value: object): Frame => frameOf(Buffer.from(JSON.stringify(value)), '')

/** The frame of a refusal; `id` is the one that the refused frame carried. */
export const errorFrame = (error: string, id: string | undefined): Frame =>
  jsonFrame((id === undefined ? { error } : { error, id }) satisfies FrameError)
