import { createPeople, type Person } from './people.ts'
import type { Server } from './server.ts'

/** Peers of the archive's owner. */
export const crowd = 1000
const DEPTH = 100_000

/** A user with a very long past, and one with a short one. */
export interface Archive {
  readonly owner: Person
  /** He has every fifth of the owner's messages (every second, of a smaller archive). */
  readonly peer: Person
  /** The message with 100,000 newer ones in the conversation with that peer. */
  readonly deepId: string
  /** Someone with 50 peers and 1,000 messages. */
  readonly small: Person
}

// Message n of a mailbox: with whom, which way (every other one is sent), when, and an id that grows with the time.
const plan = `
  select n, case when n % $3::int = 0 then 1 else n % (cardinality($2::uuid[]) - 1) + 2 end as place,
    (n / $3::int) % 2 = 0 as sent, t,
    (lpad(to_hex((extract(epoch from t) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid as id,
    decode(h || md5(h) || md5(h || 'a') || md5(h || 'b'), 'hex') as payload
  from (select n, now() - make_interval(secs => ($4::int - n) / 1000.0) as t, md5(n::text || $1) as h
        from generate_series(1, $4::int) as n) as numbers`

const fillMessenger = async (
  { sql }: Server,
  owner: Person,
  peers: readonly Person[],
  count: number,
  share: number,
) => {
  const ids = peers.map(({ id }) => id)
  await sql.begin(async (tx) => {
    // Spares two foreign key checks a row; all users are known to exist.
    await tx`set local session_replication_role = replica`
    await tx.unsafe(
      `create temp table filled on commit drop as
       select plan.*, ($2::uuid[])[place] as peer_id, row_number() over (partition by place order by n) as peer_seq
       from (${plan}) as plan`,
      [owner.id, ids, share, count],
    )
    await tx`
      insert into messages (id, sender_id, receiver_id, payload, created_at, sender_seq, receiver_seq)
      select id, case when sent then ${owner.id}::uuid else peer_id end, case when sent then peer_id else ${owner.id}::uuid end,
        payload, t, case when sent then n else peer_seq end, case when sent then peer_seq else n end
      from filled order by n`
    await tx`
      insert into settled_conversations (user_id, peer_id, last_seq, last_message_id, read_seq, unread)
      select ${owner.id}::uuid, peer_id, max(n), (array_agg(id order by n desc))[1], max(n), 0 from filled group by peer_id
      union all
      select peer_id, ${owner.id}::uuid, max(peer_seq), (array_agg(id order by n desc))[1], max(peer_seq), 0
      from filled group by peer_id`
    await tx`
      update mailboxes set head = own.head, last_message_at = own.t
      from (select ${owner.id}::uuid as user_id, max(n) as head, max(t) as t from filled
            union all select peer_id, max(peer_seq), max(t) from filled group by peer_id) as own
      where mailboxes.user_id = own.user_id`
  })
}

const fillBaseline = async ({ sql }: Server, owner: Person, peers: readonly Person[], count: number, share: number) => {
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    await tx.unsafe(
      `insert into messages (id, sender_id, receiver_id, payload, created_at)
       select gen_random_uuid(), case when sent then $1::uuid else ($2::uuid[])[place] end,
         case when sent then ($2::uuid[])[place] else $1::uuid end, payload, t
       from (${plan}) as plan order by n`,
      [owner.id, peers.map(({ id }) => id), share, count],
    )
  })
}

/** How many messages the archive has. */
export const archiveSize = (quick: boolean): number => (quick ? 250_000 : 1_000_000)

/** Writes `count` messages of one user straight into the tables, and a small mailbox beside them. */
export const fillArchive = async (server: Server, count: number): Promise<Archive> => {
  const [owner, small, ...peers] = await createPeople(server, crowd + 2)
  const peer = peers[0]
  if (owner === undefined || small === undefined || peer === undefined) throw new Error('nobody was created')
  // The conversation that is read must be deeper than the page that is asked for.
  const share = count >= 1_000_000 ? 5 : 2
  const fill = server.system === 'baseline' ? fillBaseline : fillMessenger
  await fill(server, owner, peers, count, share)
  const [deep] = await server.sql<{ id: string }[]>`
    select id from messages
    where sender_id in (${owner.id}, ${peer.id}) and receiver_id in (${owner.id}, ${peer.id})
    order by created_at desc offset ${DEPTH} limit 1`
  // Other people: nobody's numbers may be given twice.
  const few = await createPeople(server, 50)
  await fill(server, small, few, 1000, 50)
  await server.sql.unsafe('vacuum analyze')
  return { owner, peer, deepId: deep?.id ?? '', small }
}
