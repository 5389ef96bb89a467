//! SQL connections of the test's own, as a customer would open them.

use super::instance::Instance;
use mysql_async::{Conn, Error, Opts, OptsBuilder, SslOpts};
use std::net::SocketAddr;

pub fn options(instance: &Instance, at: SocketAddr, user: &str, password: &str) -> Opts {
    trusting(&instance.deployment.pem, "orders.localhost", at, user, password)
}

fn trusting(ca: &str, name: &str, at: SocketAddr, user: &str, password: &str) -> Opts {
    let ca = ca.to_owned().into_bytes();
    OptsBuilder::default()
        .ip_or_hostname(name)
        .resolved_ips(Some(vec![at.ip()]))
        .tcp_port(at.port())
        .prefer_socket(false)
        .user(Some(user))
        .pass(Some(password))
        .ssl_opts(SslOpts::default().with_root_certs(vec![ca.into()]).with_disable_built_in_roots(true))
        .into()
}

/// Straight to the database's port.
pub async fn direct(instance: &Instance, user: &str, password: &str) -> Result<Conn, Error> {
    Conn::new(options(instance, instance.machine.database, user, password)).await
}

/// The same as root, of a server that must show a certificate of `ca` for `name`.
pub async fn as_host(instance: &Instance, name: &str, ca: &str) -> Result<Conn, Error> {
    Conn::new(trusting(ca, name, instance.machine.database, "root", "root-password")).await
}
