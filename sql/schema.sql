\q
-- Made by `npm run schema` out of the migrations: read it, don't run it and don't edit it.

CREATE TABLE conversations (
    user_id uuid NOT NULL,
    peer_id uuid NOT NULL,
    last_seq bigint NOT NULL,
    last_message_id uuid NOT NULL,
    read_seq bigint DEFAULT 0 NOT NULL,
    unread bigint DEFAULT 0 NOT NULL,
    CONSTRAINT conversations_pkey PRIMARY KEY (user_id, peer_id),
    CONSTRAINT conversations_peer_id_fkey FOREIGN KEY (peer_id) REFERENCES users(id) ON DELETE CASCADE,
    CONSTRAINT conversations_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
) WITH (fillfactor=70);

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

CREATE OR REPLACE FUNCTION mark_read(owner uuid, peer uuid, up_to bigint)
 RETURNS TABLE(seq bigint, unread bigint)
 LANGUAGE plpgsql
AS $function$
DECLARE
    mailbox_head bigint;
BEGIN
    SELECT m.head INTO mailbox_head FROM mailboxes m WHERE m.user_id = owner FOR UPDATE;
    RETURN QUERY
    UPDATE conversations c
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

CREATE OR REPLACE FUNCTION store_message(expires_at timestamp with time zone, message_id uuid, sender uuid, receiver uuid, content bytea, OUT stored_at timestamp with time zone, OUT sender_number bigint, OUT receiver_number bigint)
 RETURNS record
 LANGUAGE plpgsql
AS $function$
DECLARE
    low_seq bigint;
    high_seq bigint;
    low_at timestamptz;
BEGIN
    UPDATE mailboxes SET head = head + 1, last_message_at = greatest(clock_timestamp(), last_message_at)
    WHERE user_id = least(sender, receiver) RETURNING head, last_message_at INTO STRICT low_seq, low_at;
    UPDATE mailboxes SET head = head + 1, last_message_at = greatest(low_at, last_message_at)
    WHERE user_id = greatest(sender, receiver) RETURNING head, last_message_at INTO STRICT high_seq, stored_at;
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

    -- The two ends come and go together. Cheaper than one INSERT ... ON CONFLICT, by 7 to 24 µs of 800.
    UPDATE conversations SET last_seq = sender_number, last_message_id = message_id
    WHERE user_id = sender AND peer_id = receiver;
    IF FOUND THEN
        UPDATE conversations SET last_seq = receiver_number, last_message_id = message_id, unread = unread + 1
        WHERE user_id = receiver AND peer_id = sender;
    ELSE
        INSERT INTO conversations (user_id, peer_id, last_seq, last_message_id, unread)
        VALUES (sender, receiver, sender_number, message_id, 0), (receiver, sender, receiver_number, message_id, 1);
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
BEGIN
    -- Aggregates take the rows as the ordered subquery gives them.
    SELECT array_agg(locked.user_id), array_agg(locked.head), max(locked.last_message_at)
    INTO found, heads, latest
    FROM (SELECT m.user_id, m.head, m.last_message_at FROM mailboxes m
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

    UPDATE mailboxes m SET head = m.head + u.count, last_message_at = stored_at
    FROM unnest(user_ids, counts) AS u (user_id, count) WHERE m.user_id = u.user_id;

    INSERT INTO messages (id, sender_id, receiver_id, payload, created_at, sender_seq, receiver_seq)
    SELECT b.id, user_ids[b.sender], user_ids[b.receiver],
           substring(payloads FROM coalesce(payload_ends[b.place - 1], 0) + 1
                     FOR b.payload_end - coalesce(payload_ends[b.place - 1], 0)),
           stored_at, heads[b.sender] + b.sender_offset, heads[b.receiver] + b.receiver_offset
    FROM unnest(ids, sender_places, receiver_places, sender_offsets, receiver_offsets, payload_ends)
        WITH ORDINALITY AS b (id, sender, receiver, sender_offset, receiver_offset, payload_end, place);

    INSERT INTO conversations AS c (user_id, peer_id, last_seq, last_message_id, unread)
    SELECT user_ids[e.owner], user_ids[e.peer], heads[e.owner] + e.last_offset, e.last_id, e.received
    FROM unnest(owner_places, peer_places, last_offsets, last_ids, received)
        AS e (owner, peer, last_offset, last_id, received)
    ON CONFLICT (user_id, peer_id) DO UPDATE
    SET last_seq = excluded.last_seq, last_message_id = excluded.last_message_id, unread = c.unread + excluded.unread;

    RETURN NEXT;
END
$function$;

CREATE TRIGGER users_open_mailbox AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION open_mailbox();
