import { closeCodes } from '../../schemas/frame.ts'
import type { ReadMessage, StoredMessage } from '../messages/message.ts'
import type { Connection } from './connection.ts'
import { MessageCopies } from './frame.ts'

/** Sockets of one user at a time. */
const MAX_SOCKETS = 32

/** Knows who is connected here, and hands what was stored to the sockets of both parties. */
export class Hub {
  readonly #users = new Map<string, Set<Connection>>()

  /** Adds a socket; one too many is closed, and false. */
  add(connection: Connection): boolean {
    const { userId } = connection.visitor
    const sockets = this.#users.get(userId) ?? new Set()
    if (sockets.size >= MAX_SOCKETS) {
      connection.outlet.close(closeCodes.tooManySockets)
      return false
    }
    this.#users.set(userId, sockets.add(connection))
    return true
  }

  remove(connection: Connection): void {
    const { userId } = connection.visitor
    const sockets = this.#users.get(userId)
    sockets?.delete(connection)
    if (sockets?.size === 0) this.#users.delete(userId)
  }

  /**
   * Calls a function with every socket. What iterators make for each was half of what an idle server allocated, and V8
   * gives memory back to one that allocates little.
   */
  visit(call: (connection: Connection) => void): void {
    const visitAll = (sockets: Set<Connection>) => sockets.forEach(call)
    this.#users.forEach(visitAll)
  }

  /** Messages were stored, in this order. */
  deliver(messages: readonly StoredMessage[]): void {
    for (const message of messages) {
      const { sender_id, receiver_id } = message
      const receivers = this.#users.get(receiver_id)
      const senders = sender_id === receiver_id ? undefined : this.#users.get(sender_id)
      if (receivers === undefined && senders === undefined) continue
      const copies = new MessageCopies(message)
      // First to him who is waiting for it.
      for (const connection of receivers ?? []) connection.push(message.receiver_seq, message.id, true, copies)
      for (const connection of senders ?? []) connection.push(message.sender_seq, message.id, false, copies)
    }
  }

  /** The mailbox of a user ends here now. */
  notice(userId: string, head: number): void {
    for (const connection of this.#users.get(userId) ?? []) connection.notice(head)
  }

  /**
   * Passes a message that can't be stored to its receiver's sockets and to the sender's others.
   * @returns whether the receiver has a socket that could take it
   */
  passOn(message: Omit<ReadMessage, 'seq'>, sentBy: Connection): boolean {
    const frame = new MessageCopies(message).frame(undefined)
    const receivers = [...(this.#users.get(message.receiver_id) ?? [])].filter(({ outlet }) => !outlet.isFull)
    if (receivers.length === 0) return false
    const others = [...(this.#users.get(message.sender_id) ?? [])].filter(({ outlet }) => !outlet.isFull)
    for (const connection of new Set([...receivers, ...others])) {
      if (connection !== sentBy) connection.outlet.write(frame)
    }
    return true
  }
}
