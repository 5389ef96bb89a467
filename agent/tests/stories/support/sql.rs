//! SQL connections of the test's own, as a customer would open them.

use super::instance::Instance;
use mysql_async::{Conn, Error, Opts, OptsBuilder, SslOpts};
use std::net::SocketAddr;

pub fn options(instance: &Instance, at: SocketAddr, user: &str, password: &str) -> Opts {
    let ca = instance.deployment.pem.clone().into_bytes();
    OptsBuilder::default()
        .ip_or_hostname("orders.localhost")
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
