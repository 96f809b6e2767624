import { AppError } from '../errors.ts'

/** While acknowledgements keep coming they are saved this often, in milliseconds. */
const SAVE_INTERVAL = 100
/** Users whose progress waits to be saved; what is forgotten past it is delivered once more, under the same ids. */
const MAX_PENDING = 50_000

interface Ports {
  save(seqs: ReadonlyMap<string, number>): Promise<void>
  onFault(error: unknown): void
}

/**
 * Remembers how far users have received, and saves it: at once after a rest, else together with what comes meanwhile.
 * Losing some is harmless. @see MailboxState
 */
export function createDeliveries({ save, onFault }: Ports) {
  const pending = new Map<string, number>()
  let saving: Promise<void> | undefined

  async function work(): Promise<void> {
    while (pending.size > 0) {
      const seqs = new Map(pending)
      await save(seqs)
      for (const [userId, seq] of seqs) if (pending.get(userId) === seq) pending.delete(userId)
      await new Promise((resolve) => setTimeout(resolve, SAVE_INTERVAL))
    }
  }

  /** Saves what waits; resolves when that is done or has failed. */
  function flush(): Promise<void> {
    saving ??= work()
      .catch((error: unknown) => {
        if (!(error instanceof AppError)) onFault(error)
      })
      .finally(() => {
        saving = undefined
      })
    return saving
  }

  return {
    /** A socket of the user has received everything up to `seq`. */
    mark(userId: string, seq: number): void {
      if ((pending.get(userId) ?? 0) >= seq) return
      if (pending.size >= MAX_PENDING && !pending.has(userId)) return
      pending.set(userId, seq)
      void flush()
    },
    /** What is known here and not yet in the database. */
    pendingFor: (userId: string): number => pending.get(userId) ?? 0,
    flush,
  }
}
