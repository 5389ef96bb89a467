//! The network of an account: loopback addresses, so that an agent can listen on the one that its instance was given.
//!
//! Guarantee: two stand-ins on one machine never have the same network, in whatever processes they run: each holds a port
//! in its own for as long as it lives.

use crate::Error;
use std::{
    io,
    net::{Ipv4Addr, TcpListener},
};

/// The first network is 127.10.0.0/16; 127.0 is everybody's.
const FIRST: u8 = 10;
/// The last that is tried.
const LAST: u8 = 250;
/// In an address that no subnet has: the port that is held.
const HELD: u16 = 7443;

/// A /16 of loopback addresses that is nobody else's.
#[derive(Debug)]
pub struct Network {
    second: u8,
    _held: TcpListener,
}

impl Network {
    /// The first that is free.
    ///
    /// # Errors
    /// When none is.
    pub fn reserve() -> Result<Self, Error> {
        let hold = |second| TcpListener::bind((Ipv4Addr::new(127, second, 255, 254), HELD)).map(|held| (second, held));
        let free = (FIRST..=LAST).find_map(|second| hold(second).ok());
        let none = || Error::io("looking for a free network")(io::Error::from(io::ErrorKind::AddrInUse));
        free.map(|(second, held)| Self { second, _held: held }).ok_or_else(none)
    }

    /// Its block.
    pub fn block(&self) -> String {
        format!("127.{}.0.0/16", self.second)
    }

    /// Its subnets: zone and block. moto hands an address out once only, so they are large.
    pub fn subnets(&self) -> [(&'static str, String); 3] {
        [("eu-central-1a", 0), ("eu-central-1b", 64), ("eu-central-1c", 128)]
            .map(|(zone, third)| (zone, format!("127.{}.{third}.0/18", self.second)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_at_once_differ() {
        let (one, two) = (Network::reserve().expect("free"), Network::reserve().expect("free"));
        assert_ne!(one.block(), two.block());
    }
}
