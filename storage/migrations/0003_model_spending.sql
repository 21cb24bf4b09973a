-- What the language model cost, summed up: for all of us a day and a month, for a contact a day, for a conversation as a whole.

CREATE TABLE model_spending (
    scope TEXT NOT NULL CHECK (scope IN ('all', 'contact', 'conversation')),
    scope_id BIGINT NOT NULL,
    period TEXT NOT NULL,
    calls BIGINT NOT NULL DEFAULT 0,
    tokens_in BIGINT NOT NULL DEFAULT 0,
    tokens_out BIGINT NOT NULL DEFAULT 0,
    cost BIGINT NOT NULL DEFAULT 0,
    told SMALLINT NOT NULL DEFAULT 0,
    PRIMARY KEY (scope, scope_id, period)
);
CREATE INDEX model_spending_contacts ON model_spending (period) WHERE scope = 'contact';
