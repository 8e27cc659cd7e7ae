-- When the owner was told that the subscription ends soon.
ALTER TABLE subscriptions ADD COLUMN reminded_at BIGINT;
