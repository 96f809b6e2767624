import { closeCodes } from '../../schemas/frame.ts'
import { AppError, toReply } from '../errors.ts'
import type { MessageRefusal } from '../messages/body.ts'
import type { ParsedMessage } from '../messages/parse.ts'
import { payloadRoom } from '../messages/payload.ts'
import { createUuid } from '../uuid.ts'
import { type Answer, Answers } from './answers.ts'
import type { FairShare } from './fair-share.ts'
import { errorFrame, type Frame } from './frame.ts'
import { HIGH_WATER, type Outlet } from './outlet.ts'

/** Frames of one socket whose answers are not yet written; past it no more are read. */
const MAX_UNANSWERED = 64
/** Frames in a row that are refused before the socket is closed. */
const MAX_BAD_FRAMES = 100

/** What an inbox needs of the rest. */
export interface InboxPorts {
  /** @throws {MessageRefusal} for what the schema refuses */
  readFrame(json: Buffer): ParsedMessage
  /** Sees to a message; its answer is settled when this resolves, or is the mailbox's to give. */
  handle(message: ParsedMessage, id: string, answer: Answer): Promise<void>
  onFault(error: unknown): void
  /** What this socket shares with all others. */
  share: Pick<FairShare, 'take' | 'wait'>
}

/** Stops and restarts what comes from a client. */
export interface Flow {
  pause(): void
  resume(): void
}

/** Frames of one client, handled and answered in order, and read no faster than they are answered. */
export class Inbox {
  readonly #outlet: Outlet
  readonly #flow: Flow
  readonly #ports: InboxPorts
  readonly #answers: Answers
  /** Frames that wait for a later turn, or for the answers to all before them. Reading has stopped meanwhile. */
  readonly #held: Buffer[] = []
  #isAwaitingTurn = false
  #isReleasing = false
  #badFrames = 0
  #isPaused = false
  #isAwaitingDrain = false
  #isGone = false
  #onIdle: (() => void) | undefined

  constructor(outlet: Outlet, flow: Flow, ports: InboxPorts) {
    this.#outlet = outlet
    this.#flow = flow
    this.#ports = ports
    this.#answers = new Answers((frame) => outlet.write(frame))
  }

  /** Whether frames are not read at the moment, and so neither are pongs. */
  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Takes one frame. Never throws. */
  receive(data: Buffer, isBinary: boolean): void {
    if (!this.#outlet.isOpen) return
    if (isBinary) this.#outlet.close(closeCodes.binaryFrame)
    else if (this.#held.length > 0) this.#held.push(data)
    else if (this.#ports.share.take(data.length)) this.#read(data)
    else this.#awaitTurn(data)
  }

  /** Answers with a frame in its turn, unless the mailbox has answered. */
  settle(answer: Answer, frame: Frame): void {
    this.#answers.settle(answer, frame)
    this.#throttle()
  }

  /** The mailbox has written the message of this id, which is an answer if there was a question. */
  delivered(id: string): void {
    this.#answers.delivered(id)
    this.#throttle()
  }

  /** Reads no more; resolves when what was read is answered. */
  async finish(): Promise<void> {
    this.#isPaused = true
    this.#flow.pause()
    if (this.#isGone || (this.#answers.size === 0 && this.#held.length === 0)) return
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
    })
  }

  /** The socket is gone, and nobody waits for answers. */
  closed(): void {
    this.#isGone = true
    this.#onIdle?.()
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
    const id = message.id ?? createUuid()
    const answer = this.#answers.open(id, payloadRoom(message.payload.length))
    this.#ports.handle(message, id, answer).catch((error: unknown) => {
      if (!(error instanceof AppError)) this.#ports.onFault(error)
      this.settle(answer, errorFrame(toReply(error).error, message.id))
    })
  }

  #refuse({ message, id }: MessageRefusal): void {
    this.#badFrames += 1
    this.#answers.settle(this.#answers.open(id ?? '', message.length), errorFrame(message, id))
    if (this.#badFrames >= MAX_BAD_FRAMES) this.#outlet.close(closeCodes.tooManyBadFrames)
  }

  /** Reads on, or no longer: what a client asks for is answered before it may ask for more. */
  #throttle(): void {
    if (this.#isReleasing) return
    const { size, weight } = this.#answers
    if (size === 0 && this.#held.length > 0 && !this.#isAwaitingTurn) {
      this.#release()
      return
    }
    if (size === 0 && this.#held.length === 0) this.#onIdle?.()
    const isFull = this.#outlet.isOpen && this.#outlet.isFull
    const mustWait = isFull || this.#held.length > 0
    if (isFull) this.#awaitDrain()
    if (!this.#isPaused && (mustWait || size >= MAX_UNANSWERED || weight >= HIGH_WATER)) {
      this.#isPaused = true
      this.#flow.pause()
    } else if (this.#isPaused && this.#onIdle === undefined && !mustWait) {
      if (size > MAX_UNANSWERED / 2 || weight >= HIGH_WATER) return
      this.#isPaused = false
      this.#flow.resume()
    }
  }

  #awaitTurn(data: Buffer): void {
    this.#held.push(data)
    this.#isAwaitingTurn = true
    this.#ports.share.wait(() => {
      this.#isAwaitingTurn = false
      this.#release()
    })
    this.#throttle()
  }

  #release(): void {
    this.#isReleasing = true
    for (const data of this.#held.splice(0)) this.receive(data, false)
    this.#isReleasing = false
    this.#throttle()
  }

  #awaitDrain(): void {
    if (this.#isAwaitingDrain) return
    this.#isAwaitingDrain = true
    void this.#outlet.drained().then(() => {
      this.#isAwaitingDrain = false
      this.#throttle()
    })
  }
}
