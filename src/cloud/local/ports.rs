//! Loopback ports for instances.

use crate::{cloud::CloudError, env::Env};
use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

/// Below what Linux (32768 and up) and macOS (49152 and up) give to outgoing connections, so that a port is not lost
/// to a passing client while its instance is stopped; above the ports of well-known services.
const RANGE: std::ops::Range<u16> = 20_000..30_000;

/// That port of this machine, for programs of this machine alone.
pub fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Whether nobody listens there now.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind(loopback(port)).is_ok()
}

/// A port that nobody listens on and that is not `taken`.
///
/// The search begins at random: another control plane of this machine may be searching at the same moment, and a
/// port is bound only later.
pub fn find(env: &dyn Env, taken: &BTreeSet<u16>) -> Result<u16, CloudError> {
    let span = u64::from(RANGE.end - RANGE.start);
    let begin = RANGE.start + u16::try_from(env.random() % span).unwrap_or(0);
    (begin..RANGE.end).chain(RANGE.start..begin).find(|port| !taken.contains(port) && is_free(*port)).ok_or_else(|| {
        CloudError::Later(format!("every port from {} to {} of this machine is in use", RANGE.start, RANGE.end - 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::System;

    #[test]
    fn a_port_is_neither_taken_nor_listened_on() {
        let env = System::new();
        let first = find(&env, &BTreeSet::new()).expect("a port");
        let listener = TcpListener::bind(loopback(first)).expect("free");
        let all_but_it: BTreeSet<u16> = RANGE.filter(|port| *port != first).collect();
        assert!(find(&env, &all_but_it).is_err(), "it is listened on, and every other is taken");
        drop(listener);
        assert_eq!(find(&env, &all_but_it), Ok(first));
    }
}
