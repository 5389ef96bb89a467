//! Hosts a control plane on a state folder, or attaches to the one that is there.
