//! Ports: that of `listen`, and the loopback address that instances of the sandbox and the store use.

use crate::{
    config::{Config, Provider},
    doctor::Finding,
};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

pub fn check(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(address) = config.listen {
        found.push(listen(address, TcpListener::bind(address).map(drop)));
    }
    let loopback = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map(drop);
    match loopback {
        Err(error) => found.push(Finding::missing(
            "ports",
            format!("no port of 127.0.0.1 can be listened on: {error}"),
            "the store's server needs one: bring the interface lo up (ip link set lo up)",
        )),
        Ok(()) if config.provider == Provider::Local => {
            found.push(Finding::ok("ports", "instances listen on 127.0.0.1, ports 20000 to 29999"));
        }
        Ok(()) => {}
    }
    found
}

fn listen(address: SocketAddr, bound: io::Result<()>) -> Finding {
    match bound {
        Ok(()) => Finding::ok("listen", format!("{address} is free")),
        // It may be our own control plane: the line "control plane" tells.
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Finding::warning(
            "listen",
            format!("{address} is in use"),
            format!("no harm if it is this control plane's; otherwise: ss -ltnp sport = :{}", address.port()),
        ),
        Err(error) => Finding::missing(
            "listen",
            format!("{address} cannot be listened on: {error}"),
            "choose another address or port with --listen",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    #[test]
    fn a_port_in_use_may_be_our_own() {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 7443));
        let of = |kind: io::ErrorKind| listen(address, Err(kind.into())).outcome;
        assert_eq!(of(io::ErrorKind::AddrInUse), Outcome::Warning);
        assert_eq!(of(io::ErrorKind::PermissionDenied), Outcome::Missing);
    }
}
