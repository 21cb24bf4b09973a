-- What is due at a time of its own, what the bot proposes and a person decides, and what became of promises.

ALTER TABLE tickets ADD COLUMN reopened INTEGER NOT NULL DEFAULT 0;

CREATE TABLE timers (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('later', 'remind', 'snooze', 'draft', 'lesson', 'proof', 'broadcast')),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'cancelled')),
    due_at BIGINT NOT NULL,
    ticket_id BIGINT REFERENCES tickets (id),
    message_id BIGINT REFERENCES messages (id),
    content TEXT NOT NULL DEFAULT '',
    staff_name TEXT NOT NULL DEFAULT '',
    room TEXT NOT NULL DEFAULT '',
    thread TEXT NOT NULL DEFAULT '',
    remote_id TEXT NOT NULL DEFAULT '',
    tries INTEGER NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);
CREATE INDEX timers_due ON timers (due_at) WHERE state = 'waiting';
CREATE INDEX timers_over ON timers (due_at) WHERE state <> 'waiting';
CREATE INDEX timers_ticket ON timers (ticket_id) WHERE state = 'waiting';

-- What the bot shows at the desk with buttons beneath it; one person decides, once.
CREATE TABLE suggestions (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('snippet', 'draft', 'lesson', 'broadcast')),
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'discarded', 'undone')),
    ticket_id BIGINT REFERENCES tickets (id),
    message_id BIGINT REFERENCES messages (id),
    content TEXT NOT NULL,
    more TEXT NOT NULL DEFAULT '',
    room TEXT NOT NULL DEFAULT '',
    thread TEXT NOT NULL DEFAULT '',
    remote_id TEXT NOT NULL DEFAULT '',
    staff_name TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    decided_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX suggestions_remote ON suggestions (remote_id) WHERE remote_id <> '';
CREATE INDEX suggestions_ticket ON suggestions (ticket_id) WHERE ticket_id IS NOT NULL;

-- What befell a ticket, each once for the span that began at `since`: a nudge, a broken promise, a word before it closes.
CREATE TABLE milestones (
    ticket_id BIGINT NOT NULL REFERENCES tickets (id),
    kind TEXT NOT NULL CHECK (kind IN ('soon', 'late', 'closing', 'closed_itself', 'asked', 'rated', 'taught', 'away')),
    since BIGINT NOT NULL,
    value TEXT NOT NULL DEFAULT '',
    made_at BIGINT NOT NULL,
    PRIMARY KEY (ticket_id, kind, since)
);
CREATE INDEX milestones_made ON milestones (made_at);

-- Who wants no broadcasts.
CREATE TABLE opt_outs (
    contact_id BIGINT PRIMARY KEY REFERENCES contacts (id),
    at BIGINT NOT NULL
);
