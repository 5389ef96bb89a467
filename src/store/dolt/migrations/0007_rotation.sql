-- Which identities of a deployment's agent count, and which change of its passwords was asked for and done. No secret.
ALTER TABLE records ADD COLUMN identity_wanted BIGINT UNSIGNED NOT NULL DEFAULT 0;
ALTER TABLE records ADD COLUMN identity_floor BIGINT UNSIGNED NOT NULL DEFAULT 0;
ALTER TABLE records ADD COLUMN logins_wanted VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE records ADD COLUMN logins_done VARCHAR(64) NOT NULL DEFAULT '';
