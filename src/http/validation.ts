import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify'
import fp from 'fastify-plugin'
import { Id, PASSWORD_MAX_BYTES } from '../../schemas/primitives.ts'
import { isUsername } from '../users/username.ts'

const options: Options = {
  // A stranger's request must not cost more for having many faults.
  allErrors: false,
  removeAdditional: false,
  useDefaults: true,
  // The formats below and the schemas' `examples` apart, an unknown word in a schema is a slip of ours.
  strict: true,
  allowUnionTypes: true,
  keywords: ['example'],
  formats: {
    'date-time': fullFormats['date-time'],
    username: isUsername,
    password: (text: string) => Buffer.byteLength(text) <= PASSWORD_MAX_BYTES,
  },
}

/** Bodies and frames: what is written is what is meant. */
const exact = new Ajv({ ...options, coerceTypes: false })
/** Query strings and path parameters, where everything is text. */
const lenient = new Ajv({ ...options, coerceTypes: true })

/** The message of a format, where `must match format "x"` would tell nobody what to do. */
const formatRules: Readonly<Record<string, string>> = {
  username:
    'must be normalized text (NFKC) without control characters and without leading, trailing or double white space',
  password: `must be at most ${PASSWORD_MAX_BYTES} bytes of UTF-8`,
}

/**
 * A validator that neither coerces nor removes, for what arrives outside of Fastify.
 * @returns ajv's type guard; after a refusal its `errors` are for {@link explain}
 */
export const compile = <S extends TSchema>(schema: S): ValidateFunction<Static<S>> => exact.compile<Static<S>>(schema)

type Problem = Pick<ErrorObject, 'instancePath' | 'keyword' | 'params'> & { message?: string | undefined }

/**
 * The first fault in words: `payload/3 must be <= 255`.
 * @param whole what to call the value where the fault is not in one of its fields
 */
export function explain(errors: readonly Problem[] | null | undefined, whole = 'body'): string {
  const [error] = errors ?? []
  if (error === undefined) return `${whole} is not valid`
  const place = error.instancePath.slice(1) || whole
  const { params, keyword, message } = error
  if (keyword === 'additionalProperties')
    return `${place} must NOT have the property ${quote(params['additionalProperty'])}`
  if (keyword === 'pattern' && params['pattern'] === Id.pattern) return `${place} must be a UUID in lower case`
  if (keyword === 'format') return `${place} ${formatRules[String(params['format'])] ?? message}`
  return `${place} ${message ?? 'is not valid'}`
}

/** Names that a stranger chose are shown, but neither at any length nor with control characters. */
const quote = (name: unknown) => JSON.stringify(String(name).slice(0, 50))

const partNames: Readonly<Record<string, string>> = { querystring: 'query', params: 'path' }

/** For `setSchemaErrorFormatter`. */
export const formatSchemaErrors = (errors: FastifySchemaValidationError[], part: string): Error =>
  new Error(explain(errors, partNames[part] ?? part))

/** For `setValidatorCompiler`: bodies are exact, everything else arrives as text. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? exact : lenient).compile(schema)

/** A query field that a route does not know is refused, also where it knows none. */
const NoQuery = Type.Object({}, { additionalProperties: false })

/** Sets up validation for every route registered after it; bodies are JSON and nothing else. */
export const validationPlugin = fp(
  async function validation(app) {
    app.removeContentTypeParser('text/plain')
    app.setValidatorCompiler(validatorCompiler)
    app.setSchemaErrorFormatter(formatSchemaErrors)
    app.addHook('onRoute', (route) => {
      if (route.url.startsWith('/api/')) route.schema = { querystring: NoQuery, ...route.schema }
    })
  },
  { name: 'validation' },
)
