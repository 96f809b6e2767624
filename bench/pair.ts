import { type Client, connectClient } from './client.ts'
import type { Person } from './people.ts'
import { isUnstored, messageFrame, readStamp, SEQ_LIMIT, stampFrame, type Template } from './stamp.ts'
import type { Tally } from './tally.ts'

/** The moments of this many messages are kept for each pair: far more than are ever under way. */
const TIMES = 1 << 16

/** Where a pair's messages go. */
export interface PairOptions {
  readonly url: URL
  /** Bytes of each payload. */
  readonly size: number
  /** Different finished frames, at least as many as are ever under way at once in a closed loop. */
  readonly slots: number
}

/** Two sockets: one that sends, one that receives. */
export class Pair {
  /** Sent and neither acknowledged nor refused. */
  outstanding = 0
  /** Called when the sender has read what there was to read. */
  onAnswered: (pair: Pair) => void = () => {}
  #tally: Tally
  #sender: Client | undefined
  #receiver: Client | undefined
  #seq = 0
  /** Stamps of the frames that are being read, or -1. */
  #answer = -1
  #delivery = -1
  readonly #times = new Float64Array(TIMES)
  // All frames in one piece, so that neighbours go out in one write: random bytes differ in width, hence the offsets.
  #frames = Buffer.alloc(0)
  #templates: Template[] = []
  #offsets: number[] = [0]

  private constructor(tally: Tally) {
    this.#tally = tally
  }

  /** Connects both sockets and prepares the frames. */
  static async connect(options: PairOptions, [from, to]: readonly [Person, Person], tally: Tally): Promise<Pair> {
    const pair = new Pair(tally)
    const onEnd = (code?: number) => pair.#tally.refuse(`the server closed a socket, code ${code ?? 'none'}`)
    pair.#receiver = await connectClient(options.url, to.token, {
      onText: (data, at) => {
        pair.#delivery = readStamp(data, at)
      },
      onTextEnd: (tail) => pair.#onDelivery(tail),
      onEnd,
    })
    pair.#sender = await connectClient(options.url, from.token, {
      onText: (data, at, length) => {
        pair.#answer = readStamp(data, at)
        if (pair.#answer < 0) pair.#onRefusal(data.toString('utf8', at, at + Math.min(length, 200)))
      },
      onTextEnd: (tail) => pair.#onAnswer(tail),
      onRead: () => pair.onAnswered(pair),
      onEnd,
    })
    const { mask } = pair.#sender
    pair.#templates = Array.from({ length: options.slots }, () => messageFrame(to.id, options.size, mask))
    pair.#frames = Buffer.concat(pair.#templates.map(({ bytes }) => bytes))
    for (const { bytes } of pair.#templates) pair.#offsets.push((pair.#offsets.at(-1) ?? 0) + bytes.length)
    return pair
  }

  /** What follows counts for another run. */
  begin(tally: Tally): void {
    this.#tally = tally
    this.outstanding = 0
  }

  /** Sends `count` messages at once, no more than a closed loop has slots: a slot is free when its message is answered. */
  sendWindow(count: number, now: number): void {
    const { length } = this.#templates
    for (let left = count; left > 0; ) {
      const first = this.#seq % length
      const batch = Math.min(left, length - first)
      for (let i = 0; i < batch; i++) this.#stamp(now)
      this.#sender?.write(this.#frames.subarray(this.#offsets[first], this.#offsets[first + batch]))
      left -= batch
    }
  }

  /** Sends one message that was due at `scheduled`, whatever has become of those before it. */
  sendScheduled(scheduled: number): void {
    // Nearly always the kernel has taken all frames at once. Copies of each made V8 collect its whole heap every 0.8 s,
    // which was p99.
    if (this.#sender?.isBehind) this.#frames = Buffer.from(this.#frames)
    const slot = this.#seq % this.#templates.length
    this.#stamp(scheduled)
    this.#sender?.write(this.#frames.subarray(this.#offsets[slot], this.#offsets[slot + 1]))
  }

  /** Cuts both sockets. */
  close(): void {
    this.#tally.closing = true
    this.#sender?.destroy()
    this.#receiver?.destroy()
  }

  #stamp(sentAt: number): void {
    const slot = this.#seq % this.#templates.length
    const template = this.#templates[slot]
    if (template === undefined || this.#sender === undefined) throw new Error('the pair is not connected')
    const name = { run: this.#tally.run, seq: this.#seq }
    stampFrame(this.#frames, this.#offsets[slot] ?? 0, template, this.#sender.mask, name)
    this.#times[this.#seq % TIMES] = sentAt
    this.#seq = (this.#seq + 1) % SEQ_LIMIT
    this.outstanding++
    this.#tally.sent++
  }

  #onRefusal(text: string): void {
    this.outstanding--
    this.#tally.refuse(text)
  }

  #onAnswer(tail: Buffer): void {
    if (!this.#isOfThisRun(this.#answer)) return
    this.outstanding--
    if (isUnstored(tail)) this.#tally.passedOn++
    else this.#tally.ack(performance.now())
  }

  #onDelivery(tail: Buffer): void {
    const stamp = this.#delivery
    if (this.#isOfThisRun(stamp) && !isUnstored(tail))
      this.#tally.deliver(performance.now(), this.#times[(stamp % SEQ_LIMIT) % TIMES] ?? 0)
  }

  #isOfThisRun(stamp: number): boolean {
    return Math.floor(stamp / SEQ_LIMIT) === this.#tally.run
  }
}
