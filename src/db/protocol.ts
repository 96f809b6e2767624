/** A statement that is prepared once a connection and then run by its name; both are constants, in ASCII. */
export interface PreparedStatement {
  readonly name: string
  readonly text: string
}

/** A value as it travels: text in PostgreSQL's own form, in ASCII, or bytes, in one piece or several. */
export type Parameter = string | Buffer | readonly Buffer[]

/** A row's columns in PostgreSQL's text form, times in UTC: see {@link timeOf}. */
export type TextRow = readonly (string | null)[]

/** A `timestamptz` of a row as it goes out (RFC 3339, microseconds): PostgreSQL leaves out zeros at its end. */
export const timeOf = (text: string): string =>
  `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(6, '0')}Z`

/** PostgreSQL counts from 2000 on. */
const EPOCH = Date.UTC(2000, 0)
const LOW_HALF = 2 ** 32

/** A `timestamptz` as a parameter in binary: microseconds. @param time milliseconds since 1970 */
export function timeParameter(time: number): Buffer {
  const microseconds = Math.round((time - EPOCH) * 1_000)
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeInt32BE(Math.floor(microseconds / LOW_HALF), 0)
  bytes.writeUInt32BE(microseconds % LOW_HALF, 4)
  return bytes
}

const TEXT = 0
const BINARY = 1
/** All columns as text; then Execute of the unnamed portal, without a limit of rows, and Sync. */
const END = Buffer.from('\0\0E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04', 'latin1')

function lengthOf(parameter: Parameter): number {
  if (typeof parameter === 'string' || Buffer.isBuffer(parameter)) return parameter.length
  let sum = 0
  for (const { length } of parameter) sum += length
  return sum
}

/**
 * Bind, Execute and Sync in one buffer (https://www.postgresql.org/docs/current/protocol-message-formats.html). Every
 * byte of a parameter is written once: the libraries' ways copy it two to five times.
 * @param allocate makes the buffer, of undefined content
 */
export function encodeExecution(
  name: string,
  parameters: readonly Parameter[],
  allocate: (bytes: number) => Buffer,
): Buffer {
  const count = parameters.length
  const lengths: number[] = []
  let bindLength = 4 + 1 + name.length + 1 + 2 + 2 * count + 2 + 4 * count + 2
  for (const parameter of parameters) {
    const length = lengthOf(parameter)
    lengths.push(length)
    bindLength += length
  }
  const message = allocate(1 + bindLength - 2 + END.length)
  message[0] = 0x42
  let at = message.writeInt32BE(bindLength, 1)
  message[at] = 0
  at += 1 + message.write(name, at + 1, 'latin1')
  message[at] = 0
  at = message.writeUInt16BE(count, at + 1)
  for (const parameter of parameters) at = message.writeInt16BE(typeof parameter === 'string' ? TEXT : BINARY, at)
  at = message.writeUInt16BE(count, at)
  for (let place = 0; place < count; place++) {
    const parameter = parameters[place] as Parameter
    at = message.writeInt32BE(lengths[place] as number, at)
    if (typeof parameter === 'string') at += message.write(parameter, at, 'latin1')
    else if (Buffer.isBuffer(parameter)) at += parameter.copy(message, at)
    else for (const part of parameter) at += part.copy(message, at)
  }
  END.copy(message, at)
  return message
}

/** A simple Query, which may be several statements, in ASCII. */
export function encodeQuery(text: string): Buffer {
  const message = Buffer.alloc(1 + 4 + text.length + 1)
  message[0] = 0x51
  message.writeInt32BE(message.length - 1, 1)
  message.write(text, 5, 'latin1')
  return message
}
