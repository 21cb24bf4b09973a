-- What stands in one language and is read in another, and what the customer would read of a reply that waits.

-- JSON of the translation that a tap sends; empty where the reply goes as it was written.
ALTER TABLE holds ADD COLUMN translation TEXT NOT NULL DEFAULT '';

-- Of a customer's words for staff, or of a reply for its customer. Without a message it is the question on the card.
CREATE TABLE translations (
    id INTEGER PRIMARY KEY,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    message_id BIGINT REFERENCES messages (id),
    source TEXT NOT NULL,
    language TEXT NOT NULL,
    words TEXT NOT NULL,
    text TEXT NOT NULL DEFAULT '',
    missing TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
    tries SMALLINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX translations_due ON translations (due_at) WHERE state = 'waiting';
CREATE INDEX translations_card ON translations (ticket_id) WHERE message_id IS NULL;
CREATE INDEX translations_message ON translations (message_id) WHERE message_id IS NOT NULL;
