/** How a client reads: without `after`, with it, or over `GET /api/sync`. */
export type ClientKind = 'plain' | 'resuming' | 'rest'

/** One reader and writer; a user may have several. */
export interface ClientInfo {
  readonly name: string
  readonly user: string
  readonly kind: ClientKind
}

interface At {
  readonly at: number
  readonly client: string
  /** Counts the client's connections from 1; a REST client has one. */
  readonly connection: number
}

/** What a client did or saw, in the order in which it happened to it. */
export type ClientEvent = At &
  (
    | { readonly type: 'connected'; readonly after: number | undefined }
    | { readonly type: 'disconnected'; readonly code: number }
    /** `valid`: by the contract the server must take it, sooner or later. */
    | { readonly type: 'sent'; readonly id: string; readonly receiver: string; readonly valid: boolean }
    /** The 201 or the first own copy: from here on the message may not be lost. */
    | { readonly type: 'acknowledged'; readonly id: string; readonly seq: number }
    | { readonly type: 'refused'; readonly id: string; readonly error: string; readonly final: boolean }
    | {
        readonly type: 'delivered'
        readonly id: string
        readonly seq: number
        readonly own: boolean
        readonly intact: boolean
      }
    /** A `persisted: false` frame: no acknowledgement, no delivery. */
    | { readonly type: 'transient'; readonly id: string }
    /** No answer for so long that the client dropped the connection and tried again. */
    | { readonly type: 'gave_up'; readonly id: string }
    /** The 200: what came from `peer` up to `seq` is read, and `answer` is how far the server says that it is. */
    | { readonly type: 'marked'; readonly peer: string; readonly seq: number; readonly answer: number }
    | { readonly type: 'caught_up'; readonly seq: number }
    | { readonly type: 'reset'; readonly seq: number }
  )

/** A row of the table of messages, read straight from the database. */
export interface StoredMessage {
  readonly id: string
  readonly sender: string
  readonly receiver: string
  /** RFC 3339 with a fixed number of digits, so that text compares as time. */
  readonly createdAt: string
  readonly senderSeq: number
  readonly receiverSeq: number
  /** The id that the client wrote into the payload, or undefined when the payload is not what the client sent. */
  readonly written: string | undefined
}

/** The ids of a conversation as `GET /api/messages/{user_id}` gives them, oldest first. */
export interface Conversation {
  readonly user: string
  readonly peer: string
  readonly ids: readonly string[]
}

/** An entry of a user's list of conversations, as `GET /api/conversations` gives it. */
export interface ListedConversation {
  readonly peer: string
  readonly lastId: string
  readonly unread: number
}

/** All that a verdict rests on. */
export interface Evidence {
  readonly clients: readonly ClientInfo[]
  readonly events: readonly ClientEvent[]
  readonly stored: readonly StoredMessage[]
  readonly heads: ReadonlyMap<string, number>
  readonly conversations: readonly Conversation[]
  /** Every user's list, newest first. */
  readonly lists: ReadonlyMap<string, readonly ListedConversation[]>
}

/** One broken promise. */
export interface Finding {
  readonly kind: 'lost' | 'doubled' | 'disordered' | 'gap' | 'mislisted'
  readonly text: string
  readonly id?: string
  readonly client?: string
}
