import type { Message } from '../../schemas/message.ts'

/** A message that somebody wants stored. */
export interface Draft extends Pick<Message, 'id' | 'sender_id' | 'receiver_id'> {
  /** Opaque content. */
  payload: Buffer
  /** The content's JSON, where it is at hand. */
  payloadJson?: Buffer | undefined
  /** Whether the client chose the id, so that it may be stored already. */
  isClaimed: boolean
}

/** All of a batch is stored, or none of it and this is why. */
export type AppendResult =
  | { stored: StoredMessage[] }
  | { missingUsers: ReadonlySet<string>; repeatedIds: ReadonlySet<string> }

/** A message as it stands in the database, with its number in either mailbox. */
export interface StoredMessage extends Pick<Message, 'id' | 'sender_id' | 'receiver_id' | 'created_at'> {
  payload: Buffer
  payloadJson?: Buffer | undefined
  sender_seq: number
  receiver_seq: number
}

/** A stored message as one of its parties reads it; absent numbers mean that it was passed on without being stored. */
export interface ReadMessage extends Pick<Message, 'id' | 'sender_id' | 'receiver_id' | 'created_at'> {
  payload: Buffer
  payloadJson?: Buffer | undefined
  seq: number | undefined
}

/** A user, and the number that one of his sockets has come to in his mailbox; -1 comes before them all. */
export type Position = readonly [userId: string, seq: number]

/** Where a user's mailbox ends. */
export interface MailboxEnd {
  user_id: string
  head: number
}

/** Where a mailbox ends and how far its owner's sockets have proven to have received. */
export interface MailboxState {
  head: number
  delivered: number
}

/** Whether a draft says just what is stored under its id (contract of retries: same sender, receiver and payload). */
export const isSameContent = (draft: Draft, stored: Pick<Draft, 'sender_id' | 'receiver_id' | 'payload'>): boolean =>
  draft.sender_id === stored.sender_id &&
  draft.receiver_id === stored.receiver_id &&
  draft.payload.equals(stored.payload)

/** The number of a stored message in the mailbox of one of its parties. */
export const seqFor = (message: StoredMessage, userId: string): number =>
  message.sender_id === userId ? message.sender_seq : message.receiver_seq
