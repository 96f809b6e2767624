import { v7 as uuidv7 } from 'uuid'
import { type CloseCode, closeCodes } from '../../schemas/frame.ts'
import { AppError, toReply } from '../errors.ts'
import type { MessageRefusal } from '../messages/body.ts'
import type { ReadMessage } from '../messages/message.ts'
import type { ParsedMessage } from '../messages/parse.ts'
import { payloadRoom } from '../messages/payload.ts'
import { Acknowledgement } from './acknowledgement.ts'
import { type Answer, Answers } from './answers.ts'
import { errorFrame, type Frame, jsonFrame, messageFrames } from './frame.ts'
import { type MailboxPort, MailboxReader } from './mailbox-reader.ts'
import { HIGH_WATER, type Outlet } from './outlet.ts'

/** Frames of one socket whose answers are not yet written; past it no more are read. */
const MAX_UNANSWERED = 64
/** Frames in a row that are refused before the socket is closed. */
const MAX_BAD_FRAMES = 100

/** What a connection needs of the rest. */
export interface ConnectionPorts {
  mailbox: MailboxPort
  /** @throws {MessageRefusal} for what the schema refuses */
  readFrame(json: Buffer): ParsedMessage
  /** Stores a message under the id given or, where the frame has none, under `fallbackId`. */
  send(
    userId: string,
    message: ParsedMessage,
    fallbackId: string,
  ): Promise<{ message: ReadMessage; isRepeated: boolean }>
  /** Passes a message on without storing it; whether there was anybody to pass it to. */
  passOn(message: Omit<ReadMessage, 'seq'>, sentBy: Connection): boolean
  onDelivered(userId: string, seq: number): void
  onFault(error: unknown): void
}

/** Who is connected, for how long, and from where he resumes. */
export interface Visitor {
  userId: string
  /** When the token ends, milliseconds since the epoch. */
  expiresAt: number
  /** Undefined for a client that does not resume. */
  after: number | undefined
}

/** One socket of one user: frames in, in order; the mailbox and the answers out, in order. */
export class Connection {
  readonly visitor: Visitor
  readonly outlet: Outlet
  readonly acknowledgement: Acknowledgement
  readonly #ports: ConnectionPorts
  readonly #reader: MailboxReader
  readonly #answers: Answers
  /** Stops and restarts the flow of frames from the client. */
  readonly #flow: { pause(): void; resume(): void }
  /** Frames that wait for the answers to all before them. Reading has stopped, so they are what had been read. */
  #held: Buffer[] = []
  #badFrames = 0
  #isPaused = false
  #isAwaitingDrain = false
  #onIdle: (() => void) | undefined
  #onGone = () => {}
  /** Resolves when the socket is gone. */
  readonly gone = new Promise<void>((resolve) => {
    this.#onGone = resolve
  })

  constructor(visitor: Visitor, outlet: Outlet, flow: { pause(): void; resume(): void }, ports: ConnectionPorts) {
    this.visitor = visitor
    this.outlet = outlet
    this.#flow = flow
    this.#ports = ports
    this.#answers = new Answers((frame) => outlet.write(frame))
    this.acknowledgement = new Acknowledgement(outlet, (seq) => ports.onDelivered(visitor.userId, seq))
    this.#reader = new MailboxReader(visitor.userId, visitor.after, ports.mailbox, {
      onOpened: ({ head }) => {
        if (visitor.after !== undefined && visitor.after > head) outlet.write(jsonFrame({ type: 'reset', seq: head }))
      },
      onMessage: (message) => this.#write(message.id, messageFrames(message)(message.seq)),
      onPage: async () => {
        this.acknowledgement.request(this.#reader.cursor)
        if (outlet.isFull) await outlet.drained()
      },
      onCaughtUp: () => {
        if (visitor.after !== undefined) outlet.write(jsonFrame({ type: 'caught_up', seq: this.#reader.cursor }))
      },
      onFault: (error) => {
        if (error instanceof AppError) return outlet.close(closeCodes.tokenExpired)
        ports.onFault(error)
        outlet.close(closeCodes.serverFault)
      },
    })
  }

  /** A message was stored: written at once when it is the next, else read when its turn comes. */
  push(seq: number, id: string, frame: () => Frame): void {
    if (seq <= this.#reader.cursor) return
    if (this.#reader.canTake(seq) && !this.outlet.isFull) {
      this.#reader.take(seq)
      this.#write(id, frame())
      this.acknowledgement.requestSoon(seq)
    } else {
      this.#reader.announce(seq)
    }
  }

  /** The mailbox ends here now, as far as is known; also tried again by this is what failed before. */
  notice(head: number): void {
    this.#reader.notice(head)
  }

  /** Reads the mailbox from where this socket stands. */
  open(): void {
    this.#reader.advance()
  }

  /** Handles one frame of the client. Never throws. */
  receive(data: Buffer, isBinary: boolean): void {
    if (!this.outlet.isOpen) return
    if (isBinary) this.outlet.close(closeCodes.binaryFrame)
    else if (this.#held.length > 0) this.#held.push(data)
    else this.#read(data)
  }

  #read(data: Buffer): void {
    try {
      const message = this.#ports.readFrame(data)
      // A repeated message is answered when the first is, and what comes behind it not before.
      if (message.id !== undefined && this.#answers.isAwaited(message.id)) this.#held.push(data)
      else this.#handle(message)
    } catch (refusal) {
      this.#refuse(refusal as MessageRefusal)
    }
    this.#throttle()
  }

  #handle(message: ParsedMessage): void {
    this.#badFrames = 0
    const id = message.id ?? uuidv7()
    const answer = this.#answers.open(id, payloadRoom(message.payload.length))
    this.#send(message, id, answer).catch((error: unknown) => {
      if (!(error instanceof AppError)) this.#ports.onFault(error)
      this.#settle(answer, errorFrame(toReply(error).error, message.id))
    })
  }

  /** Whether frames are not read at the moment, and so neither are pongs. */
  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Reads no more frames, waits for the answers to those that were read, and closes. */
  async stop(reason: CloseCode): Promise<void> {
    this.#isPaused = true
    this.#flow.pause()
    if (this.#answers.size > 0 || this.#held.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
    this.outlet.close(reason)
    // The client's side of the closing handshake has to be read.
    this.#flow.resume()
  }

  /** The socket is gone. */
  closed(): void {
    this.#reader.close()
    this.acknowledgement.close()
    this.#onIdle?.()
    this.#onGone()
  }

  async #send(message: ParsedMessage, id: string, answer: Answer): Promise<void> {
    const { userId } = this.visitor
    try {
      const { message: stored, isRepeated } = await this.#ports.send(userId, message, id)
      const { seq = 0 } = stored
      await this.#reader.opened
      // The mailbox answers with the message itself, unless it has passed there already or never comes to it.
      const hasPassed = isRepeated && seq <= this.#reader.cursor
      const isPassedOver = this.#reader.passesOver(seq) && stored.receiver_id !== userId
      if (hasPassed || isPassedOver) this.#settle(answer, messageFrames(stored)(seq))
      else this.#reader.notice(seq)
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'database_unavailable')) throw error
      const { receiver_id, payload } = message
      const copy = { id, sender_id: userId, receiver_id, payload, created_at: new Date().toISOString() }
      if (!this.#ports.passOn(copy, this)) throw new AppError('receiver_offline')
      this.#settle(answer, messageFrames(copy)(undefined))
    }
  }

  #refuse({ message, id }: MessageRefusal): void {
    this.#badFrames += 1
    this.#settle(this.#answers.open(id ?? '', message.length), errorFrame(message, id))
    if (this.#badFrames >= MAX_BAD_FRAMES) this.outlet.close(closeCodes.tooManyBadFrames)
  }

  #write(id: string, frame: Frame): void {
    this.outlet.write(frame)
    this.#answers.delivered(id)
    this.#throttle()
  }

  #settle(answer: Answer, frame: Frame): void {
    this.#answers.settle(answer, frame)
    this.#throttle()
  }

  /** Reads on, or no longer: what a client asks for is answered before it may ask for more. */
  #throttle(): void {
    const { size, weight } = this.#answers
    if (size === 0 && this.#held.length > 0) {
      for (const data of this.#held.splice(0)) this.receive(data, false)
      return
    }
    if (size === 0) this.#onIdle?.()
    const isFull = this.outlet.isFull
    if (isFull && !this.#isAwaitingDrain) {
      this.#isAwaitingDrain = true
      void this.outlet.drained().then(() => {
        this.#isAwaitingDrain = false
        this.#throttle()
      })
    }
    const isHeld = this.#held.length > 0
    if (!this.#isPaused && (size >= MAX_UNANSWERED || weight >= HIGH_WATER || isFull || isHeld)) {
      this.#isPaused = true
      this.#flow.pause()
    } else if (this.#isPaused && this.#onIdle === undefined && !isFull && !isHeld) {
      if (size > MAX_UNANSWERED / 2 || weight >= HIGH_WATER) return
      this.#isPaused = false
      this.#flow.resume()
    }
  }
}
