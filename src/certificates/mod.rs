//! Control CA and deployment CA: who signs agents, clients and databases.
