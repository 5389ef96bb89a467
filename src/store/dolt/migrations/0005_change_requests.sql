-- Record: change requests and what people said of them. What they prepare stands on branches `cr/NAME`; these stand on
-- main only.
CREATE TABLE IF NOT EXISTS change_requests (
  name VARCHAR(63) NOT NULL PRIMARY KEY,
  title VARCHAR(255) NOT NULL,
  opened DATETIME(6) NOT NULL,
  opened_by VARCHAR(255) NOT NULL,
  base VARCHAR(32) NOT NULL,
  state VARCHAR(16) NOT NULL,
  closed DATETIME(6),
  closed_by VARCHAR(255),
  closed_at VARCHAR(32)
);

-- One a person: another takes its place, and history has both.
CREATE TABLE IF NOT EXISTS change_approvals (
  request VARCHAR(63) NOT NULL,
  author VARCHAR(255) NOT NULL,
  given DATETIME(6) NOT NULL,
  head VARCHAR(32) NOT NULL,
  covers VARCHAR(64) NOT NULL,
  withdrawn BOOLEAN NOT NULL,
  PRIMARY KEY (request, author)
);

CREATE TABLE IF NOT EXISTS change_comments (
  id VARCHAR(64) NOT NULL PRIMARY KEY,
  request VARCHAR(63) NOT NULL,
  written DATETIME(6) NOT NULL,
  author VARCHAR(255) NOT NULL,
  comment VARCHAR(4096) NOT NULL
);

-- What a cell in conflict is to be, and which values that was decided for.
CREATE TABLE IF NOT EXISTS change_resolutions (
  request VARCHAR(63) NOT NULL,
  deployment_id VARCHAR(64) NOT NULL,
  cell VARCHAR(64) NOT NULL,
  ours VARCHAR(2048),
  theirs VARCHAR(2048),
  value VARCHAR(2048),
  decided DATETIME(6) NOT NULL,
  decided_by VARCHAR(255) NOT NULL,
  PRIMARY KEY (request, deployment_id, cell)
);
