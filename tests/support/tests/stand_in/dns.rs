//! The DNS server over UDP and TCP.

use crate::stand_in;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use doltops_stand_in::StandIn;
use simple_dns::{CLASS, Name, Packet, QCLASS, QTYPE, Question, RCODE, TYPE, rdata::RData};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
};

/// Sets the records of a name, past the proxy.
pub async fn set(stand_in: &StandIn, name: &str, kind: RrType, values: &[String]) {
    let records = values.iter().map(|value| ResourceRecord::builder().value(value).build().expect("a record"));
    let set = ResourceRecordSet::builder().name(name).r#type(kind).ttl(60);
    let set = set.set_resource_records(Some(records.collect())).build().expect("a set");
    let change = Change::builder().action(ChangeAction::Upsert).resource_record_set(set).build().expect("a change");
    let batch = ChangeBatch::builder().changes(change).build().expect("a batch");
    let request = stand_in.route53().change_resource_record_sets().hosted_zone_id(&stand_in.seeded.hosted_zone);
    request.change_batch(batch).send().await.expect("set");
}

fn question(name: &str, kind: TYPE) -> Vec<u8> {
    let mut packet = Packet::new_query(7);
    let name = Name::new(name).expect("a name");
    packet.questions.push(Question::new(name, QTYPE::TYPE(kind), QCLASS::CLASS(CLASS::IN), false));
    packet.build_bytes_vec().expect("a question")
}

async fn by_udp(server: SocketAddr, question: &[u8]) -> Vec<u8> {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    socket.send_to(question, server).await.expect("sent");
    let mut answer = vec![0; 4096];
    let length = socket.recv(&mut answer).await.expect("an answer");
    answer.truncate(length);
    answer
}

async fn by_tcp(server: SocketAddr, question: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server).await.expect("connected");
    stream.write_u16(u16::try_from(question.len()).expect("short")).await.expect("sent");
    stream.write_all(question).await.expect("sent");
    let mut answer = vec![0; usize::from(stream.read_u16().await.expect("a length"))];
    stream.read_exact(&mut answer).await.expect("an answer");
    answer
}

#[tokio::test]
async fn a_name_resolves_to_what_route_53_has() {
    let stand_in = stand_in().await;
    set(stand_in, "orders.doltops.test", RrType::A, &["127.10.0.4".to_owned()]).await;
    for answer in [
        by_udp(stand_in.dns.address, &question("Orders.doltops.test", TYPE::A)).await,
        by_tcp(stand_in.dns.address, &question("Orders.doltops.test", TYPE::A)).await,
    ] {
        let answer = Packet::parse(&answer).expect("an answer");
        let RData::A(address) = &answer.answers[0].rdata else { panic!("{answer:?}") };
        assert_eq!(address.address, u32::from_be_bytes([127, 10, 0, 4]));
        assert_eq!(answer.answers[0].ttl, 60);
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_apart() {
    let stand_in = stand_in().await;
    set(stand_in, "text.doltops.test", RrType::Txt, &["\"heritage=doltops\"".to_owned()]).await;
    let ask = async |name, kind| by_udp(stand_in.dns.address, &question(name, kind)).await;
    let other_type = ask("text.doltops.test", TYPE::A).await;
    let other_type = Packet::parse(&other_type).expect("an answer");
    assert_eq!((other_type.rcode(), other_type.answers.len()), (RCODE::NoError, 0));
    let nowhere = ask("nowhere.doltops.test", TYPE::A).await;
    let nowhere = Packet::parse(&nowhere).expect("an answer");
    assert_eq!((nowhere.rcode(), nowhere.name_servers.len()), (RCODE::NameError, 1));
    let elsewhere = ask("example.com", TYPE::A).await;
    assert_eq!(Packet::parse(&elsewhere).expect("an answer").rcode(), RCODE::Refused);
    let apex = ask("doltops.test", TYPE::SOA).await;
    assert!(matches!(Packet::parse(&apex).expect("an answer").answers[0].rdata, RData::SOA(_)));
}

#[tokio::test]
async fn a_long_answer_goes_over_tcp() {
    let stand_in = stand_in().await;
    let values: Vec<String> = (0..10).map(|number| format!("\"{number}{}\"", "x".repeat(99))).collect();
    set(stand_in, "long.doltops.test", RrType::Txt, &values).await;
    let question = question("long.doltops.test", TYPE::TXT);
    let short = by_udp(stand_in.dns.address, &question).await;
    let short = Packet::parse(&short).expect("an answer");
    assert!(short.has_flags(simple_dns::PacketFlag::TRUNCATION));
    let whole = by_tcp(stand_in.dns.address, &question).await;
    assert_eq!(Packet::parse(&whole).expect("an answer").answers.len(), 10);
}
