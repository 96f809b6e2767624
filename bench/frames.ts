import { randomBytes } from 'node:crypto'

/** How much of a text frame a reader is shown at once: enough for the ids and the payload's first bytes. */
const HEAD = 320
/** How many of its last bytes a reader is shown: enough for the mark of what was not stored. */
const TAIL = 32
const EMPTY = Buffer.alloc(0)

/** Opcodes of RFC 6455, section 5.2. */
export const opcodes = { continuation: 0, text: 1, close: 8, ping: 9, pong: 10 } as const

/**
 * A finished frame as a client sends it: masked.
 * @param mask four bytes; the same mask for every frame spares the generator the work of masking each one anew
 */
export const clientFrame = (opcode: number, payload: Buffer, mask: Buffer): Buffer => {
  const { length } = payload
  const headLength = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headLength + 4 + length)
  frame[0] = 0x80 | opcode
  if (headLength === 2) frame[1] = 0x80 | length
  else if (headLength === 4) {
    frame[1] = 0x80 | 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 0x80 | 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  mask.copy(frame, headLength)
  const start = headLength + 4
  for (let i = 0; i < length; i++) frame[start + i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0)
  return frame
}

/** A mask without a zero byte, so that no server is spared the unmasking. */
export const newMask = (): Buffer => Buffer.from(randomBytes(4).map((byte) => byte | 1))

/** What a reader does with the frames of a server. */
export interface FrameHandler {
  /** A text frame of `length` bytes; its first bytes (all, or at least 320) are at `data[start]` and after. */
  onText(data: Buffer, start: number, length: number): void
  /** A text frame has come to its end; its last bytes (all, or 32). */
  onTextEnd(tail: Buffer): void
  /** A ping, pong or close frame, whole. */
  onControl(opcode: number, payload: Buffer): void
}

/**
 * Cuts a server's byte stream into frames. Looks at the head of each and skips the rest, so that a large frame costs
 * no more than a small one. What it hands out is valid only during the call.
 */
export class FrameReader {
  readonly #handler: FrameHandler
  #rest = EMPTY
  #skip = 0
  #tail: Buffer = EMPTY

  constructor(handler: FrameHandler) {
    this.#handler = handler
  }

  /** Takes the next bytes of the stream. */
  push(chunk: Buffer): void {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#rest = EMPTY
    let at = Math.min(this.#skip, data.length)
    this.#skip -= at
    if (at > 0) this.#endText(data, 0, at)
    while (at < data.length) {
      const used = this.#frame(data, at)
      if (used === 0) {
        this.#rest = Buffer.from(data.subarray(at))
        return
      }
      at += used
    }
  }

  /** Handles the frame at `at` and returns its length, or 0 when too little of it is there. */
  #frame(data: Buffer, at: number): number {
    const have = data.length - at
    if (have < 2) return 0
    const opcode = (data[at] ?? 0) & 15
    const short = (data[at + 1] ?? 0) & 127
    const headLength = short < 126 ? 2 : short === 126 ? 4 : 10
    if (have < headLength) return 0
    const length =
      short < 126 ? short : short === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2))
    const start = at + headLength
    if (have < headLength + (opcode >= opcodes.close ? length : Math.min(length, HEAD))) return 0
    if (opcode >= opcodes.close) this.#handler.onControl(opcode, data.subarray(start, start + length))
    else {
      if (opcode !== opcodes.continuation) this.#handler.onText(data, start, length)
      this.#tail = EMPTY
      this.#skip = Math.max(0, length - (data.length - start))
      this.#endText(data, start, start + length)
    }
    return headLength + length
  }

  /** Keeps the end of a text until there is no more of it. */
  #endText(data: Buffer, start: number, end: number): void {
    const part = data.subarray(Math.max(start, end - TAIL), end)
    const isWhole = this.#skip === 0 && this.#tail.length === 0
    // Copied where more follows, since the next read overwrites it.
    this.#tail = isWhole ? part : Buffer.concat([this.#tail, part]).subarray(-TAIL)
    if (this.#skip === 0) this.#handler.onTextEnd(this.#tail)
  }
}
