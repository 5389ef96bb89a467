//! Asks the DNS server as any client does.

use crate::Error;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, Question, TYPE, rdata::RData};
use std::net::{IpAddr, SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The addresses of a host name, over TCP; none where the name is not there.
///
/// # Errors
/// When the server does not answer, or not in DNS.
pub async fn addresses(server: SocketAddr, host: &str) -> Result<Vec<IpAddr>, Error> {
    let refused = |what: simple_dns::SimpleDnsError| Error::refused("asking the DNS")(what);
    let name = Name::new(host).map_err(refused)?;
    let mut question = Packet::new_query(1);
    question.set_flags(PacketFlag::RECURSION_DESIRED);
    question.questions.push(Question::new(name, QTYPE::TYPE(TYPE::A), CLASS::IN.into(), false));
    let bytes = question.build_bytes_vec().map_err(refused)?;
    let answer = exchange(server, &bytes).await.map_err(Error::io("asking the DNS"))?;
    let answer = Packet::parse(&answer).map_err(refused)?;
    let address = |data: &RData<'_>| match data {
        RData::A(a) => Some(IpAddr::from(a.address.to_be_bytes())),
        _ => None,
    };
    Ok(answer.answers.iter().filter_map(|record| address(&record.rdata)).collect())
}

async fn exchange(server: SocketAddr, question: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(question.len()).map_err(std::io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), question].concat()).await?;
    let length = stream.read_u16().await?;
    let mut answer = vec![0; length.into()];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}
