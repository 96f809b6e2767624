// The page's types. Browsers never load this file; the comments in the modules refer to it.
import type { Conversation } from '../schemas/conversation.ts'
import type { TransientMessage } from '../schemas/frame.ts'
import type { Message } from '../schemas/message.ts'
import type { User } from '../schemas/user.ts'
import type words from './text.json'

export type { ServerFrame } from '../schemas/frame.ts'
export type { NewMessage } from '../schemas/message.ts'
export type { Messenger } from './messenger.js'
export type { Conversation, Message, TransientMessage, User }

/** A text in the reader's language (text.json). */
export type Key = keyof (typeof words)['en']

/** Who is logged in. */
export interface Session {
  token: string
  userId: string
}

/** A message that is not stored: ours on its way or refused, or (`transient`, of either party) only passed on. */
export type Unsent = Omit<Message, 'seq' | 'payload'> & {
  payload: ArrayLike<number>
  state: 'sending' | 'failed' | 'transient'
  reason?: string
}

/** A message as it came, stored or not. */
export type News = Omit<Message, 'seq'>

/** One conversation. */
export interface Talk {
  /** Stored, by `seq`, without a gap up to the newest. */
  messages: Message[]
  /** In the order of sending. */
  pending: Unsent[]
  /** The newest one when the list was read; it may not be in `messages` yet. */
  last: Message | undefined
  unread: number
  /** The number up to which the reader has seen it. */
  read: number
  /** How far back `messages` goes. */
  history: 'none' | 'some' | 'all'
}

/** How the socket is: `waiting` between two attempts, `refused` when only the reader should try again. */
export type Link = 'connecting' | 'online' | 'offline' | 'waiting' | 'refused'

/** What the page knows. */
export interface State {
  /** The reader's id. */
  me: string
  /** Everyone whose name is known. */
  users: Record<string, User>
  /** By the other party's id. */
  talks: Record<string, Talk>
  /** The list of conversations has been read. */
  listed: boolean
  /** Where the next page of the list begins. */
  more: string | null
  /** The conversation on screen. */
  open: string | null
  /** The last number read from the mailbox: where a new socket resumes. */
  cursor: number | null
  link: Link
  /** False while the server says that it stores nothing. */
  storing: boolean
}

/** Everything that can happen. */
export type Event =
  | { type: 'listed'; conversations: Conversation[]; more: string | null; first: boolean }
  | { type: 'user'; user: User }
  | { type: 'opened'; peer: string | null }
  | { type: 'history'; peer: string; messages: Message[]; complete: boolean }
  | { type: 'message'; message: Message }
  | { type: 'transient'; message: TransientMessage }
  | { type: 'reset' }
  | { type: 'outbox'; entries: Unsent[] }
  | { type: 'queued'; entry: Unsent }
  | { type: 'marked'; id: string; state: Unsent['state']; reason?: string }
  | { type: 'discarded'; id: string }
  | { type: 'read'; peer: string; seq: number }
  | { type: 'link'; link: Link }
  | { type: 'storing'; storing: boolean }

/** Holds the state; `subscribe` calls the listener now and after every change. */
export interface Store {
  readonly state: State
  dispatch(event: Event): void
  subscribe(listener: (state: State) => void): () => void
}

/** What a file says of itself; the size is a picture's. */
export interface FileHeader {
  name: string
  type: string
  width?: number
  height?: number
}

/** What a payload holds. */
export type Content = { kind: 'text'; text: string } | ({ kind: 'file'; bytes: Uint8Array<ArrayBuffer> } & FileHeader)
export type FileContent = Extract<Content, { kind: 'file' }>

/** A message on screen: `first` and `last` of a group of one person's. */
export interface MessageRow {
  kind: 'message'
  key: string
  message: Message | Unsent
  mine: boolean
  first: boolean
  last: boolean
}
export type Row = { kind: 'day'; key: string; date: Date } | MessageRow

/**
 * How sending ended. `passed`: delivered but not stored; `away`: not even that; `later`: the server is busy;
 * `lost`: no answer.
 */
export type Outcome = 'stored' | 'passed' | 'refused' | 'away' | 'later' | 'lost'
