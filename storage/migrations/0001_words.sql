-- Portable: BIGINT times are milliseconds since 1970 UTC, booleans are SMALLINT, JSON is text that no query looks into.

CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- The way in. One row an update, for ever: its key is what makes a repetition harmless.
CREATE TABLE updates (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    lane TEXT NOT NULL,
    raw TEXT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'taken', 'done', 'kept', 'quarantined')),
    received_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    leased_until BIGINT NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX updates_once ON updates (channel, account, key);
CREATE INDEX updates_open ON updates (lane, id) WHERE state = 'waiting' OR state = 'taken';
CREATE INDEX updates_raw ON updates (received_at) WHERE raw IS NOT NULL;
CREATE INDEX updates_odd ON updates (id) WHERE state = 'quarantined' OR state = 'kept';

CREATE TABLE contacts (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    account TEXT NOT NULL,
    room TEXT NOT NULL,
    name TEXT NOT NULL,
    username TEXT NOT NULL,
    phone TEXT NOT NULL,
    language TEXT NOT NULL,
    blocked_at BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

-- A contact may have several ids at one channel (a phone number and a business-scoped user id).
CREATE TABLE contact_ids (
    channel TEXT NOT NULL,
    account TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    contact_id BIGINT NOT NULL REFERENCES contacts (id),
    PRIMARY KEY (channel, account, remote_id)
);
CREATE INDEX contact_ids_contact ON contact_ids (contact_id, remote_id);

CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    contact_id BIGINT NOT NULL UNIQUE REFERENCES contacts (id),
    holder TEXT NOT NULL CHECK (holder IN ('bot', 'staff')),
    wordless SMALLINT NOT NULL DEFAULT 0
);

CREATE TABLE tickets (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    conversation_id BIGINT NOT NULL REFERENCES conversations (id),
    reason TEXT NOT NULL,
    question TEXT NOT NULL,
    nearest TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('open', 'taken', 'resolved')),
    taken_by TEXT NOT NULL DEFAULT '',
    resolved_by TEXT NOT NULL DEFAULT '',
    opened_at BIGINT NOT NULL,
    waiting_since BIGINT NOT NULL,
    resolved_at BIGINT NOT NULL DEFAULT 0,
    desk_room TEXT NOT NULL DEFAULT '',
    thread TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX tickets_one_open ON tickets (conversation_id) WHERE state <> 'resolved';
CREATE INDEX tickets_waiting ON tickets (waiting_since) WHERE state <> 'resolved';
CREATE INDEX tickets_conversation ON tickets (conversation_id, id);
CREATE INDEX tickets_thread ON tickets (desk_room, thread) WHERE thread <> '';

CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    conversation_id BIGINT NOT NULL REFERENCES conversations (id),
    author TEXT NOT NULL CHECK (author IN ('customer', 'bot', 'staff')),
    content TEXT NOT NULL,
    update_id BIGINT REFERENCES updates (id),
    ticket_id BIGINT REFERENCES tickets (id),
    reply_to BIGINT REFERENCES messages (id),
    album TEXT NOT NULL DEFAULT '',
    sources TEXT NOT NULL DEFAULT '',
    staff_name TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    edited_at BIGINT NOT NULL DEFAULT 0,
    withdrawn_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX messages_conversation ON messages (conversation_id, id);
CREATE INDEX messages_ticket ON messages (ticket_id, id) WHERE ticket_id IS NOT NULL;
CREATE INDEX messages_update ON messages (update_id) WHERE update_id IS NOT NULL;

-- The way out. One row is one call to a platform.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    room TEXT NOT NULL,
    lane TEXT NOT NULL,
    action TEXT NOT NULL,
    priority INTEGER NOT NULL,
    content TEXT NOT NULL,
    target TEXT NOT NULL DEFAULT '',
    reply_to TEXT NOT NULL DEFAULT '',
    thread TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL,
    message_id BIGINT REFERENCES messages (id),
    ticket_id BIGINT REFERENCES tickets (id),
    state TEXT NOT NULL CHECK (state IN
        ('queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'uncertain', 'expired')),
    attempts INTEGER NOT NULL DEFAULT 0,
    doubts INTEGER NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    leased_until BIGINT NOT NULL DEFAULT 0,
    remote_id TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    sent_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX deliveries_open ON deliveries (id) WHERE state = 'queued' OR state = 'sending';
CREATE INDEX deliveries_lane ON deliveries (lane) WHERE state = 'queued';
CREATE INDEX deliveries_remote ON deliveries (channel, remote_id) WHERE remote_id <> '';
CREATE INDEX deliveries_message ON deliveries (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX deliveries_ticket ON deliveries (ticket_id) WHERE ticket_id IS NOT NULL;

-- Where a message stands at a platform: the original, and each copy that we made of it.
CREATE TABLE copies (
    channel TEXT NOT NULL,
    room TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    role TEXT NOT NULL,
    message_id BIGINT REFERENCES messages (id),
    ticket_id BIGINT REFERENCES tickets (id),
    PRIMARY KEY (channel, room, remote_id)
);
CREATE INDEX copies_message ON copies (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX copies_card ON copies (ticket_id) WHERE role = 'card';
