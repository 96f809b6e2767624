import type { FrameError } from '../../schemas/frame.ts'
import type { ReadMessage } from '../messages/message.ts'
import { messageEnd, messageHead, messageTail, payloadJsonOf } from '../messages/message-json.ts'

/** A frame on its way out (RFC 6455, section 5.2: FIN, no mask), which is laid out only when it leaves. */
export interface Frame {
  /** Bytes, header and content. */
  readonly length: number
  /** Writes it; returns the offset behind it. */
  write(target: Buffer, at: number): number
}

const TEXT = 0x81
const PING = 0x89

const headerLength = (contentLength: number) => (contentLength < 126 ? 2 : contentLength < 65_536 ? 4 : 10)

/** Writes the header of a text frame; returns where its content goes. */
function writeHeader(target: Buffer, at: number, contentLength: number): number {
  target[at] = TEXT
  if (contentLength < 126) {
    target[at + 1] = contentLength
    return at + 2
  }
  if (contentLength < 65_536) {
    target[at + 1] = 126
    return target.writeUInt16BE(contentLength, at + 2)
  }
  target[at + 1] = 127
  target.writeUInt32BE(0, at + 2)
  return target.writeUInt32BE(contentLength, at + 6)
}

/** One reader's copy of a message. */
class MessageFrame implements Frame {
  readonly length: number
  readonly #copies: MessageCopies
  readonly #end: string

  constructor(copies: MessageCopies, seq: number | undefined) {
    this.#copies = copies
    this.#end = messageEnd(seq)
    const contentLength = copies.length + this.#end.length
    this.length = headerLength(contentLength) + contentLength
  }

  write(target: Buffer, at: number): number {
    const { head, payloadJson, tail, length } = this.#copies
    let end = writeHeader(target, at, length + this.#end.length)
    end += target.write(head, end, 'latin1')
    end += payloadJson.copy(target, end)
    end += target.write(tail, end, 'latin1')
    return end + target.write(this.#end, end, 'latin1')
  }
}

/**
 * What the copies of a message have in common: its JSON is made once, whoever reads it and on how many sockets, and each
 * copy is written where it leaves. Copies in memory of their own, 8 KB of garbage a message of 1 KiB, had V8 collect its
 * whole heap once a second under load.
 */
export class MessageCopies {
  readonly head: string
  readonly payloadJson: Buffer
  readonly tail: string

  constructor(message: Omit<ReadMessage, 'seq'>) {
    this.head = messageHead(message)
    this.payloadJson = payloadJsonOf(message)
    this.tail = messageTail(message)
  }

  /** Bytes of the JSON up to where copies differ. */
  get length(): number {
    return this.head.length + this.payloadJson.length + this.tail.length
  }

  /** The copy of a reader who has the message under this number; undefined where it was not stored. */
  frame(seq: number | undefined): Frame {
    return new MessageFrame(this, seq)
  }
}

/** The frame of one reader alone. */
export const messageFrame = (message: ReadMessage): Frame => new MessageCopies(message).frame(message.seq)

/** The frame of anything small. */
export function jsonFrame(value: object): Frame {
  const text = JSON.stringify(value)
  const contentLength = Buffer.byteLength(text)
  return {
    length: headerLength(contentLength) + contentLength,
    write: (target, at) => {
      const start = writeHeader(target, at, contentLength)
      return start + target.write(text, start)
    },
  }
}

/** The frame of a refusal; `id` is the one that the refused frame carried. */
export const errorFrame = (error: string, id: string | undefined): Frame =>
  jsonFrame((id === undefined ? { error } : { error, id }) satisfies FrameError)

/** A ping whose pong will carry a number back. */
export function pingFrame(seq: number): Frame {
  const text = String(seq)
  return {
    length: 2 + text.length,
    write: (target, at) => {
      target[at] = PING
      target[at + 1] = text.length
      return at + 2 + target.write(text, at + 2, 'latin1')
    },
  }
}
