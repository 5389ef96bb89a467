-- Record: what receivers of pages were told, and what came of it. What still waits is in `live_pages`.
CREATE TABLE IF NOT EXISTS pages (
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
