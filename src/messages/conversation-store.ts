import sql from 'sql-template-tag'
import type { ReadState } from '../../schemas/conversation.ts'
import type { User } from '../../schemas/user.ts'
import type { Database } from '../db/database.ts'
import type { ReadMessage } from './message.ts'
import { ANSWER_BYTES, type Page, toPage } from './store.ts'

/** The end of a conversation as its owner sees it. */
export interface ConversationEnd {
  user: User
  last_message: ReadMessage
  unread: number
}

interface ConversationRow extends ReadMessage {
  peer_id: string
  peer_username: string
  peer_created_at: string
  unread: number
}

/** All SQL about the list of conversations. */
export function createConversationStore(db: Database) {
  return {
    /** The ends of a user's conversations before a number in his mailbox, newest first; reads no other message. */
    list: async (
      userId: string,
      { limit, before }: { limit: number; before: number },
    ): Promise<Page<ConversationEnd>> => {
      const rows = await db.run<ConversationRow>(sql`
          SELECT c.id, c.sender_id, c.receiver_id, c.payload, c.last_seq::float8 AS seq, c.unread::float8 AS unread,
                 to_char(c.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at,
                 u.id AS peer_id, u.username AS peer_username,
                 to_char(u.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS peer_created_at
          FROM (SELECT e.peer_id, e.last_seq, e.unread, m.*,
                       sum(octet_length(m.payload)) OVER (ORDER BY e.last_seq DESC) - octet_length(m.payload) AS bytes_before
                FROM (SELECT * FROM conversations
                      WHERE user_id = ${userId} AND last_seq < ${before} ORDER BY last_seq DESC LIMIT ${limit + 1}) e
                JOIN messages m ON m.id = e.last_message_id) c
          JOIN users u ON u.id = c.peer_id
          WHERE c.bytes_before < ${ANSWER_BYTES}
          ORDER BY c.last_seq DESC`)
      const ends = rows.map(({ peer_id, peer_username, peer_created_at, unread, ...last_message }) => ({
        user: { id: peer_id, username: peer_username, created_at: peer_created_at },
        last_message,
        unread,
      }))
      return toPage(ends, limit, ({ last_message }) => last_message.payload.length)
    },

    /** Marks received messages as read; undefined where there is no conversation. */
    markRead: async (userId: string, peerId: string, seq: number): Promise<ReadState | undefined> => {
      const [state] = await db.run<ReadState>(sql`
          SELECT seq::float8 AS seq, unread::float8 AS unread FROM mark_read(${userId}, ${peerId}, ${seq})`)
      return state
    },
  }
}

export type ConversationStore = ReturnType<typeof createConversationStore>
