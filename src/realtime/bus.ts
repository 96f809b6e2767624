import type { StoredMessage } from '../messages/message.ts'

/** Carries news of stored messages to every hub. A shortcut and never the truth: what it loses, the mailbox has. */
export interface Bus {
  /** Tells all hubs, in the order of commits. Never throws and never waits. */
  publish(messages: readonly StoredMessage[]): void
  subscribe(listener: (messages: readonly StoredMessage[]) => void): void
}

/** The bus of an instance that serves alone. */
export function createLocalBus(): Bus {
  const listeners: ((messages: readonly StoredMessage[]) => void)[] = []
  return {
    publish: (messages) => {
      for (const listener of listeners) listener(messages)
    },
    subscribe: (listener) => {
      listeners.push(listener)
    },
  }
}
