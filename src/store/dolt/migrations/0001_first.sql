-- The three classes of tables: see the design. No TEXT, BLOB or JSON column: an older Dolt could not open them.
-- Nothing of a `live_` table is ever in a commit.
INSERT IGNORE INTO dolt_ignore VALUES ('live_%', true);

-- Desired: no counter, version or time in it, so that edits to different columns merge.
CREATE TABLE IF NOT EXISTS deployments (
  id VARCHAR(64) NOT NULL PRIMARY KEY,
  name VARCHAR(63) NOT NULL UNIQUE,
  instance_type VARCHAR(64) NOT NULL,
  volume_gib INT UNSIGNED NOT NULL,
  certificate VARCHAR(16) NOT NULL,
  power VARCHAR(16) NOT NULL,
  protected BOOLEAN NOT NULL,
  paused BOOLEAN NOT NULL
);

CREATE TABLE IF NOT EXISTS settings (
  deployment_id VARCHAR(64) NOT NULL,
  name VARCHAR(64) NOT NULL,
  value VARCHAR(1024) NOT NULL,
  PRIMARY KEY (deployment_id, name)
);

-- Record: forward only; a roll-back never touches it.
CREATE TABLE IF NOT EXISTS records (
  id VARCHAR(64) NOT NULL PRIMARY KEY,
  name VARCHAR(63) NOT NULL,
  generation BIGINT UNSIGNED NOT NULL,
  incarnation INT UNSIGNED NOT NULL,
  instance VARCHAR(128),
  volume VARCHAR(128),
  address VARCHAR(255) NOT NULL,
  port SMALLINT UNSIGNED NOT NULL,
  restart_id VARCHAR(128) NOT NULL,
  deletion VARCHAR(128),
  deleted BOOLEAN NOT NULL,
  final_copy VARCHAR(128),
  final_copy_until DATETIME(6)
);

CREATE TABLE IF NOT EXISTS operations (
  id VARCHAR(128) NOT NULL PRIMARY KEY,
  deployment_id VARCHAR(64),
  kind VARCHAR(32) NOT NULL,
  summary VARCHAR(1024) NOT NULL,
  author VARCHAR(255) NOT NULL,
  asked DATETIME(6) NOT NULL,
  reason VARCHAR(2048) NOT NULL,
  request VARCHAR(8192) NOT NULL
);

CREATE TABLE IF NOT EXISTS client_certificates (
  serial VARCHAR(64) NOT NULL PRIMARY KEY,
  name VARCHAR(255) NOT NULL,
  role VARCHAR(16) NOT NULL,
  not_after DATETIME(6) NOT NULL,
  revoked DATETIME(6)
);
