import { clientFrame, opcodes } from '../../../bench/frames.ts'
import { messageText, stampFrame, type Template } from '../../../bench/stamp.ts'
import { MASK } from './raw-socket.ts'

/**
 * The frame of a message, to be stamped anew each time.
 * @param length of the frame's text, made up with white space, which is free in JSON; by default none
 */
export const template = (receiverId: string, payloadBytes: number, length = 0): Template => {
  const json = messageText(receiverId, payloadBytes)
  const padding = Buffer.alloc(Math.max(0, length - json.length), ' ')
  const text = Buffer.concat([json.subarray(0, -1), padding, json.subarray(-1)])
  const bytes = clientFrame(opcodes.text, text, MASK)
  const textAt = bytes.length - text.length
  return { bytes, textAt, stampAt: textAt + text.indexOf('"payload":[') + '"payload":['.length }
}

/** Makes `count` frames of it in one buffer, which differ from each other and from all others of this sender. */
export const stamped = (template: Template, first: number, count: number): Buffer => {
  const { bytes } = template
  const frames = Buffer.allocUnsafe(bytes.length * count)
  for (let place = 0; place < count; place += 1) {
    const at = bytes.copy(frames, place * bytes.length) * place
    stampFrame(frames, at, template, MASK, { run: 0, seq: first + place })
  }
  return frames
}
