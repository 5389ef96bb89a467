-- Volatile tables. They are in no commit, so a clone comes without them: they are made at every start where missing.
CREATE TABLE IF NOT EXISTS live_lease (
  name VARCHAR(32) NOT NULL PRIMARY KEY,
  holder VARCHAR(255) NOT NULL,
  epoch BIGINT UNSIGNED NOT NULL,
  expires DATETIME(6) NOT NULL,
  rv CHAR(36) NOT NULL
);

CREATE TABLE IF NOT EXISTS live_guards (
  name VARCHAR(80) NOT NULL PRIMARY KEY,
  version CHAR(36) NOT NULL
);

CREATE TABLE IF NOT EXISTS live_intents (
  deployment_id VARCHAR(64) NOT NULL PRIMARY KEY,
  action VARCHAR(64) NOT NULL,
  token VARCHAR(128) NOT NULL,
  parameters VARCHAR(8192) NOT NULL,
  incarnation INT UNSIGNED NOT NULL,
  written DATETIME(6) NOT NULL
);

-- What changes with every flap of an incident's cause: a commit for each would keep it for ever.
CREATE TABLE IF NOT EXISTS live_incidents (
  incident_id VARCHAR(64) NOT NULL PRIMARY KEY,
  gone_since DATETIME(6),
  returned INT UNSIGNED NOT NULL
);

CREATE TABLE IF NOT EXISTS live_pages (
  incident_id VARCHAR(64) NOT NULL,
  target VARCHAR(64) NOT NULL,
  action VARCHAR(16) NOT NULL,
  level INT UNSIGNED NOT NULL,
  kind VARCHAR(16) NOT NULL,
  recipient VARCHAR(255) NOT NULL,
  state VARCHAR(16) NOT NULL,
  tries INT UNSIGNED NOT NULL,
  asked DATETIME(6) NOT NULL,
  due DATETIME(6) NOT NULL,
  tried DATETIME(6),
  error VARCHAR(255) NOT NULL,
  PRIMARY KEY (incident_id, target, action, level)
);

-- Who acts, or would: each daemon of a shared store writes its own row.
CREATE TABLE IF NOT EXISTS live_daemons (
  name VARCHAR(255) NOT NULL PRIMARY KEY,
  host VARCHAR(255) NOT NULL,
  process INT UNSIGNED NOT NULL,
  address VARCHAR(255) NOT NULL,
  seen DATETIME(6) NOT NULL
);
