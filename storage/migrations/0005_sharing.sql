-- Staff share the work: who has what, who is staff, what each of them did, and what waits for a second tap.

ALTER TABLE contacts ADD COLUMN muted_until BIGINT NOT NULL DEFAULT 0;

ALTER TABLE tickets ADD COLUMN taken_id TEXT NOT NULL DEFAULT '';
ALTER TABLE tickets ADD COLUMN taken_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN nudged_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN desk TEXT NOT NULL DEFAULT '';
ALTER TABLE tickets ADD COLUMN topic_shows TEXT NOT NULL DEFAULT '';
ALTER TABLE tickets ADD COLUMN summary TEXT NOT NULL DEFAULT '';
CREATE INDEX tickets_queue ON tickets
    ((CASE WHEN waiting_since = 0 THEN 9000000000000000 ELSE waiting_since END), id) WHERE state <> 'resolved';

-- A member of a desk's group, as the platform told it last.
CREATE TABLE staff (
    channel TEXT NOT NULL,
    room TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    name TEXT NOT NULL,
    username TEXT NOT NULL,
    standing TEXT NOT NULL,
    looked_at BIGINT NOT NULL,
    PRIMARY KEY (channel, room, remote_id)
);

-- Who did what, and when: written in the transaction that does it, and never changed.
CREATE TABLE audits (
    id INTEGER PRIMARY KEY,
    at BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    staff_id TEXT NOT NULL,
    staff_name TEXT NOT NULL,
    action TEXT NOT NULL,
    ticket_id BIGINT REFERENCES tickets (id),
    contact_id BIGINT REFERENCES contacts (id),
    detail TEXT NOT NULL DEFAULT ''
);
CREATE INDEX audits_ticket ON audits (ticket_id, id) WHERE ticket_id IS NOT NULL;
CREATE INDEX audits_at ON audits (at, id);

-- What staff said among themselves. No message, so that nothing which delivers messages can ever see it.
CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    room TEXT NOT NULL,
    thread TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    ticket_id BIGINT REFERENCES tickets (id),
    staff_id TEXT NOT NULL,
    staff_name TEXT NOT NULL,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    edited_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX notes_place ON notes (channel, room, remote_id);
CREATE INDEX notes_ticket ON notes (ticket_id, id) WHERE ticket_id IS NOT NULL;

-- A reply that was not sent yet because somebody should look at it again; its words stand in the updates.
CREATE TABLE holds (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    room TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    updates TEXT NOT NULL,
    reasons TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'sent', 'dropped')),
    decided_by TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX holds_place ON holds (channel, room, remote_id);

-- Phones, addresses and order numbers that are some customer's: another one must not read them by mistake.
CREATE TABLE marks (
    value TEXT NOT NULL,
    contact_id BIGINT NOT NULL REFERENCES contacts (id),
    PRIMARY KEY (value, contact_id)
);
