import { readPayload, skipWhiteSpace } from './payload.ts'
import { Slab } from './slab.ts'

/** A message as a client sent it, its payload already bytes. */
export interface ParsedMessage {
  receiver_id: string
  payload: Buffer
  /** The payload's JSON as it came, where that is how it goes out again. */
  payloadJson?: Buffer | undefined
  id?: string | undefined
}

/** A message that the quick reader has recognized, and so has checked by itself. */
export class RecognizedMessage implements ParsedMessage {
  receiver_id: string
  payload: Buffer
  payloadJson: Buffer | undefined
  id: string | undefined
  constructor(receiverId: string, payload: Buffer, payloadJson: Buffer | undefined, id: string | undefined) {
    this.receiver_id = receiverId
    this.payload = payload
    this.payloadJson = payloadJson
    this.id = id
  }
}

const UUID_LENGTH = 36
/** Bytes of a frame besides its payload's text that may be kept with it. */
const MAX_KEPT = 512

/** Whether these bytes are a UUID in lower case between quotes. */
function isQuotedId(json: Buffer, offset: number): boolean {
  if (json[offset] !== 0x22 || json[offset + UUID_LENGTH + 1] !== 0x22) return false
  for (let place = 0; place < UUID_LENGTH; place++) {
    const code = json[offset + 1 + place] as number
    const isDash = place === 8 || place === 13 || place === 18 || place === 23
    if (isDash ? code !== 0x2d : !((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66))) return false
  }
  return true
}

const idKey = Buffer.from('"id"')
const payloadKey = Buffer.from('"payload"')
const receiverKey = Buffer.from('"receiver_id"')
/** The known keys by the character behind their quote. */
const keys = new Map([idKey, payloadKey, receiverKey].map((key) => [key[1], key]))

function isAt(json: Buffer, offset: number, text: Buffer): boolean {
  if (offset + text.length > json.length) return false
  for (let place = 0; place < text.length; place++) if (json[offset + place] !== text[place]) return false
  return true
}

function keyAt(json: Buffer, offset: number): Buffer | undefined {
  const key = keys.get(json[offset + 1])
  return key !== undefined && isAt(json, offset, key) ? key : undefined
}

/**
 * Makes the reader of the plain form of a new message: the three known fields, each once and without escapes, plain
 * integers in the payload, white space anywhere. It goes from the bytes of a frame to the bytes of the payload without
 * an array of numbers in between. What it does not recognize is not wrong: `JSON.parse` and the schema decide then.
 * @param maxPayloadBytes largest payload that it reads
 */
export function createMessageParser(maxPayloadBytes: number): (json: Buffer) => RecognizedMessage | undefined {
  const slab = new Slab()

  return function parse(json) {
    let receiver_id: string | undefined
    let payload: Buffer | undefined
    let payloadJson: Buffer | undefined
    let id: string | undefined
    let at = skipWhiteSpace(json, 0)
    if (json[at] !== 0x7b) return undefined
    do {
      at = skipWhiteSpace(json, at + 1)
      if (json[at] !== 0x22) return undefined
      const key = keyAt(json, at)
      if (key === undefined) return undefined
      at = skipWhiteSpace(json, at + key.length)
      if (json[at] !== 0x3a) return undefined
      at = skipWhiteSpace(json, at + 1)
      if (key === payloadKey) {
        if (json[at] !== 0x5b || payload !== undefined) return undefined
        // A number takes two characters or more, with its comma or the bracket.
        const most = Math.min(maxPayloadBytes, (json.length - at) >> 1)
        slab.reserve(most)
        const read = readPayload(json, at + 1, slab.target, slab.start, most)
        payload = slab.take(slab.start + (read?.length ?? 0))
        if (read === undefined) return undefined
        // Kept text keeps its whole frame: only one that is hardly more than the text.
        if (read.isCompact && json.length - (read.end - at) < MAX_KEPT) payloadJson = json.subarray(at, read.end)
        at = read.end
      } else {
        if (!isQuotedId(json, at)) return undefined
        const text = json.toString('latin1', at + 1, at + 1 + UUID_LENGTH)
        if (key === idKey ? id !== undefined : receiver_id !== undefined) return undefined
        if (key === idKey) id = text
        else receiver_id = text
        at += UUID_LENGTH + 2
      }
      at = skipWhiteSpace(json, at)
    } while (json[at] === 0x2c)
    if (json[at] !== 0x7d || skipWhiteSpace(json, at + 1) !== json.length) return undefined
    if (receiver_id === undefined || payload === undefined) return undefined
    return new RecognizedMessage(receiver_id, payload, payloadJson, id)
  }
}
