-- The platform admin who made the change in the name of the actor.
ALTER TABLE config_changes ADD COLUMN impersonator_id TEXT;
