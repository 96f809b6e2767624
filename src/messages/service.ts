import type { ReadState } from '../../schemas/conversation.ts'
import type { HistoryQuery, SyncQuery } from '../../schemas/message.ts'
import { AppError } from '../errors.ts'
import { createUuid } from '../uuid.ts'
import type { ConversationEnd, ConversationStore } from './conversation-store.ts'
import { type ReadMessage, type StoredMessage, seqFor } from './message.ts'
import type { ParsedMessage } from './parse.ts'
import type { MessageStore, Page } from './store.ts'
import type { Outcome, Writer } from './writer.ts'

interface Ports {
  store: Pick<MessageStore, 'history' | 'mailbox' | 'mailboxStates' | 'mailboxEnds' | 'saveDeliveries' | 'find'>
  conversations: ConversationStore
  writer: Pick<Writer, 'write'>
  /** Whether there is such a user. */
  userExists(id: string): Promise<boolean>
  /** Counts a send of the user. @throws {AppError} `rate_limited` */
  admit(userId: string): void
}

/** The rules of messages, the same for both transports. */
export function createMessages({ store, conversations, writer, userExists, admit }: Ports) {
  /** A stored message that the user is a party of, or as if there were none. */
  async function findOwn(userId: string, id: string): Promise<StoredMessage> {
    const [message] = await store.find([id])
    if (message === undefined || ![message.sender_id, message.receiver_id].includes(userId)) {
      throw new AppError('message_not_found')
    }
    return message
  }

  async function requireUser(id: string): Promise<void> {
    if (!(await userExists(id))) throw new AppError('user_not_found')
  }

  return {
    /**
     * The one way in: stores a message, once however often it is sent under its id, and tells both parties.
     * Resolves when the message is committed. `fallbackId` is its id where the client chose none.
     * @throws {AppError} `rate_limited`, `receiver_not_found`, `message_id_taken`, `database_unavailable`, `overloaded`
     */
    send: (senderId: string, message: ParsedMessage, fallbackId?: string): Promise<Outcome> => {
      const { id, receiver_id, payload, payloadJson } = message
      admit(senderId)
      return writer.write({
        id: id ?? fallbackId ?? createUuid(),
        sender_id: senderId,
        receiver_id,
        payload,
        payloadJson,
        isClaimed: id !== undefined,
      })
    },

    /**
     * A stretch of the conversation of two users.
     * @throws {AppError} `user_not_found`, `message_not_found` for a bound that is not part of the conversation
     */
    history: async (userId: string, peerId: string, query: HistoryQuery): Promise<Page<ReadMessage>> => {
      const { limit, offset = 0, before, after } = query
      if (before !== undefined && after !== undefined) {
        throw new AppError('bad_request', { message: 'query must have before or after, not both' })
      }
      await requireUser(peerId)
      /** The bound's number in the lower user's mailbox, which is what orders a conversation. */
      const placeOf = async (id: string) => {
        const message = await findOwn(userId, id)
        const other = message.sender_id === userId ? message.receiver_id : message.sender_id
        if (other !== peerId) throw new AppError('message_not_found')
        return seqFor(message, userId < peerId ? userId : peerId)
      }
      const bounds = {
        ...(before === undefined ? {} : { before: await placeOf(before) }),
        ...(after === undefined ? {} : { after: await placeOf(after) }),
      }
      return store.history(userId, peerId, { limit, offset, ...bounds })
    },

    /** The user's mailbox after a number, oldest first, and where it ends. */
    sync: async (userId: string, { after, limit }: SyncQuery): Promise<{ messages: ReadMessage[]; head: number }> => {
      const state = (await store.mailboxStates([userId])).get(userId)
      if (state === undefined) throw new AppError('unauthorized')
      const upTo = Math.min(state.head, after + limit)
      const messages =
        after < upTo ? (await store.mailbox(userId, { after, upTo, limit, receivedOnly: false })).messages : []
      return { messages, head: state.head }
    },

    /** What a socket reads of its user's mailbox, and what it writes there; see the store. */
    mailbox: store.mailbox,
    mailboxStates: store.mailboxStates,
    mailboxEnds: store.mailboxEnds,
    saveDeliveries: store.saveDeliveries,

    /** The ends of the user's conversations, newest first. @throws {AppError} `message_not_found` */
    conversations: async (
      userId: string,
      { limit, before }: { limit: number; before?: string | undefined },
    ): Promise<Page<ConversationEnd>> => {
      const bound = before === undefined ? Number.MAX_SAFE_INTEGER : seqFor(await findOwn(userId, before), userId)
      return conversations.list(userId, { limit, before: bound })
    },

    /** Marks what the user received from another up to `seq` as read. @throws {AppError} `user_not_found` */
    markRead: async (userId: string, peerId: string, seq: number): Promise<ReadState> => {
      const state = await conversations.markRead(userId, peerId, seq)
      if (state !== undefined) return state
      await requireUser(peerId)
      return { seq: 0, unread: 0 }
    },
  }
}

export type Messages = ReturnType<typeof createMessages>
