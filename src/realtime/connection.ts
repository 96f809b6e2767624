import { type CloseCode, closeCodes } from '../../schemas/frame.ts'
import { AppError } from '../errors.ts'
import { type ReadMessage, seqFor } from '../messages/message.ts'
import type { ParsedMessage } from '../messages/parse.ts'
import type { Outcome } from '../messages/writer.ts'
import { Acknowledgement } from './acknowledgement.ts'
import type { Answer } from './answers.ts'
import { type Frame, jsonFrame, MessageCopies, messageFrame } from './frame.ts'
import { type Flow, Inbox, type InboxPorts } from './inbox.ts'
import { type MailboxOwner, type MailboxPort, MailboxReader } from './mailbox-reader.ts'
import type { Outlet } from './outlet.ts'

/** What a connection needs of the rest. */
export interface ConnectionPorts extends Omit<InboxPorts, 'handle'> {
  mailbox: MailboxPort
  /** Stores a message under the id given or, where the frame has none, under `fallbackId`. */
  send(userId: string, message: ParsedMessage, fallbackId: string): Promise<Outcome>
  /** Passes a message on without storing it; whether there was anybody to pass it to. */
  passOn(message: Omit<ReadMessage, 'seq'>, sentBy: Connection): boolean
  onDelivered(userId: string, seq: number): void
}

/** Who is connected, for how long, and from where he reads. */
export interface Visitor extends MailboxOwner {
  /** When the token ends, milliseconds since the epoch. */
  expiresAt: number
}

/** One socket of one user: his frames in; his mailbox, and the answers that it does not give, out. */
export class Connection {
  readonly visitor: Visitor
  readonly outlet: Outlet
  readonly inbox: Inbox
  readonly acknowledgement: Acknowledgement
  readonly #flow: Flow
  readonly #ports: ConnectionPorts
  readonly #reader: MailboxReader
  /** Resolves when what was sent before the mailbox was open has its outcome. */
  #early: Promise<unknown> = Promise.resolve()
  #onGone = () => {}
  /** Resolves when the socket is gone. */
  readonly gone = new Promise<void>((resolve) => {
    this.#onGone = resolve
  })

  constructor(visitor: Visitor, outlet: Outlet, flow: Flow, ports: ConnectionPorts) {
    this.visitor = visitor
    this.outlet = outlet
    this.#flow = flow
    this.#ports = ports
    this.inbox = new Inbox(outlet, flow, {
      readFrame: ports.readFrame,
      handle: (message, id, answer) => this.#send(message, id, answer),
      onFault: ports.onFault,
      share: ports.share,
    })
    this.acknowledgement = new Acknowledgement(outlet, (seq) => ports.onDelivered(visitor.userId, seq))
    this.#reader = new MailboxReader(visitor, ports.mailbox, {
      announced: () => this.#early,
      onOpened: ({ head }) => {
        if (visitor.after !== undefined && visitor.after > head) outlet.write(jsonFrame({ type: 'reset', seq: head }))
      },
      onMessage: (message) => this.#write(message.id, messageFrame(message)),
      onPage: async (lastSeq) => {
        this.acknowledgement.request(lastSeq)
        if (outlet.isFull) await outlet.drained()
        return outlet.isOpen
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

  /**
   * A message was stored: written at once when it is the next, else read when its turn comes.
   * @param isReceived whether the user is its receiver
   */
  push(seq: number, id: string, isReceived: boolean, copies: MessageCopies): void {
    if (seq <= this.#reader.cursor) return
    if (this.#reader.canTake(seq) && !this.outlet.isFull) {
      this.#reader.take(seq)
      // Before the frame is written, so that the ping leaves with it.
      if (isReceived) this.acknowledgement.request(seq)
      else this.acknowledgement.note(seq)
      this.#write(id, copies.frame(seq))
    } else {
      this.#reader.announce(seq)
    }
  }

  /** Up to where in the mailbox this socket has come; -1 where it has yet to open. */
  get position(): number {
    return this.#reader.opened === undefined ? this.#reader.cursor : -1
  }

  /** The mailbox ends here now, as far as is known; also tried again by this is what failed before. */
  notice(head: number): void {
    this.#reader.notice(head)
  }

  /** Reads the mailbox from where this socket stands. */
  open(): void {
    this.#reader.advance()
  }

  /** Reads no more frames, waits for the answers to those that were read, and closes. */
  async stop(reason: CloseCode): Promise<void> {
    await this.inbox.finish()
    this.outlet.close(reason)
    // The client's side of the closing handshake has to be read.
    this.#flow.resume()
  }

  /** The socket is gone. */
  closed(): void {
    this.#reader.close()
    this.inbox.closed()
    this.#onGone()
  }

  async #send(message: ParsedMessage, id: string, answer: Answer): Promise<void> {
    const { userId } = this.visitor
    try {
      const sending = this.#ports.send(userId, message, id)
      if (this.#reader.opened !== undefined) this.#early = Promise.allSettled([this.#early, sending])
      const { message: stored, isRepeated } = await sending
      const seq = seqFor(stored, userId)
      const opening = this.#reader.opened
      if (opening !== undefined) await opening
      // The mailbox answers with the message itself, unless it has passed there already or never comes to it.
      const hasPassed = isRepeated && seq <= this.#reader.cursor
      const isPassedOver = this.#reader.passesOver(seq) && stored.receiver_id !== userId
      if (hasPassed || isPassedOver) this.inbox.settle(answer, new MessageCopies(stored).frame(seq))
      else this.#reader.notice(seq)
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'database_unavailable')) throw error
      const { receiver_id, payload } = message
      const copy = { id, sender_id: userId, receiver_id, payload, created_at: new Date().toISOString() }
      if (!this.#ports.passOn(copy, this)) throw new AppError('receiver_offline')
      this.inbox.settle(answer, new MessageCopies(copy).frame(undefined))
    }
  }

  #write(id: string, frame: Frame): void {
    this.outlet.write(frame)
    this.inbox.delivered(id)
  }
}
