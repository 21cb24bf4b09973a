-- Customers who ask the same share a card; what one reply said to all of them belongs together.

ALTER TABLE tickets ADD COLUMN joined_to BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tickets ADD COLUMN joins INTEGER NOT NULL DEFAULT 0;
CREATE INDEX tickets_joined ON tickets (joined_to) WHERE joined_to > 0;
CREATE INDEX tickets_unanswered ON tickets (opened_at)
    WHERE state <> 'resolved' AND joined_to = 0 AND waiting_since = opened_at;

CREATE TABLE joint_replies (
    message_id BIGINT PRIMARY KEY REFERENCES messages (id),
    first_id BIGINT NOT NULL REFERENCES messages (id)
);
CREATE INDEX joint_replies_first ON joint_replies (first_id);
