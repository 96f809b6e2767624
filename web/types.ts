// The page's types and what its parts promise each other. Browsers never load this file; the modules' comments refer to
// it: `@type {T.Reduce}` is the type below.
import type { Conversation } from '../schemas/conversation.ts'
import type { ServerFrame, TransientMessage } from '../schemas/frame.ts'
import type { Message, NewMessage } from '../schemas/message.ts'
import type { User } from '../schemas/user.ts'
import type words from './text.json'

export type { Conversation, Message, NewMessage, ServerFrame, TransientMessage, User }
export type Timer = ReturnType<typeof setTimeout> | undefined

/** A text in the reader's language (text.json). */
export type Key = keyof (typeof words)['en']

// What is on the page (dom.js).
/** What a selector such as `input` or `input#search` leads to. */
type Found<Selector extends string> = Selector extends keyof HTMLElementTagNameMap
  ? HTMLElementTagNameMap[Selector]
  : Selector extends `${infer Tag extends keyof HTMLElementTagNameMap}#${string}`
    ? HTMLElementTagNameMap[Tag]
    : HTMLElement
export type One = <Selector extends string>(root: ParentNode, selector: Selector) => Found<Selector>
export type Fill = (root: ParentNode, texts: Record<string, string>) => void
export type Copy = (template: string) => HTMLElement
export type CreateElement = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]>,
  ...children: (Node | string)[]
) => HTMLElementTagNameMap[Tag]
export type Draw = (root: ParentNode, id: string, name: string) => void
export type Arrange = (parent: Element, wanted: Element[]) => void

/** The value `n` chooses the form. */
export type Translate = (key: Key, values?: Record<string, string | number>) => string

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
  /** Written, refused or tried again. */
  | { type: 'queued'; entry: Unsent }
  | { type: 'discarded'; id: string }
  | { type: 'read'; peer: string; seq: number }
  | { type: 'link'; link: Link }
  | { type: 'storing'; storing: boolean }

/** The state after an event. */
export type Reduce = (state: State, event: Event) => State
/** A change of one conversation. */
export type Change = (talk: Talk) => Talk
export type ChangeTalk = (state: State, peer: string, change: Change) => State
export type ChangeTalks = (state: State, change: Change) => State
export type Listed = (state: State, event: Extract<Event, { type: 'listed' }>) => State
/** The other party of a message. */
export type PeerOf = (message: News | Unsent, me: string) => string
export type WithoutPending = (talk: Talk, drop: (entry: Unsent) => boolean) => Talk
export type Insert = (talk: Talk, entry: Unsent, unread: boolean) => Talk
export type Merge = (left: Message[], right: Message[]) => Message[]
export type CountAfter = (talk: Talk, seq: number, me: string) => number
export type Received = (talk: Talk, message: Message, me: string) => Talk
export type MergePage = (talk: Talk, page: Message[], complete: boolean) => Talk
export type MergeListed = (talk: Talk, last: Message, unread: number, me: string) => Talk
export type MarkRead = (talk: Talk, seq: number, me: string) => Talk
export type Latest = (talk: Talk) => Sent | undefined
export type LastReceived = (talk: Talk, me: string) => number

/** Holds the state; `subscribe` calls the only listener, now and after every change. */
export interface Store {
  readonly state: State
  dispatch(event: Event): void
  subscribe(listener: (state: State) => void): void
}
export type CreateStore = (state: State, reduce: Reduce) => Store

/** What a file says of itself; the size is a picture's. */
export interface FileHeader {
  name: string
  type: string
  width?: number
  height?: number
}

/**
 * What a payload means to this page; the server never looks inside.
 * - Text is its UTF-8 bytes and nothing else, so every client that sends plain text is understood.
 * - A file is a tagged run of bytes that can't be taken for text, for UTF-8 never contains the byte 0xFF:
 *     0xFF  0x01  length of the header (2 bytes, big-endian)  header (FileHeader as JSON)  content
 * - Anything else is a file without a name.
 */
export type Content = { kind: 'text'; text: string } | FileContent
/** `url`: where the page itself has it, once it has been shown. */
export type FileContent = { kind: 'file'; bytes: Bytes; url?: string } & FileHeader
export type Bytes = Uint8Array<ArrayBuffer>
export type EncodeFile = (header: FileHeader, bytes: Uint8Array) => Uint8Array
export type Decode<Payload, Result> = (payload: Payload) => Result
export type PayloadOf = (file: File) => Promise<Uint8Array>
export type DrawPicture = (picture: ImageBitmap, name: string, side: number) => Promise<Uint8Array>

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
export type RowsOf = (messages: Sent[], start: number, end: number, me: string) => Row[]
export type StretchesOf = (messages: Sent[]) => { start: number; end: number }[]
/** Whether two neighbours are of one group. */
export type IsGroup = (one: Sent | undefined, next: Sent | undefined) => boolean

/** What is on screen and can change: a message, a day, a stretch of messages. */
export interface View<Args extends unknown[]> {
  element: HTMLElement
  update(...args: Args): void
}
export type CreateRow = (row: Row, messenger: Messenger, name: string) => View<[Row]>
export interface Stretch extends View<[messages: Sent[], start: number, end: number]> {
  /** The ids of its first and last message. */
  ends: (string | undefined)[]
}
export type CreateStretch = (messenger: Messenger, name: string) => Stretch
/** Returns what brings the conversations up to date. */
export type MountList = (shell: HTMLElement, messenger: Messenger) => (state: State) => void
export type UpdateItem = (item: HTMLElement, peer: string, talk: Talk, state: State) => void
export type MountSearch = (shell: HTMLElement, messenger: Messenger) => void
/** Returns what brings it up to date. */
export type MountConversation = (root: HTMLElement, messenger: Messenger, user: User) => () => void
export type MountComposer = (
  element: HTMLElement,
  messenger: Messenger,
  user: User,
  onSend: () => void,
) => { focus(): void }
/** What is wrong with the value of a field; more is asked of a fresh account. */
export type FaultOf = (input: HTMLInputElement, fresh: boolean) => Key | ''
export type SayFault = (text: string, input?: HTMLInputElement) => void
export type Enter = (username: string, password: string, fresh: boolean) => Promise<Session>
export type OnEnter = (session: Session) => void
export type MountFields = (
  form: HTMLElement,
  onEnter: OnEnter,
) => {
  username: HTMLInputElement
  password: HTMLInputElement
  /** Changes between a new account and a known one. */
  turn(registering: boolean): void
}
/** Returns what asks for the password, at once. */
export type MountRenewal = (
  root: HTMLElement,
  options: { me: string; name: () => string; onRenewed: () => void; onLogout: () => void },
) => (ended: boolean) => void
export type MountSign = (root: HTMLElement, onEnter: OnEnter) => void
export type NameOf = (id: string) => string
export type MountChat = (root: HTMLElement, me: string, onLogout: () => void) => void
/** In milliseconds since 1970. */
export type TokenTimes = (token: string) => { endsAt: number; noticeAt: number }
/** `failures` in a row, this one included; `code` of the last close. */
export type WaitBefore = (failures: number, code: number, random?: number) => number

/**
 * How sending ended. `passed`: delivered but not stored; `away`: not even that; `later`: the server is busy;
 * `lost`: no answer.
 */
export type Outcome = 'stored' | 'passed' | 'refused' | 'away' | 'later' | 'lost'

export type OutcomeOf = (error: string) => Outcome
/** Answers the message that is on its way. */
export type AnswerTo = (outcome: Outcome, reason: string) => void
export type Attempt = (entry: Unsent) => Promise<Parameters<AnswerTo>>

export interface SocketOptions {
  token(): string
  /** Where to resume; null where that is not known yet. */
  after(): number | null
  onFrame(frame: ServerFrame): void
  onLink(link: Link): void
  /** An attempt failed or a connection ended. */
  onLost(code: number): void
}

export interface Socket {
  connect(): void
  /** Ends a connection that does not answer. */
  giveUp(): void
  isOpen(): boolean
  send(message: NewMessage): void
}
export type CreateSocket = (options: SocketOptions) => Socket

export interface Outbox {
  /** In the order of sending. */
  all(): Promise<Unsent[]>
  add(entry: Unsent): Promise<void>
  replace(entry: Unsent): Promise<void>
  remove(id: string): Promise<void>
}
/** `onChange`: another tab has changed it. */
export type CreateOutbox = (owner: string, onChange: () => void) => Outbox
export type Done = <Result>(request: IDBRequest<Result>) => Promise<Result>
export type InStore = <Result>(work: (store: IDBObjectStore) => IDBRequest<Result>) => Promise<Result>
export type ChangeEntry = (id: string, work: (store: IDBObjectStore, key: IDBValidKey) => IDBRequest) => Promise<void>

export interface SenderOptions {
  owner: string
  outbox: Pick<Outbox, 'all'>
  socket: Pick<Socket, 'isOpen' | 'send' | 'giveUp'>
  onOutcome(entry: Unsent, outcome: Outcome, reason: string): Promise<void>
}
export interface Sender {
  /** Sends what there is. */
  flush(): Promise<void>
  /** The server stores again. */
  storing(): Promise<void>
  /** Looks whether a frame answers the message on its way. */
  frame(frame: ServerFrame): void
  /** The connection is gone. */
  lost(): void
}
export type CreateSender = (options: SenderOptions) => Sender

export interface Patience {
  /** Repeats a load until it succeeds or is refused for good. */
  insist<Result>(load: () => Promise<Result>): Promise<Result>
  /** Lets everything that waits try again now. */
  wake(): void
  /** The server stores nothing: looks now and then whether it does again. */
  suspended(): void
  /** The server has stored something. */
  recovered(): void
}
export type CreatePatience = (onStoring: (storing: boolean) => void) => Patience

export interface MessengerOptions {
  me: string
  /** The token is no longer good. */
  onEnded(): void
  /** Somebody writes. */
  onNews(message: News): void
}

export interface Messenger {
  store: Store
  search: Api['search']
  /** Everything received in a conversation has been seen: tells the server and the other tabs. */
  markRead(peer: string): void
  /** The next page of the list. */
  moreTalks(): void
  /** Tries the connection now, with the token of this moment. */
  reconnect(): void
  /** The user of a name or an id, if there is one. */
  resolve(who: string): Promise<User | undefined>
  /** One more page of history. */
  loadOlder(peer: string): Promise<void>
  send(peer: string, payload: Uint8Array): Promise<void>
  retry(entry: Unsent): Promise<void>
  discard(entry: Unsent): Promise<void>
}
export type CreateMessenger = (options: MessengerOptions) => Messenger
export type Mark = (entry: Unsent) => Promise<void>

/** One request of the REST interface; `next`: there is more. */
export type RequestOptions = { token?: string; body?: unknown }
// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is the contract's word (schemas/), not the compiler's
export type Answer = Promise<{ data: any; next: boolean }>
export type Call = (method: string, path: string, body?: unknown) => Answer
/** Why a request failed; status 0 is no answer at all. */
export type ApiError = Error & { status: number }
export type Failure = (status: number, message: string) => ApiError
export type Request = (method: string, path: string, options: RequestOptions) => Answer
export type Page = (path: string, before: string | null | undefined) => Answer
export interface Api {
  /** By id, or `me`. */
  user(id: string): Promise<User>
  /** By the start of the name. */
  search(name: string): Promise<User[]>
  conversations(before: string | null): Answer
  history(peer: string, before: string | undefined): Answer
  read(peer: string, seq: number): Answer
}
export type CreateApi = (token: () => string, onUnauthorized: () => void) => Api
