import type { Client } from 'pg'
import { withDeadline } from './deadline.ts'

/** The database's clock, as this process estimates it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /**
   * Asks the database, which is also a proof of its life. Whoever asks while a question is under way on the same
   * connection shares its answer: however many do, none waits behind them.
   * @throws {DeadlineError} where there is no answer within `deadline` milliseconds
   */
  measure(client: Client, deadline: number): Promise<void>
}

/** Makes a clock that is taken for our own until it has been measured. */
export function createClock(): Clock {
  let offset = 0
  const measuring = new WeakMap<Client, Promise<void>>()

  async function ask(client: Client): Promise<void> {
    const asked = Date.now()
    const { rows } = await client.query<{ now: string }>('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now')
    offset = Number(rows[0]?.now) - (asked + Date.now()) / 2
  }

  return {
    now: () => Date.now() + offset,
    measure: (client, deadline) => {
      const answer = measuring.get(client) ?? ask(client).finally(() => measuring.delete(client))
      measuring.set(client, answer)
      return withDeadline(answer, deadline)
    },
  }
}
