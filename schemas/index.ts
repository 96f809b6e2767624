import { Credentials, Registered, Registration, Session } from './auth.ts'
import { Conversation, ReadMark, ReadState } from './conversation.ts'
import { ErrorReply } from './error.ts'
import { CaughtUp, ClientFrame, FrameError, Reset, ServerFrame, TransientMessage } from './frame.ts'
import { Health, Liveness } from './health.ts'
import { Message, newMessage, Sync } from './message.ts'
import { MAX_PAYLOAD_BYTES } from './primitives.ts'
import { User } from './user.ts'

/** The named components of the OpenAPI document: a schema with one of these titles is referred to, not repeated. */
export const components = [
  CaughtUp,
  ClientFrame,
  Conversation,
  Credentials,
  ErrorReply,
  FrameError,
  Health,
  Liveness,
  Message,
  newMessage(MAX_PAYLOAD_BYTES),
  ReadMark,
  ReadState,
  Registered,
  Registration,
  Reset,
  ServerFrame,
  Session,
  Sync,
  TransientMessage,
  User,
]
