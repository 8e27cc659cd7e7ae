CREATE TABLE plans (
    id             TEXT NOT NULL CONSTRAINT plans__id PRIMARY KEY,
    name           TEXT NOT NULL,
    price_minor    INTEGER NOT NULL CHECK (price_minor >= 0),
    billing_cycle  TEXT NOT NULL CHECK (billing_cycle IN ('MONTHLY', 'YEARLY')),
    -- A JSON array of texts for people.
    features       TEXT NOT NULL,
    -- A JSON object for machines; what is not in it is not limited.
    limits         TEXT NOT NULL,
    -- Whether a tenant may choose it by itself.
    self_service   INTEGER NOT NULL DEFAULT TRUE CHECK (self_service IN (0, 1)),
    -- Since when it is not offered any more.
    retired_at     INTEGER,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;

-- The catalogue of the specification. Times are the epoch: they were there before every other plan.
INSERT INTO plans (id, name, price_minor, billing_cycle, features, limits, created_at, updated_at) VALUES
    ('plan_dev', 'Developer', 0, 'MONTHLY',
     '["10,000 req/month", "1 API key", "7-day log retention"]',
     '{"requests_per_month": 10000, "api_keys": 1, "log_retention_days": 7, "ml_violation_detection": false, "custom_ml_models": false}',
     0, 0),
    ('plan_pro', 'Pro', 29900, 'MONTHLY',
     '["500,000 req/month", "10 API keys", "90-day log retention", "ML violation detection"]',
     '{"requests_per_month": 500000, "api_keys": 10, "log_retention_days": 90, "ml_violation_detection": true, "custom_ml_models": false}',
     1, 1),
    ('plan_enterprise', 'Enterprise', 0, 'MONTHLY',
     '["Unlimited requests", "Unlimited keys", "365-day retention", "Custom ML models", "On-premise option"]',
     '{"log_retention_days": 365, "ml_violation_detection": true, "custom_ml_models": true}',
     2, 2);

CREATE TABLE subscriptions (
    id              TEXT NOT NULL CONSTRAINT subscriptions__id PRIMARY KEY,
    tenant_id       TEXT NOT NULL REFERENCES tenants (id),
    plan_id         TEXT NOT NULL REFERENCES plans (id),
    status          TEXT NOT NULL CHECK (status IN ('ACTIVE', 'CANCELLED', 'EXPIRED')),
    -- The plan's terms as they were: a change of the plan does not touch who has it.
    plan_name       TEXT NOT NULL,
    price_minor     INTEGER NOT NULL,
    billing_cycle   TEXT NOT NULL CHECK (billing_cycle IN ('MONTHLY', 'YEARLY')),
    features        TEXT NOT NULL,
    limits          TEXT NOT NULL,
    -- Periods are counted from the anchor: the current one is number `periods`, from 1, and ends at `end_at`.
    anchor_at       INTEGER NOT NULL,
    periods         INTEGER NOT NULL CHECK (periods >= 1),
    start_at        INTEGER NOT NULL,
    end_at          INTEGER NOT NULL CHECK (end_at > start_at),
    auto_renew      INTEGER NOT NULL DEFAULT TRUE CHECK (auto_renew IN (0, 1)),
    created_at      INTEGER NOT NULL,
    -- Since when it is not active any more.
    ended_at        INTEGER
) STRICT;
CREATE INDEX subscriptions__tenant_id__created_at__id ON subscriptions (tenant_id, created_at, id);
CREATE UNIQUE INDEX subscriptions__tenant_id ON subscriptions (tenant_id) WHERE status = 'ACTIVE';
CREATE INDEX subscriptions__end_at ON subscriptions (end_at) WHERE status = 'ACTIVE';
CREATE INDEX subscriptions__plan_id ON subscriptions (plan_id);
