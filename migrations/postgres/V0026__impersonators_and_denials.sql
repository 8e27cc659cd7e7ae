-- The platform admin who made the change in the name of the actor.
ALTER TABLE config_changes ADD COLUMN impersonator_id TEXT COLLATE "C";

-- Calls of the administration by people who may not make them, within the hour that began with the first one.
CREATE TABLE admin_denials (
    user_id  TEXT COLLATE "C" NOT NULL CONSTRAINT admin_denials__user_id PRIMARY KEY,
    since    BIGINT NOT NULL,
    calls    BIGINT NOT NULL
);
CREATE INDEX admin_denials__since ON admin_denials (since);
