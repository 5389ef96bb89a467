-- Record: what went wrong and what people did about it. It stays when it is over.
CREATE TABLE IF NOT EXISTS incidents (
  id VARCHAR(64) NOT NULL PRIMARY KEY,
  rule VARCHAR(32),
  subject VARCHAR(63),
  -- Rule and subject while it is not over, so that the database itself holds one incident a cause.
  open_cause VARCHAR(128) UNIQUE,
  severity VARCHAR(16) NOT NULL,
  title VARCHAR(255) NOT NULL,
  description VARCHAR(4096) NOT NULL,
  impact VARCHAR(1024) NOT NULL,
  -- Names, a comma between two. Written once and never looked for, so they need no table.
  deployments VARCHAR(4096) NOT NULL,
  runbook VARCHAR(1024),
  opened DATETIME(6) NOT NULL,
  opened_by VARCHAR(255) NOT NULL,
  acknowledged DATETIME(6),
  acknowledged_by VARCHAR(255),
  assignee VARCHAR(255),
  resolved DATETIME(6),
  resolved_by VARCHAR(255),
  returned INT UNSIGNED NOT NULL,
  KEY incidents_opened (opened),
  KEY incidents_resolved (resolved)
);

CREATE TABLE IF NOT EXISTS incident_notes (
  incident_id VARCHAR(64) NOT NULL,
  number INT UNSIGNED NOT NULL,
  written DATETIME(6) NOT NULL,
  author VARCHAR(255) NOT NULL,
  note VARCHAR(4096) NOT NULL,
  PRIMARY KEY (incident_id, number)
);

-- What people asked for, so that a repeat is known.
CREATE TABLE IF NOT EXISTS incident_requests (
  id VARCHAR(64) NOT NULL PRIMARY KEY,
  incident_id VARCHAR(64) NOT NULL,
  digest VARCHAR(64) NOT NULL
);
