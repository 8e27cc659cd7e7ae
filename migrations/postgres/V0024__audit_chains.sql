-- The place of each event in its chain. All three are NULL until the event is linked, and never change from then on.
ALTER TABLE audit_events ADD COLUMN chain TEXT COLLATE "C";
ALTER TABLE audit_events ADD COLUMN number BIGINT;
ALTER TABLE audit_events ADD COLUMN link BYTEA;
-- Finds the events of a chain in their order, and those that no chain has yet.
CREATE UNIQUE INDEX audit_events__chain__number ON audit_events (chain, number);

-- What the audit is filtered by is read from these in the order of time, without the rows, also to count. An index for each
-- filter would dirty a page of its own with every event; these grow at their ends.
DROP INDEX audit_events__at__id;
DROP INDEX audit_events__tenant_id__at__id;
CREATE INDEX audit_events__at__id__actor_id__target_id__action__actor_kind
    ON audit_events (at, id, actor_id, target_id, action, actor_kind);
CREATE INDEX audit_events__tenant_id__at__id__actor_id__target_id__action
    ON audit_events (tenant_id, at, id, actor_id, target_id, action);

-- The two ends of each chain: its last event, and the last one that retention has cut off.
CREATE TABLE audit_chains (
    chain              TEXT COLLATE "C" NOT NULL CONSTRAINT audit_chains__chain PRIMARY KEY,
    number             BIGINT NOT NULL,
    link               BYTEA NOT NULL,
    cut_number         BIGINT NOT NULL,
    cut_link           BYTEA NOT NULL,
    checkpoint_number  BIGINT NOT NULL,
    checkpoint_at      BIGINT NOT NULL,
    -- Authenticates all of it.
    mac                BYTEA NOT NULL,
    -- The last event when all chains were sealed together.
    sealed_number      BIGINT NOT NULL
);

-- Moments of a chain, authenticated one by one.
CREATE TABLE audit_checkpoints (
    chain            TEXT COLLATE "C" NOT NULL,
    number           BIGINT NOT NULL,
    previous_number  BIGINT NOT NULL,
    link             BYTEA NOT NULL,
    at               BIGINT NOT NULL,
    mac              BYTEA NOT NULL,
    CONSTRAINT audit_checkpoints__chain__number PRIMARY KEY (chain, number)
);

-- One row: all chains together as they were a moment ago, so that none can be set back or taken away alone.
CREATE TABLE audit_seal (
    singleton  BIGINT NOT NULL CONSTRAINT audit_seal__singleton PRIMARY KEY CHECK (singleton = 1),
    at         BIGINT NOT NULL,
    chains     BIGINT NOT NULL,
    mac        BYTEA NOT NULL
);
