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
  // A map that is used again and again keeps, in V8, what it has outgrown: each save takes it and leaves a new one.
  let pending = new Map<string, number>()
  let saved: ReadonlyMap<string, number> = pending
  let saving: Promise<void> | undefined
  const pendingFor = (userId: string) => Math.max(pending.get(userId) ?? 0, saved.get(userId) ?? 0)

  /** What could not be saved is tried again with what comes. */
  function keep(error: unknown): never {
    for (const [userId, seq] of saved) if ((pending.get(userId) ?? 0) < seq) pending.set(userId, seq)
    throw error
  }

  async function work(): Promise<void> {
    while (pending.size > 0) {
      saved = pending
      pending = new Map()
      await save(saved).catch(keep)
      saved = new Map()
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
      if (pendingFor(userId) >= seq) return
      if (pending.size >= MAX_PENDING && !pending.has(userId)) return
      pending.set(userId, seq)
      void flush()
    },
    /** What is known here and not yet in the database. */
    pendingFor,
    flush,
  }
}
