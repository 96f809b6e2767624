import { Samples } from './stats.ts'

/** What happened to the messages of one run, over all pairs. Times are milliseconds of `performance.now()`. */
export class Tally {
  /** The number of the run (0 to 99), so that a late frame of an earlier one is told apart. */
  readonly run: number
  /** Only what is answered, and for latency what is sent, between these counts as measured. */
  from = Number.POSITIVE_INFINITY
  until = Number.POSITIVE_INFINITY

  sent = 0
  acked = 0
  delivered = 0
  /** Passed on to their receivers without being stored, since the database was away. */
  passedOn = 0
  errors = 0
  firstError = ''
  /** The sockets are being cut on purpose. */
  closing = false
  measuredAcked = 0
  measuredDelivered = 0
  /** From the scheduled moment until the receiver has it. */
  readonly latency = new Samples()

  constructor(run: number) {
    this.run = run
  }

  /** The sender has read his own copy, and it does not say that the message is not stored. */
  ack(now: number): void {
    this.acked++
    if (now >= this.from && now < this.until) this.measuredAcked++
  }

  /** The receiver has read the message. */
  deliver(now: number, sentAt: number): void {
    this.delivered++
    if (now >= this.from && now < this.until) this.measuredDelivered++
    if (sentAt >= this.from && sentAt < this.until) this.latency.push(now - sentAt)
  }

  /** The server has refused a frame. */
  refuse(text: string): void {
    if (this.closing) return
    this.errors++
    this.firstError ||= text
  }

  /** Nothing is on its way any more. */
  get settled(): boolean {
    return this.acked + this.passedOn + this.errors >= this.sent && this.delivered >= this.acked
  }
}
