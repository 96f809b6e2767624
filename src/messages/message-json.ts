import type { ReadMessage } from './message.ts'
import { payloadRoom, writePayload } from './payload.ts'
import { allocate } from './slab.ts'

/** Bytes of everything but the payload: three ids, names, a timestamp, a number. */
const FIXED_ROOM = 320

/** The most bytes that the JSON of a message may take. */
export const messageRoomFor = ({ payload, payloadJson }: Pick<ReadMessage, 'payload' | 'payloadJson'>): number =>
  FIXED_ROOM + (payloadJson?.length ?? payloadRoom(payload.length))

/**
 * Writes the JSON of a message up to where its two readers' copies differ.
 * @returns the offset behind it
 */
export function writeMessageBody(target: Buffer, offset: number, message: Omit<ReadMessage, 'seq'>): number {
  const { id, sender_id, receiver_id, created_at, payload, payloadJson } = message
  const head = `{"id":"${id}","sender_id":"${sender_id}","receiver_id":"${receiver_id}","payload":`
  let at = offset + target.write(head, offset, 'latin1')
  at = payloadJson === undefined ? writePayload(target, at, payload) : at + payloadJson.copy(target, at)
  return at + target.write(`,"created_at":"${created_at}"`, at, 'latin1')
}

/** What ends a reader's copy: the number in his mailbox, or the mark of a message that was not stored. */
export const messageEnd = (seq: number | undefined): string =>
  seq === undefined ? ',"persisted":false}' : `,"seq":${seq}}`

/** The JSON of a message as one of its parties reads it: what the schema `Message` says, three times as fast. */
export function encodeMessage(message: ReadMessage): Buffer {
  const target = allocate(messageRoomFor(message))
  const at = writeMessageBody(target, 0, message)
  return target.subarray(0, at + target.write(messageEnd(message.seq), at, 'latin1'))
}

/** The JSON array of messages. */
export function encodeMessages(messages: readonly ReadMessage[]): Buffer {
  const parts: Buffer[] = []
  for (const message of messages) {
    parts.push(Buffer.from(parts.length === 0 ? '[' : ','), encodeMessage(message))
  }
  return Buffer.concat([...parts, Buffer.from(parts.length === 0 ? '[]' : ']')])
}
