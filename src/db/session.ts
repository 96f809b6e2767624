import type { Duplex } from 'node:stream'
import type { Client, Connection } from 'pg'
import { encodeExecution, encodeQuery, type Parameter, type PreparedStatement, type TextRow } from './protocol.ts'

/** Messages of PostgreSQL that say something of a statement; there are others, of which nothing depends here. */
const DATA_ROW = 0x44
const ERROR_RESPONSE = 0x45
const READY_FOR_QUERY = 0x5a
/** A message's type and length. */
const HEAD_BYTES = 5
/** Memory that is kept for statements, at least and at most. */
const MEMORY_BYTES = 65_536
const MAX_MEMORY_BYTES = 8_388_608

/** What PostgreSQL has refused, with its SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
class StatementError extends Error {
  readonly code: string
  constructor(message: string, code: string) {
    super(message)
    this.code = code
  }
}

/** A statement under way. */
interface Execution {
  rows: TextRow[]
  error: Error | undefined
  resolve: (rows: TextRow[]) => void
  reject: (error: Error) => void
}

const connectionClosed = () => Object.assign(new Error('the connection is closed'), { code: 'ECONNRESET' })

function readRow(bytes: Buffer, start: number): TextRow {
  const row: (string | null)[] = []
  const count = bytes.readUInt16BE(start)
  let at = start + 2
  for (let column = 0; column < count; column++) {
    const length = bytes.readInt32BE(at)
    at += 4
    row.push(length < 0 ? null : bytes.toString('utf8', at, at + length))
    if (length > 0) at += length
  }
  return row
}

/** Fields of an error, each a letter and a text (https://www.postgresql.org/docs/current/protocol-error-fields.html). */
function readError(bytes: Buffer, start: number, end: number): StatementError {
  const fields = bytes.toString('utf8', start, end).split('\0')
  const field = (letter: string) => fields.find((text) => text.startsWith(letter))?.slice(1) ?? ''
  return new StatementError(field('M'), field('C'))
}

/**
 * A connection that pg has opened, and on which it has proven who we are, for statements that are said and heard here:
 * a lone message is 50 µs sooner at its receiver than through pg's queries, of 1,200. Statements are answered in the
 * order in which they were sent. Nobody may use the client any more but to end it.
 */
export class Session {
  readonly #stream: Duplex
  readonly #underWay: Execution[] = []
  /** The start of a message that has not arrived whole. */
  #rest: Buffer | undefined
  /** Where statements are laid out: once one is answered, PostgreSQL has read all of it. */
  #memory = Buffer.allocUnsafeSlow(MEMORY_BYTES)
  readonly #allocate = (bytes: number) => this.#reserve(bytes)
  readonly #preparing = new Map<string, Promise<unknown>>()
  readonly #prepared = new Set<string>()

  constructor(client: Client) {
    this.#stream = (client as Client & { connection: Connection }).connection.stream
    this.#stream.removeAllListeners('data')
    const read = (chunk: Buffer) => this.#read(chunk)
    // Over TLS it is the stream around the socket that has them.
    if ('onBytes' in this.#stream) this.#stream.onBytes = read
    else this.#stream.on('data', read)
    this.#stream.once('close', () => {
      for (const { error, reject } of this.#underWay.splice(0)) reject(error ?? connectionClosed())
    })
  }

  /** Runs a prepared statement. @throws {StatementError} what PostgreSQL refuses */
  execute(statement: PreparedStatement, parameters: readonly Parameter[]): Promise<TextRow[]> {
    const { name } = statement
    if (this.#prepared.has(name)) return this.#send(encodeExecution(name, parameters, this.#allocate))
    return this.#prepare(statement).then(() => this.execute(statement, parameters))
  }

  /** Runs SQL without parameters, in ASCII. @throws {StatementError} what PostgreSQL refuses */
  query(text: string): Promise<TextRow[]> {
    return this.#send(encodeQuery(text))
  }

  /**
   * What is prepared in SQL is run by the protocol like any other
   * (https://www.postgresql.org/docs/current/sql-prepare.html). How times are written is up to the database otherwise.
   */
  async #prepare({ name, text }: PreparedStatement): Promise<void> {
    const preparing =
      this.#preparing.get(name) ??
      this.query(`SET TimeZone TO 'UTC'; SET DateStyle TO 'ISO'; PREPARE ${name} AS ${text}`)
    this.#preparing.set(name, preparing)
    try {
      await preparing
      this.#prepared.add(name)
    } finally {
      this.#preparing.delete(name)
    }
  }

  #reserve(bytes: number): Buffer {
    if (this.#underWay.length > 0 || bytes > MAX_MEMORY_BYTES) return Buffer.allocUnsafeSlow(bytes)
    if (bytes > this.#memory.length) this.#memory = Buffer.allocUnsafeSlow(Math.min(bytes * 2, MAX_MEMORY_BYTES))
    return this.#memory.subarray(0, bytes)
  }

  #send(message: Buffer): Promise<TextRow[]> {
    return new Promise((resolve, reject) => {
      if (!this.#stream.writable) return reject(connectionClosed())
      this.#underWay.push({ rows: [], error: undefined, resolve, reject })
      this.#stream.write(message)
    })
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (at + HEAD_BYTES <= bytes.length) {
      const end = at + 1 + bytes.readUInt32BE(at + 1)
      if (end > bytes.length) break
      this.#hear(bytes, at, end)
      at = end
    }
    this.#rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined
  }

  #hear(bytes: Buffer, at: number, end: number): void {
    const execution = this.#underWay[0]
    if (execution === undefined) return
    const type = bytes[at]
    if (type === DATA_ROW) execution.rows.push(readRow(bytes, at + HEAD_BYTES))
    else if (type === ERROR_RESPONSE) execution.error = readError(bytes, at + HEAD_BYTES, end)
    else if (type === READY_FOR_QUERY) {
      this.#underWay.shift()
      if (execution.error === undefined) execution.resolve(execution.rows)
      else execution.reject(execution.error)
    }
  }
}
