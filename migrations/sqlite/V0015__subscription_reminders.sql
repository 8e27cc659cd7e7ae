-- When the owner was told that the subscription ends soon.
ALTER TABLE subscriptions ADD COLUMN reminded_at INTEGER;
CREATE INDEX subscriptions__end_at__id ON subscriptions (end_at, id)
    WHERE status = 'ACTIVE' AND NOT auto_renew AND reminded_at IS NULL;
