-- Several processes on one database: who has taken what, who lives, and what only one of them may do.

ALTER TABLE updates ADD COLUMN taken_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN taken_by BIGINT NOT NULL DEFAULT 0;
DROP INDEX deliveries_lane;
CREATE INDEX deliveries_lane ON deliveries (lane, id) WHERE state = 'queued' OR state = 'sending';

-- One row a running process, its id drawn by chance; its beat goes up every second while it lives.
CREATE TABLE processes (
    id BIGINT PRIMARY KEY,
    beat BIGINT NOT NULL DEFAULT 0,
    started_at BIGINT NOT NULL
);

-- What one process does for all of them, such as long polling.
CREATE TABLE duties (
    name TEXT PRIMARY KEY,
    holder BIGINT NOT NULL
);

-- One row a firing of a job: whoever writes it does the job.
CREATE TABLE firings (
    job TEXT NOT NULL,
    fire_at BIGINT NOT NULL,
    process BIGINT NOT NULL,
    PRIMARY KEY (job, fire_at)
);

-- What was spent of a platform's limits, and until when it told us to wait; an empty room is the whole channel.
CREATE TABLE budgets (
    channel TEXT NOT NULL,
    room TEXT NOT NULL,
    spent TEXT NOT NULL DEFAULT '',
    spent_at BIGINT NOT NULL DEFAULT 0,
    held_until BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (channel, room)
);
