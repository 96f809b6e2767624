import type { TSchema } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import { newMessage } from '../../schemas/message.ts'
import { AppError } from '../errors.ts'
import { compile, explain, validatorCompiler } from '../http/validation.ts'
import { createMessageParser, type ParsedMessage, RecognizedMessage } from './parse.ts'

/** White space is free in JSON, but not without end: twice the longest compact form, and room for the ids. */
export const messageRoom = (maxPayloadBytes: number): number => maxPayloadBytes * 8 + 4_096

/** The id of a refused message, where it can be told, so that the refusal can be matched. */
export class MessageRefusal extends AppError {
  readonly id: string | undefined
  constructor(message: string, id?: string) {
    super('bad_request', { message })
    this.id = id
  }
}

const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const idOf = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  'id' in value &&
  typeof value.id === 'string' &&
  idPattern.test(value.id)
    ? value.id
    : undefined

/**
 * Makes the reader of a socket's frames: the quick reader first, `JSON.parse` and the schema for all that it leaves.
 * The reader throws {@link MessageRefusal} for what the schema refuses.
 * @param maxPayloadBytes largest payload in bytes
 */
export function createFrameReader(maxPayloadBytes: number): (json: Buffer) => ParsedMessage {
  const recognize = createMessageParser(maxPayloadBytes)
  const isNewMessage = compile(newMessage(maxPayloadBytes))
  return function read(json) {
    const recognized = recognize(json)
    if (recognized !== undefined) return recognized
    let value: unknown
    try {
      value = JSON.parse(json.toString())
    } catch {
      throw new MessageRefusal('frame is not valid JSON')
    }
    if (!isNewMessage(value)) throw new MessageRefusal(explain(isNewMessage.errors, 'frame'), idOf(value))
    return { ...value, payload: Buffer.from(value.payload) }
  }
}

/**
 * Gives the JSON bodies of a scope, whose routes all take new messages, to the quick reader, and what it leaves to
 * Fastify's own parser and the schema.
 */
export function readMessageBodies(
  api: Pick<FastifyInstance, 'addContentTypeParser' | 'getDefaultJsonParser' | 'setValidatorCompiler'>,
  maxPayloadBytes: number,
): void {
  const recognize = createMessageParser(maxPayloadBytes)
  const parseJson = api.getDefaultJsonParser('error', 'error')
  api.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: messageRoom(maxPayloadBytes) },
    (request, body: Buffer, done) => {
      const recognized = recognize(body)
      if (recognized !== undefined) done(null, recognized)
      else parseJson(request, body.toString(), done)
    },
  )
  api.setValidatorCompiler<TSchema>((route) => {
    const validate = validatorCompiler(route)
    if (route.httpPart !== 'body') return validate
    // A function of its own, with its own errors: Fastify reads them from the one that it was given.
    const check: typeof validate = (body: unknown) => {
      if (body instanceof RecognizedMessage) return true
      const isValid = validate(body)
      if (validate.errors !== undefined) check.errors = validate.errors
      return isValid
    }
    return check
  })
}

/** The body of a message route as bytes, whichever way it was read. */
export const toParsedMessage = (
  body: ParsedMessage | { receiver_id: string; payload: number[]; id?: string },
): ParsedMessage =>
  body instanceof RecognizedMessage ? body : { ...body, payload: Buffer.from(body.payload as number[]) }
