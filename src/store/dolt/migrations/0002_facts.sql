-- What is written down after a deployment, besides its ids and its address.
ALTER TABLE records ADD COLUMN host_name VARCHAR(255) NOT NULL DEFAULT '';
ALTER TABLE records ADD COLUMN instance_type VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE records ADD COLUMN zone VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE records ADD COLUMN certificate_serial VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE records ADD COLUMN certificate_not_after DATETIME(6);
