import { AppError } from '../errors.ts'
import type { MailboxState, ReadMessage } from '../messages/message.ts'

const PAGE_MESSAGES = 500

/** What a reader needs of the rest. */
export interface MailboxPort {
  state(userId: string): Promise<MailboxState | undefined>
  read(
    userId: string,
    range: { after: number; upTo: number; limit: number; receivedOnly: boolean },
  ): Promise<{ messages: ReadMessage[]; isComplete: boolean }>
}

/** Who reads his mailbox, and from where. */
export interface MailboxOwner {
  userId: string
  /** The last number that he has; undefined for a client that does not resume. */
  after: number | undefined
  /** Where his mailbox ended before his socket was accepted; undefined when he resumes, or when nobody knew. */
  endBefore: number | undefined
}

interface Events {
  /** Resolves when what this socket has sent so far is announced, or refused. */
  announced(): Promise<unknown>
  /** The mailbox is known; `after` is undefined for a client that does not resume. */
  onOpened(state: MailboxState): void
  onMessage(message: ReadMessage): void
  /** A page up to this number has been written. Resolves when there is room for another, false when nobody takes it. */
  onPage(lastSeq: number): Promise<boolean>
  /** Everything up to the cursor is written, for the first time. */
  onCaughtUp(): void
  /** The mailbox can't be read, and will not be: `unauthorized` for a user who is gone, or a fault. */
  onFault(error: unknown): void
}

/**
 * Brings one socket from its cursor to the end of its mailbox and keeps it there. What is announced right behind the
 * cursor is taken at once; anything else only moves the target, and the mailbox is read until it is reached. So a lost,
 * doubled or early announcement does no harm.
 */
export class MailboxReader {
  readonly #owner: MailboxOwner
  readonly #port: MailboxPort
  readonly #events: Events
  #isOpen = false
  #onOpened = () => {}
  readonly #opened = new Promise<void>((resolve) => {
    this.#onOpened = resolve
  })
  #isBusy = false
  #isClosed = false
  #isCaughtUp = false
  #cursor = 0
  #target = 0
  /** The first number that was announced before the mailbox was open: no older than the socket, whatever is not known. */
  #firstAnnounced = Number.POSITIVE_INFINITY
  /** Up to here a client that does not resume gets what it received, not what it sent. */
  #receivedOnlyUpTo = 0

  constructor(owner: MailboxOwner, port: MailboxPort, events: Events) {
    this.#owner = owner
    this.#port = port
    this.#events = events
  }

  /** The last number that was written, or need not be. */
  get cursor(): number {
    return this.#cursor
  }

  /** Resolves when it is known where the mailbox ends and what of it this socket gets. */
  get opened(): Promise<void> | undefined {
    return this.#isOpen ? undefined : this.#opened
  }

  /** Whether what the user himself sent under this number is older than a socket that does not resume. */
  passesOver(seq: number): boolean {
    return seq <= this.#receivedOnlyUpTo
  }

  /** Whether the message after the cursor may be written without reading. */
  canTake(seq: number): boolean {
    return this.#isOpen && !this.#isBusy && seq === this.#cursor + 1
  }

  /** The message of this number was written. */
  take(seq: number): void {
    this.#cursor = seq
    if (seq > this.#target) this.#target = seq
  }

  /** A message of this number was stored while the socket was there, and so is for it whoever else has it already. */
  announce(seq: number): void {
    if (!this.#isOpen) this.#firstAnnounced = Math.min(this.#firstAnnounced, seq)
    this.notice(seq)
  }

  /** The mailbox has at least this number now; reads on where there is something to read. */
  notice(seq: number): void {
    if (seq > this.#target) this.#target = seq
    if (!this.#isOpen || this.#cursor < this.#target) this.advance()
  }

  /** Opens the mailbox and reads to its end, unless that is under way. After a failure, call again. */
  advance(): void {
    if (this.#isBusy || this.#isClosed) return
    this.#isBusy = true
    this.#work().catch((error: unknown) => {
      // The database is away or busy: whoever learns that it is back calls again.
      const isPassing = error instanceof AppError && error.code !== 'unauthorized'
      if (!isPassing) this.#events.onFault(error)
    })
  }

  close(): void {
    this.#isClosed = true
  }

  async #work(): Promise<void> {
    try {
      if (!this.#isOpen) await this.#open()
      while (!this.#isClosed && this.#cursor < this.#target) await this.#readPage()
      if (this.#isClosed || this.#isCaughtUp) return
      this.#isCaughtUp = true
      this.#events.onCaughtUp()
    } finally {
      // In the same turn as the last look at the target: an announcement that comes later finds the reader idle.
      this.#isBusy = false
    }
  }

  async #open(): Promise<void> {
    const { userId, after, endBefore } = this.#owner
    const state = await this.#port.state(userId)
    if (state === undefined) throw new AppError('unauthorized')
    // It may show what this socket has sent and nobody has announced yet, which is not older than the socket: where the
    // end before it is unknown, nothing else says so.
    await this.#events.announced()
    const { head, delivered } = state
    this.#events.onOpened(state)
    const old = Math.min(head, endBefore ?? this.#firstAnnounced - 1)
    if (after === undefined) this.#receivedOnlyUpTo = old
    this.#cursor = Math.min(after ?? Math.min(old, delivered), head)
    this.#target = Math.max(this.#target, head)
    this.#isOpen = true
    this.#onOpened()
  }

  async #readPage(): Promise<void> {
    const receivedOnly = this.#cursor < this.#receivedOnlyUpTo
    const upTo = receivedOnly ? this.#receivedOnlyUpTo : this.#target
    const range = { after: this.#cursor, upTo, limit: PAGE_MESSAGES, receivedOnly }
    const { messages, isComplete } = await this.#port.read(this.#owner.userId, range)
    if (this.#isClosed) return
    for (const message of messages) {
      this.#cursor = message.seq ?? this.#cursor
      this.#events.onMessage(message)
    }
    const lastSeq = this.#cursor
    if (isComplete) this.#cursor = upTo
    if (messages.length > 0 && !(await this.#events.onPage(lastSeq))) this.#isClosed = true
  }
}
