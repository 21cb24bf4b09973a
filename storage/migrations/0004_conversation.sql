-- What the bot keeps in mind of a conversation, what came of each question, and what staff's answers could become.

-- JSON of bot/mind.py; empty while there is nothing to keep in mind.
ALTER TABLE conversations ADD COLUMN mind TEXT NOT NULL DEFAULT '';
-- The update whose turn tells the customer who answers; 0: that is still to be told, -1: it was told.
ALTER TABLE conversations ADD COLUMN introduced_by BIGINT NOT NULL DEFAULT 0;

-- JSON of bot/recording.py: what a customer's question met, on the message that answered it or handed it over.
ALTER TABLE messages ADD COLUMN found TEXT NOT NULL DEFAULT '';
-- What the customer did with it: liked, disliked, or the choices they picked.
ALTER TABLE messages ADD COLUMN verdict TEXT NOT NULL DEFAULT '';

-- How the customer felt when the ticket was opened; empty for nothing out of the ordinary.
ALTER TABLE tickets ADD COLUMN mood TEXT NOT NULL DEFAULT '';

-- Questions that came often and that staff answered: what the knowledge base could say itself.
CREATE TABLE proposals (
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL UNIQUE,
    language TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    sources TEXT NOT NULL,
    times INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'declined')),
    file TEXT NOT NULL DEFAULT '',
    decided_by TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    decided_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX proposals_open ON proposals (times) WHERE state = 'open';
