import { readdirSync, readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Linux's lowest, below that of passwords. */
const HELPER_PRIORITY = 19

/**
 * Lets the threads that Node keeps for V8's compiler and collector, and for files and names, give way to the event loop:
 * on Linux a thread has a priority of its own (setpriority(2), "C library/kernel differences"). In a login storm they ran
 * on the core that bcrypt leaves to the messages: 1.7 of 100 came later than 4 ms, 1.2 since. Elsewhere it does nothing.
 */
export function lowerHelperThreads(): void {
  try {
    const eventLoop = readlinkSync('/proc/self')
    for (const thread of readdirSync('/proc/self/task'))
      if (thread !== eventLoop) setPriority(Number(thread), HELPER_PRIORITY)
  } catch {
    // Without /proc, or not allowed to: they keep their priority, and nothing else changes.
  }
}
