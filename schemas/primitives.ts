import { type Static, Type } from '@sinclair/typebox'

/** A UUID in lower case, as every answer carries it (RFC 9562, section 4). */
export const Id = Type.String({
  title: 'Id',
  description: 'A UUID in lower case',
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  examples: ['0198f3a2-7c1e-7b60-9a51-3d1f0c5e8a42'],
})
export type Id = Static<typeof Id>

/** Name length in characters (Unicode code points), after normalization. */
export const USERNAME_MAX = 50

/** How a user is called: shown as chosen, unique without regard to case. */
export const Username = Type.String({
  title: 'Username',
  description:
    'Unicode NFKC, 1 to 50 characters, no control characters, no leading, trailing or double white space; unique without regard to case',
  minLength: 1,
  maxLength: USERNAME_MAX,
  format: 'username',
  examples: ['ann'],
})
export type Username = Static<typeof Username>

/** bcrypt reads no further than this many bytes of UTF-8, so longer passwords are refused, never cut. */
export const PASSWORD_MAX_BYTES = 72

/** A password as a person chooses it. */
export const Password = Type.String({
  title: 'Password',
  description: 'At least 8 characters, at most 72 bytes of UTF-8',
  minLength: 8,
  format: 'password',
  examples: ['correct horse battery'],
})
export type Password = Static<typeof Password>

/** When something happened: RFC 3339 in UTC, with microseconds. */
export const Timestamp = Type.String({
  title: 'Timestamp',
  description: 'RFC 3339 in UTC',
  format: 'date-time',
  examples: ['2026-02-03T10:00:00.123456Z'],
})
export type Timestamp = Static<typeof Timestamp>

/** A place in a mailbox: 1 for the first message, without a gap. Exact up to 2^53. */
export const Seq = Type.Integer({
  title: 'Seq',
  description: "A message's number in the mailbox of whoever is reading it: 1, 2, 3, … without a gap",
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  examples: [42],
})
export type Seq = Static<typeof Seq>

/** Largest payload in bytes unless `MAX_PAYLOAD_BYTES` says otherwise. */
export const MAX_PAYLOAD_BYTES = 65_536

/**
 * Opaque message content, one integer a byte.
 * @param maxBytes largest length in bytes that is accepted
 */
export const payload = (maxBytes: number) =>
  Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), {
    description: 'Opaque message content, one integer a byte',
    maxItems: maxBytes,
    examples: [[104, 105]],
  })
