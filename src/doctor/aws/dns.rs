//! One DNS question to the system's resolver: which name servers hold a zone.
//!
//! Why not a resolver's crate: one question, whose only use is to be compared. Over UDP alone: the name servers of a
//! hosted zone fit into 512 bytes.

use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, Question, RCODE, TYPE, rdata::RData};
use std::{
    collections::BTreeSet,
    fs,
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use tokio::{net::UdpSocket, time};

/// A resolver that must ask the whole way down answers within a second or two.
const PATIENCE: Duration = Duration::from_secs(3);
/// A packet may be lost.
const TRIES: u16 = 3;

/// What the DNS says of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delegation {
    /// These name servers hold it: lower case, without the last dot.
    To(BTreeSet<String>),
    /// Nobody does.
    Nobody,
}

/// Asks the system's resolver; `seed` makes the question's number.
///
/// # Errors
/// Why there is no answer.
pub async fn delegation(zone: &str, seed: u64) -> Result<Delegation, String> {
    let server = resolver()?;
    for attempt in 0..TRIES {
        let id = u16::try_from(seed & 0xfff0).unwrap_or_default() | attempt;
        if let Ok(answer) = time::timeout(PATIENCE, ask(server, zone, id)).await {
            return answer;
        }
    }
    Err(format!("the resolver {server} does not answer"))
}

fn resolver() -> Result<SocketAddr, String> {
    let path = "/etc/resolv.conf";
    let text = fs::read_to_string(path).map_err(|error| format!("{path} cannot be read: {error}"))?;
    first(&text).map(|address| SocketAddr::from((address, 53))).ok_or_else(|| format!("{path} names no resolver"))
}

fn first(resolv_conf: &str) -> Option<IpAddr> {
    let servers = resolv_conf.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    // An IPv6 address may name its interface after a %.
    servers.filter_map(|rest| rest.trim().split('%').next()?.parse().ok()).next()
}

async fn ask(server: SocketAddr, zone: &str, id: u16) -> Result<Delegation, String> {
    let failed = |error: std::io::Error| format!("the resolver {server}: {error}");
    let question = question(zone, id)?;
    let any: SocketAddr = if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
    let socket = UdpSocket::bind(any).await.map_err(failed)?;
    socket.connect(server).await.map_err(failed)?;
    socket.send(&question).await.map_err(failed)?;
    let mut buffer = [0; 4_096];
    loop {
        let length = socket.recv(&mut buffer).await.map_err(failed)?;
        // Somebody else's answer is passed over.
        if let Some(answer) = read(&buffer[..length], id) {
            return answer;
        }
    }
}

fn question(zone: &str, id: u16) -> Result<Vec<u8>, String> {
    let name = Name::new(zone).map_err(|error| format!("{zone} is no name: {error}"))?;
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    packet.questions.push(Question::new(name, QTYPE::TYPE(TYPE::NS), CLASS::IN.into(), false));
    packet.build_bytes_vec().map_err(|error| format!("{zone} cannot be asked for: {error}"))
}

/// None: no answer to this question.
fn read(bytes: &[u8], id: u16) -> Option<Result<Delegation, String>> {
    let packet = Packet::parse(bytes).ok()?;
    if packet.id() != id {
        return None;
    }
    Some(match packet.rcode() {
        RCODE::NoError => {
            let servers = packet.answers.iter().filter_map(|record| match &record.rdata {
                RData::NS(server) => Some(server.0.to_string().trim_end_matches('.').to_ascii_lowercase()),
                _ => None,
            });
            let servers: BTreeSet<String> = servers.collect();
            Ok(if servers.is_empty() { Delegation::Nobody } else { Delegation::To(servers) })
        }
        RCODE::NameError => Ok(Delegation::Nobody),
        other => Err(format!("the resolver answers {other:?}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use simple_dns::{ResourceRecord, rdata::NS};

    #[test]
    fn the_first_resolver_is_asked() {
        assert_eq!(first("# x\nsearch a\nnameserver fe80::1%eth0\nnameserver 1.1.1.1"), "fe80::1".parse().ok());
        assert_eq!(first("options ndots:5"), None);
    }

    #[test]
    fn an_answer_is_read_and_another_ones_is_not() {
        let mut packet = Packet::new_reply(7);
        let server = RData::NS(NS(Name::new_unchecked("NS-1.awsdns-01.org")));
        packet.answers.push(ResourceRecord::new(Name::new_unchecked("db.example.com"), CLASS::IN, 60, server));
        let bytes = packet.build_bytes_vec().expect("a packet");
        let expected = Delegation::To(BTreeSet::from(["ns-1.awsdns-01.org".to_owned()]));
        assert_eq!(read(&bytes, 7), Some(Ok(expected)));
        assert_eq!(read(&bytes, 8), None);
        assert_eq!(read(b"nonsense", 7), None);
        let empty = Packet::new_reply(7).build_bytes_vec().expect("a packet");
        assert_eq!(read(&empty, 7), Some(Ok(Delegation::Nobody)));
    }

    #[test]
    fn a_question_asks_for_recursion() {
        let bytes = question("db.example.com", 3).expect("a packet");
        let packet = Packet::parse(&bytes).expect("read");
        assert!(packet.has_flags(PacketFlag::RECURSION_DESIRED) && packet.questions.len() == 1);
    }
}
