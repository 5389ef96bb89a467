-- Record: which control plane this database is. Every daemon on it is that one, and bears its name in the cloud.
CREATE TABLE IF NOT EXISTS control_plane (
  name VARCHAR(32) NOT NULL PRIMARY KEY,
  id VARCHAR(64) NOT NULL
);
