// The page's types and what its parts promise each other. Browsers never load this file; the modules' comments refer to
// it: `@type {T.Reduce}` is the type below.
import type { Conversation } from '../schemas/conversation.ts'
import type { ServerFrame, TransientMessage } from '../schemas/frame.ts'
import type { Message, NewMessage } from '../schemas/message.ts'
import type { User } from '../schemas/user.ts'
import type words from './text.json'

export type { Conversation, Message, NewMessage, ServerFrame, TransientMessage, User }
export type Api = ReturnType<typeof import('./api.js').createApi>
export type Messenger = ReturnType<typeof import('./messenger.js').createMessenger>
export type Outbox = ReturnType<typeof import('./outbox.js').createOutbox>
export type Socket = ReturnType<typeof import('./socket.js').createSocket>
export type Timer = ReturnType<typeof setTimeout> | undefined

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
export type Sent = Message | Unsent

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
  | { type: 'marked'; entry: Unsent }
  | { type: 'discarded'; id: string }
  | { type: 'read'; peer: string; seq: number }
  | { type: 'link'; link: Link }
  | { type: 'storing'; storing: boolean }

/** The state after an event. */
export type Reduce = (state: State, event: Event) => State
/** A change of one conversation. */
export type Change = (talk: Talk) => Talk

/** Holds the state; `subscribe` calls the listener now and after every change. */
export interface Store {
  readonly state: State
  dispatch(event: Event): void
  subscribe(listener: (state: State) => void): () => void
}
export type CreateStore = (state: State, reduce: Reduce) => Store

/** What a file says of itself; the size is a picture's. */
export interface FileHeader {
  name: string
  type: string
  width?: number
  height?: number
}

/** What a payload holds. */
export type Content = { kind: 'text'; text: string } | FileContent
export type FileContent = { kind: 'file'; bytes: Uint8Array<ArrayBuffer> } & FileHeader
export type Decode<Result> = (bytes: Uint8Array<ArrayBuffer>) => Result
/** The payload of a file; a picture is drawn smaller until it fits, any other file may turn out too large. */
export type PayloadOf = (file: File, limit: number) => Promise<Uint8Array>
export type DrawPicture = (picture: ImageBitmap, name: string, side: number, quality: number) => Promise<Uint8Array>

/** A text in words and links. */
export type Linkify = (text: string) => { text: string; href?: string }[]

/** A message on screen: `first` and `last` of a group of one person's. */
export interface MessageRow {
  key: string
  message: Sent
  mine: boolean
  first: boolean
  last: boolean
}
export type Row = { key: string; day: Date } | MessageRow
/** The rows of the messages from `start` to `end`: days apart, a person's messages together. */
export type RowsOf = (messages: Sent[], start: number, end: number, me: string) => Row[]

/** What is on screen and can change: a message, a day, a stretch of messages. */
export interface View<Args extends unknown[]> {
  element: HTMLElement
  update(...args: Args): void
  /** Gives back what it holds when it leaves the screen. */
  stop(): void
}
export type CreateRow = (row: Row, messenger: Messenger, name: string) => View<[Row]>
export interface Stretch extends View<[messages: Sent[], start: number, end: number]> {
  /** The ids of its first and last message. */
  ends(): (string | undefined)[]
}
export type CreateStretch = (messenger: Messenger, name: string) => Stretch
export type CreateItem = (peer: string) => { element: HTMLElement; update(state: State, talk: Talk): void }
export type MountConversation = (
  root: HTMLElement,
  messenger: Messenger,
  user: User,
) => { update(state: State): void; stop(): void }
export type MountComposer = (
  element: HTMLElement,
  messenger: Messenger,
  user: User,
  onSend: () => void,
) => { focus(): void }
/** Adds name and password to a form; its rules come before, its faults beside them. */
export type MountFields = (
  form: HTMLElement,
  onEnter: (session: Session) => void,
) => { username: HTMLInputElement; password: HTMLInputElement; turn(registering: boolean): void }
export type MountRenewal = (
  root: HTMLElement,
  options: { me: string; name: () => string; onRenewed: () => void; onLogout: () => void },
) => { ended(): void; stop(): void }
/** Takes its view down when it is called. */
export type Leave = () => void
export type MountSign = (root: HTMLElement, onEnter: (session: Session) => void) => Leave
export type MountChat = (root: HTMLElement, me: string, onLogout: () => void) => Leave

/**
 * How sending ended. `passed`: delivered but not stored; `away`: not even that; `later`: the server is busy;
 * `lost`: no answer.
 */
export type Outcome = 'stored' | 'passed' | 'refused' | 'away' | 'later' | 'lost'

export interface SocketOptions {
  token(): string
  /** Where to resume; null where that is not known yet. */
  after(): number | null
  onFrame(frame: ServerFrame): void
  onLink(link: Link): void
  /** An attempt failed or a connection ended. */
  onLost(code: number): void
}

export interface SenderOptions {
  owner: string
  outbox: Pick<Outbox, 'all'>
  socket: Pick<Socket, 'isOpen' | 'send' | 'giveUp'>
  onOutcome(entry: Unsent, outcome: Outcome, reason: string): Promise<void>
}

export interface MessengerOptions {
  me: string
  /** The token is no longer good. */
  onEnded(): void
  /** Somebody writes. */
  onNews(message: News): void
}

/** One request of the REST interface; `next`: there is more. */
export type RequestOptions = { token?: string; body?: unknown }
// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is the contract's word (schemas/), not the compiler's
export type Answer = Promise<{ data: any; next: boolean }>
export type Call = (method: string, path: string, body?: unknown) => Answer
