import { type Static, Type } from '@sinclair/typebox'
import { Message, newMessage } from './message.ts'
import { Id, MAX_PAYLOAD_BYTES, Seq } from './primitives.ts'

/** What a client sends over the socket. */
export const ClientFrame = { ...newMessage(MAX_PAYLOAD_BYTES), title: 'ClientFrame' }

/** A message that was passed on while the database was away: it has no place in a mailbox and is not stored. */
export const TransientMessage = Type.Object(
  { ...Type.Omit(Message, ['seq']).properties, persisted: Type.Literal(false) },
  { title: 'TransientMessage' },
)
export type TransientMessage = Static<typeof TransientMessage>

/** A frame was refused; `id` is the refused frame's own, where it carried one. */
export const FrameError = Type.Object({ error: Type.String(), id: Type.Optional(Id) }, { title: 'FrameError' })
export type FrameError = Static<typeof FrameError>

/** A resuming client has everything up to `seq`; what follows is live. */
export const CaughtUp = Type.Object({ type: Type.Literal('caught_up'), seq: Seq }, { title: 'CaughtUp' })
export type CaughtUp = Static<typeof CaughtUp>

/** The mailbox ends before the client's `after` (a restored backup): read the history again. */
export const Reset = Type.Object({ type: Type.Literal('reset'), seq: Seq }, { title: 'Reset' })
export type Reset = Static<typeof Reset>

/** What the server sends over the socket. */
export const ServerFrame = Type.Union([Message, TransientMessage, FrameError, CaughtUp, Reset], {
  title: 'ServerFrame',
})
export type ServerFrame = Static<typeof ServerFrame>

/** Why the server closes a socket, and what the client does then (RFC 6455, section 7.4; 4401 is our own). */
export const closeCodes = {
  stopping: { code: 1001, reason: 'server is stopping', duty: 'reconnect at once, with jitter' },
  binaryFrame: { code: 1003, reason: 'binary frames are not accepted', duty: 'fix the client' },
  tooManyBadFrames: { code: 1008, reason: 'too many bad frames', duty: 'do not retry blindly' },
  tooManySockets: { code: 1008, reason: 'too many connections', duty: 'do not retry blindly' },
  frameTooLarge: { code: 1009, reason: 'frame too large', duty: 'fix the client' },
  serverFault: { code: 1011, reason: 'server fault', duty: 'reconnect with back-off' },
  overloaded: { code: 1013, reason: 'overloaded or too slow', duty: 'reconnect with back-off' },
  tokenExpired: { code: 4401, reason: 'token expired', duty: 'get a new token' },
} as const
export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes]

/** `GET /ws`. */
export const SocketQuery = Type.Object(
  {
    token: Type.Optional(
      Type.String({ description: 'JWT; or an Authorization header, or the subprotocol bearer.<jwt>' }),
    ),
    after: Type.Optional({
      ...Seq,
      description: 'Resume: everything in the mailbox after this number, sent and received',
    }),
  },
  { additionalProperties: false },
)
export type SocketQuery = Static<typeof SocketQuery>
