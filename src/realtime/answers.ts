import type { Frame } from './frame.ts'

/** The place of one frame's answer among those of its socket. */
export interface Answer {
  /** The id under which the frame's message is stored. */
  readonly id: string
  /** About as many bytes as the answer will take. */
  readonly weight: number
  frame: Frame | undefined
  isDone: boolean
}

/**
 * Keeps the answers of one socket in the order of its frames. A frame that was stored is answered by the message's own
 * copy out of the mailbox; any other answer waits here until those before it are written.
 */
export class Answers {
  readonly #write: (frame: Frame) => void
  #waiting: Answer[] = []
  #weight = 0

  constructor(write: (frame: Frame) => void) {
    this.#write = write
  }

  /** About as many bytes as all answers still to be written will take. */
  get weight(): number {
    return this.#weight
  }

  get size(): number {
    return this.#waiting.length
  }

  /** Whether a frame of this id has yet to be answered. */
  isAwaited(id: string): boolean {
    return this.#waiting.some((answer) => answer.id === id)
  }

  /** Takes the next place. */
  open(id: string, weight: number): Answer {
    const answer: Answer = { id, weight, frame: undefined, isDone: false }
    this.#waiting.push(answer)
    this.#weight += weight
    return answer
  }

  /** Fills a place with a frame of its own, unless the mailbox has answered already. */
  settle(answer: Answer, frame: Frame): void {
    if (answer.isDone) return
    answer.frame = frame
    answer.isDone = true
    this.#advance()
  }

  /** The mailbox has just written the message of this id. */
  delivered(id: string): void {
    if (this.#waiting.length === 0) return
    for (const answer of this.#waiting) {
      if (answer.id !== id || answer.isDone) continue
      answer.isDone = true
      break
    }
    this.#advance()
  }

  #advance(): void {
    let count = 0
    for (const { isDone, weight, frame } of this.#waiting) {
      if (!isDone) break
      this.#weight -= weight
      if (frame !== undefined) this.#write(frame)
      count += 1
    }
    if (count > 0) this.#waiting.splice(0, count)
  }
}
