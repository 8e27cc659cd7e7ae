-- The platform admin who acted as the user of `actor_id`.
ALTER TABLE audit_events ADD COLUMN impersonator_id TEXT COLLATE "C";
