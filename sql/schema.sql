\q
-- Made by `npm run schema` out of the migrations: read it, don't run it and don't edit it.

CREATE TABLE deliveries (
    user_id uuid NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT deliveries_pkey PRIMARY KEY (user_id),
    CONSTRAINT deliveries_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
) WITH (fillfactor=50);

CREATE TABLE mailboxes (
    user_id uuid NOT NULL,
    head bigint DEFAULT 0 NOT NULL,
    last_message_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    unsettled integer DEFAULT 0 NOT NULL,
    CONSTRAINT mailboxes_pkey PRIMARY KEY (user_id),
    CONSTRAINT mailboxes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
) WITH (fillfactor=50);

CREATE TABLE messages (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    sender_id uuid NOT NULL,
    receiver_id uuid NOT NULL,
    payload bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    sender_seq bigint NOT NULL,
    receiver_seq bigint NOT NULL,
    CONSTRAINT messages_pkey PRIMARY KEY (id),
    CONSTRAINT messages_receiver_id_fkey FOREIGN KEY (receiver_id) REFERENCES users(id) ON DELETE CASCADE,
    CONSTRAINT messages_sender_id_fkey FOREIGN KEY (sender_id) REFERENCES users(id) ON DELETE CASCADE
);

CREATE TABLE schema_migrations (
    name text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT schema_migrations_pkey PRIMARY KEY (name)
);

CREATE TABLE settled_conversations (
    user_id uuid NOT NULL,
    peer_id uuid NOT NULL,
    last_seq bigint NOT NULL,
    last_message_id uuid NOT NULL,
    read_seq bigint DEFAULT 0 NOT NULL,
    unread bigint DEFAULT 0 NOT NULL,
    CONSTRAINT settled_conversations_pkey PRIMARY KEY (user_id, peer_id),
    CONSTRAINT settled_conversations_peer_id_fkey FOREIGN KEY (peer_id) REFERENCES users(id) ON DELETE CASCADE,
    CONSTRAINT settled_conversations_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
) WITH (fillfactor=70);

CREATE TABLE users (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    username character varying(50) NOT NULL,
    password_hash character varying(255) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    username_key text COLLATE "C" NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_username_key UNIQUE (username),
    CONSTRAINT users_username_key_key UNIQUE (username_key)
);

CREATE UNIQUE INDEX messages_conversation ON messages USING btree (LEAST(sender_id, receiver_id), GREATEST(sender_id, receiver_id), (
CASE
    WHEN (sender_id < receiver_id) THEN sender_seq
    ELSE receiver_seq
END));

CREATE UNIQUE INDEX messages_receiver_mailbox ON messages USING btree (receiver_id, receiver_seq);

CREATE UNIQUE INDEX messages_sender_mailbox ON messages USING btree (sender_id, sender_seq);

CREATE VIEW conversations AS
 SELECT user_id,
    peer_id,
    COALESCE(n.last_seq, s.last_seq) AS last_seq,
    COALESCE(n.last_message_id, s.last_message_id) AS last_message_id,
    COALESCE(s.read_seq, (0)::bigint) AS read_seq,
    (COALESCE(s.unread, (0)::bigint) + COALESCE(n.received, (0)::bigint)) AS unread
   FROM (settled_conversations s
     FULL JOIN ( SELECT b.user_id,
            e.peer_id,
            e.last_seq,
            e.last_message_id,
            e.received
           FROM (mailboxes b
             CROSS JOIN LATERAL conversations_since(b.user_id, (b.head - b.unsettled)) e(peer_id, last_seq, last_message_id, received))
          WHERE (b.unsettled > 0)) n USING (user_id, peer_id));

CREATE OR REPLACE FUNCTION conversations_since(owner uuid, number bigint)
 RETURNS TABLE(peer_id uuid, last_seq bigint, last_message_id uuid, received bigint)
 LANGUAGE sql
 STABLE
AS $function$
    SELECT m.peer_id, max(m.seq), (array_agg(m.id ORDER BY m.seq DESC))[1], count(*) FILTER (WHERE m.is_received)
    FROM (SELECT s.receiver_id AS peer_id, s.sender_seq AS seq, s.id, false AS is_received
          FROM messages s WHERE s.sender_id = owner AND s.sender_seq > number
          UNION ALL
          SELECT r.sender_id, r.receiver_seq, r.id, true
          FROM messages r WHERE r.receiver_id = owner AND r.receiver_seq > number AND r.sender_id <> owner) m
    GROUP BY m.peer_id
$function$;

CREATE OR REPLACE FUNCTION mark_read(owner uuid, peer uuid, up_to bigint)
 RETURNS TABLE(seq bigint, unread bigint)
 LANGUAGE plpgsql
AS $function$
DECLARE
    mailbox_head bigint;
    mailbox_unsettled int;
BEGIN
    SELECT m.head, m.unsettled INTO mailbox_head, mailbox_unsettled
    FROM mailboxes m WHERE m.user_id = owner FOR UPDATE;
    IF mailbox_unsettled > 0 THEN
        PERFORM settle_conversations(ARRAY[owner]);
    END IF;
    RETURN QUERY
    UPDATE settled_conversations c
    SET read_seq = greatest(c.read_seq, least(up_to, mailbox_head)),
        unread = CASE
            WHEN least(up_to, mailbox_head) <= c.read_seq THEN c.unread
            WHEN up_to >= c.last_seq THEN 0
            ELSE (SELECT count(*) FROM messages m
                  WHERE m.receiver_id = owner AND m.receiver_seq > up_to AND m.sender_id = peer AND owner <> peer)
        END
    WHERE c.user_id = owner AND c.peer_id = peer
    RETURNING c.read_seq, c.unread;
END
$function$;

CREATE OR REPLACE FUNCTION open_mailbox()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
    INSERT INTO mailboxes (user_id) VALUES (new.id);
    RETURN new;
END
$function$;

CREATE OR REPLACE FUNCTION settle_conversations(owners uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
AS $function$
BEGIN
    INSERT INTO settled_conversations AS s (user_id, peer_id, last_seq, last_message_id, unread)
    SELECT b.user_id, e.peer_id, e.last_seq, e.last_message_id, e.received
    FROM mailboxes b CROSS JOIN LATERAL conversations_since(b.user_id, b.head - b.unsettled) e
    WHERE b.user_id = ANY (owners)
    ON CONFLICT (user_id, peer_id) DO UPDATE
    SET last_seq = excluded.last_seq, last_message_id = excluded.last_message_id, unread = s.unread + excluded.unread;

    UPDATE mailboxes SET unsettled = 0 WHERE user_id = ANY (owners);
END
$function$;

CREATE OR REPLACE FUNCTION store_message(expires_at timestamp with time zone, message_id uuid, sender uuid, receiver uuid, content bytea, OUT stored_at timestamp with time zone, OUT sender_number bigint, OUT receiver_number bigint)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
DECLARE
    low_seq bigint;
    high_seq bigint;
    low_at timestamptz;
    low_unsettled int;
    high_unsettled int;
BEGIN
    UPDATE mailboxes SET head = head + 1, unsettled = unsettled + 1,
                         last_message_at = greatest(clock_timestamp(), last_message_at)
    WHERE user_id = least(sender, receiver)
    RETURNING head, last_message_at, unsettled INTO STRICT low_seq, low_at, low_unsettled;
    UPDATE mailboxes SET head = head + 1, unsettled = unsettled + 1, last_message_at = greatest(low_at, last_message_at)
    WHERE user_id = greatest(sender, receiver)
    RETURNING head, last_message_at, unsettled INTO STRICT high_seq, stored_at, high_unsettled;
    -- The other mailbox was ahead: it was waited for, or a clock has stepped back.
    IF stored_at > low_at THEN
        UPDATE mailboxes SET last_message_at = stored_at WHERE user_id = least(sender, receiver);
    END IF;
    IF clock_timestamp() > expires_at THEN
        RAISE EXCEPTION 'the message came too late' USING ERRCODE = 'query_canceled';
    END IF;
    sender_number := CASE WHEN sender < receiver THEN low_seq ELSE high_seq END;
    receiver_number := CASE WHEN sender < receiver THEN high_seq ELSE low_seq END;

    INSERT INTO messages (id, sender_id, receiver_id, payload, created_at, sender_seq, receiver_seq)
    VALUES (message_id, sender, receiver, content, stored_at, sender_number, receiver_number);

    IF low_unsettled >= 32 OR high_unsettled >= 32 THEN
        PERFORM settle_conversations(ARRAY[sender, receiver]);
    END IF;
END
$function$;

CREATE OR REPLACE FUNCTION store_messages(expires_at timestamp with time zone, user_ids uuid[], counts integer[], suspect_ids uuid[], ids uuid[], sender_places integer[], receiver_places integer[], sender_offsets integer[], receiver_offsets integer[], payload_ends integer[], payloads bytea, owner_places integer[], peer_places integer[], last_offsets integer[], last_ids uuid[], received integer[])
 RETURNS TABLE(stored_at timestamp with time zone, heads bigint[], missing uuid[], repeated uuid[])
 LANGUAGE plpgsql
AS $function$
DECLARE
    found uuid[];
    latest timestamptz;
    unsettled int[];
    furthest int;
    spread int := CASE WHEN cardinality(user_ids) > 16 THEN 31 ELSE 0 END;
BEGIN
    -- Aggregates take the rows as the ordered subquery gives them.
    SELECT array_agg(locked.user_id), array_agg(locked.head), max(locked.last_message_at),
           array_agg(locked.unsettled), max(locked.unsettled)
    INTO found, heads, latest, unsettled, furthest
    FROM (SELECT m.user_id, m.head, m.last_message_at, m.unsettled FROM mailboxes m
          WHERE m.user_id = ANY (user_ids) ORDER BY m.user_id FOR UPDATE) locked;

    IF cardinality(found) IS DISTINCT FROM cardinality(user_ids) THEN
        missing := ARRAY(SELECT unnest(user_ids) EXCEPT SELECT unnest(found));
    END IF;
    IF cardinality(suspect_ids) > 0 THEN
        repeated := ARRAY(SELECT m.id FROM messages m WHERE m.id = ANY (suspect_ids));
    END IF;
    IF cardinality(missing) > 0 OR cardinality(repeated) > 0 THEN
        RETURN NEXT;
        RETURN;
    END IF;

    IF clock_timestamp() > expires_at THEN
        RAISE EXCEPTION 'the batch came too late' USING ERRCODE = 'query_canceled';
    END IF;
    -- A clock that steps back must not reorder a mailbox by time.
    stored_at := greatest(clock_timestamp(), latest);

    -- Many users each at a number of their own: where all came due at once, everybody waited for 3 ms.
    IF furthest >= 32 OR furthest > 0 AND 4 <= ANY (counts) THEN
        PERFORM settle_conversations(ARRAY(
            SELECT b.user_id FROM unnest(user_ids, counts, unsettled) AS b (user_id, count, unsettled)
            WHERE b.unsettled >= CASE WHEN b.count < 4 THEN 32 + (uuid_hash(b.user_id) & spread) ELSE 1 END));
    END IF;

    UPDATE mailboxes m SET head = m.head + u.count, last_message_at = stored_at,
                           unsettled = CASE WHEN u.count < 4 THEN m.unsettled + u.count ELSE 0 END
    FROM unnest(user_ids, counts) AS u (user_id, count) WHERE m.user_id = u.user_id;

    INSERT INTO messages (id, sender_id, receiver_id, payload, created_at, sender_seq, receiver_seq)
    SELECT b.id, user_ids[b.sender], user_ids[b.receiver],
           substring(payloads FROM coalesce(payload_ends[b.place - 1], 0) + 1
                     FOR b.payload_end - coalesce(payload_ends[b.place - 1], 0)),
           stored_at, heads[b.sender] + b.sender_offset, heads[b.receiver] + b.receiver_offset
    FROM unnest(ids, sender_places, receiver_places, sender_offsets, receiver_offsets, payload_ends)
        WITH ORDINALITY AS b (id, sender, receiver, sender_offset, receiver_offset, payload_end, place);

    IF 4 <= ANY (counts) THEN
        INSERT INTO settled_conversations AS s (user_id, peer_id, last_seq, last_message_id, unread)
        SELECT user_ids[e.owner], user_ids[e.peer], heads[e.owner] + e.last_offset, e.last_id, e.received
        FROM unnest(owner_places, peer_places, last_offsets, last_ids, received)
            AS e (owner, peer, last_offset, last_id, received)
        WHERE counts[e.owner] >= 4
        ON CONFLICT (user_id, peer_id) DO UPDATE
        SET last_seq = excluded.last_seq, last_message_id = excluded.last_message_id,
            unread = s.unread + excluded.unread;
    END IF;

    RETURN NEXT;
END
$function$;

CREATE TRIGGER users_open_mailbox AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION open_mailbox();
