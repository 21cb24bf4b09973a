-- What staff may still do with a reply by a button, once: send it again, as a template, or a correction of it.
CREATE TABLE offers (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    message_id BIGINT NOT NULL REFERENCES messages (id),
    choices TEXT NOT NULL,
    taken_by TEXT NOT NULL DEFAULT '',
    taken_at BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);
CREATE INDEX offers_message ON offers (message_id);

-- How long the customer of a ticket may be written to freely, as its card says it, and which warnings were given.
CREATE TABLE windows (
    ticket_id BIGINT PRIMARY KEY REFERENCES tickets (id),
    closes_at BIGINT NOT NULL,
    shown_hours SMALLINT NOT NULL,
    warned_hours SMALLINT NOT NULL
);
