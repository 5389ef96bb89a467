//! SQL over the tunnel to a real Dolt server, with the real driver, TLS and both of its checks.

use crate::{
    commands::doltops_words,
    support::{
        dolt::{Dolt, HOST_NAME, PASSWORD},
        fake_api::{FakeApi, Script},
    },
};
use doltops::{
    hosted_api::problem::Kind,
    sql::{Forward, Session, forward::Passage},
};
use doltops_proto::hosted_api::OpenSqlSessionResponse;
use std::{ffi::OsString, net::TcpListener, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

fn login(dolt: &Dolt) -> OpenSqlSessionResponse {
    OpenSqlSessionResponse {
        user: "root".into(),
        password: PASSWORD.into(),
        ca_pem: dolt.ca_pem.clone(),
        host_name: HOST_NAME.into(),
        ..OpenSqlSessionResponse::default()
    }
}

fn api(dolt: &Dolt, session: OpenSqlSessionResponse) -> FakeApi {
    FakeApi::that(Script { database: Some(dolt.address), session: Some(session), ..Script::default() })
}

async fn session(dolt: &Dolt) -> Session {
    Session::open(api(dolt, login(dolt)).client(), "orders", false).await.expect("opened")
}

#[tokio::test]
async fn every_kind_of_value_is_shown_as_what_it_is() {
    let dolt = Dolt::start().await;
    let mut session = session(&dolt).await;
    let results = session
        .run(
            "create database shop; use shop;
             create table t (id int primary key, b varbinary(4), j json, d datetime, x decimal(10,2), e enum('a','b'),
                             n text, f double, y bit(8), t time, blobby blob);
             insert into t values (1, 0x00ff, '{\"a\": 1}', '2026-11-23 06:22:35', 1.5, 'b', 'caf\u{e9}', 0.1, 5,
                                   '01:02:03', 'ab'),
                                  (2, null, null, null, null, null, null, null, null, null, null);
             select * from t order by id",
            10,
        )
        .await
        .expect("carried out");
    assert_eq!(results.len(), 5);
    assert_eq!((results[3].affected, results[3].columns.len()), (2, 0));
    let read = &results[4];
    assert_eq!(read.columns, ["id", "b", "j", "d", "x", "e", "n", "f", "y", "t", "blobby"]);
    let first: Vec<&str> = read.rows[0].iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect();
    assert_eq!(
        first,
        [
            "1",
            "0x00ff",
            "{\"a\":1}",
            "2026-11-23 06:22:35",
            "1.50",
            "b",
            "café",
            "0.1",
            "0x05",
            "01:02:03.000000",
            "0x6162"
        ]
    );
    assert!(read.rows[1][1..].iter().all(Option::is_none));
}

/// A certificate of another name, of another CA, or none at all: the tunnel is not trusted.
#[tokio::test]
async fn a_certificate_that_is_not_the_deployments_is_refused() {
    let dolt = Dolt::start().await;
    let other = OpenSqlSessionResponse { host_name: "billing.localhost".into(), ..login(&dolt) };
    let key = rcgen::KeyPair::generate().expect("a key");
    let strange = rcgen::CertificateParams::new(Vec::new()).expect("no names").self_signed(&key).expect("signed").pem();
    let foreign = OpenSqlSessionResponse { ca_pem: strange, ..login(&dolt) };
    let public = OpenSqlSessionResponse { ca_pem: String::new(), ..login(&dolt) };
    for wrong in [other, foreign, public] {
        let problem = Session::open(api(&dolt, wrong).client(), "orders", false).await.expect_err("refused");
        assert_eq!(problem.kind, Kind::Unreachable, "{problem}");
        assert!(problem.what.contains("certificate"), "{problem}");
    }
}

#[tokio::test]
async fn a_mistake_is_told_in_the_databases_own_words() {
    let dolt = Dolt::start().await;
    let mut session = session(&dolt).await;
    let mut before = Vec::new();
    let problem = session.run_each("select 1; select * from nowhere.t", 10, |result| before.push(result)).await;
    let problem = problem.expect_err("refused");
    assert_eq!((problem.field.as_str(), problem.kind), ("sql", Kind::Failed));
    assert!(problem.what.starts_with("statement 2: ERROR 1049"), "{problem}");
    assert_eq!(before.len(), 1);
    // On another task, as the console does it.
    let after = tokio::spawn(async move { session.run("select 2", 10).await }).await.expect("ran");
    let after = after.expect("the session lives on");
    assert_eq!(after[0].rows, [[Some("2".to_owned())]]);
}

#[tokio::test]
async fn a_wrong_password_is_a_refusal() {
    let dolt = Dolt::start().await;
    let wrong = OpenSqlSessionResponse { password: "guess".into(), ..login(&dolt) };
    let problem = Session::open(api(&dolt, wrong).client(), "orders", false).await.expect_err("refused");
    assert_eq!(problem.kind, Kind::Refused, "{problem}");
    assert!(!problem.to_string().contains("guess"));
}

/// A large answer is not read to its end, and the session keeps what is open in it.
#[tokio::test]
async fn rows_that_nobody_asked_for_are_not_fetched() {
    let dolt = Dolt::start().await;
    let mut session = session(&dolt).await;
    session.run("create database shop; use shop; create table t (id int primary key)", 1).await.expect("made");
    session.run("start transaction; insert into t values (1); set @mine = 7", 1).await.expect("begun");
    // Some 10^11 rows: reading them to the end would outlast any patience.
    let endless = "with recursive n (i) as (select 1 union all select i + 1 from n where i < 900)
                   select a.i from n a, n b, n c, n d";
    let read = timeout(Duration::from_secs(60), session.run(endless, 3)).await.expect("stopped").expect("read");
    assert_eq!((read[0].rows.len(), read[0].more), (3, true));
    let whole = session.run("select a.i from (select 1 as i union select 2) a", 9).await.expect("read");
    assert_eq!((whole[0].rows.len(), whole[0].more), (2, false));
    let kept = session.run("select @mine, count(*), database() from t", 1).await.expect("the session lives on");
    let kept: Vec<_> = kept[0].rows[0].iter().flatten().collect();
    assert_eq!(kept, ["7", "1", "shop"]);
}

#[tokio::test]
async fn a_cut_result_does_not_hide_the_statements_after_it() {
    let dolt = Dolt::start().await;
    let mut session = session(&dolt).await;
    let results = session.run("select 1 union select 2; select 3; set @a = 1", 1).await.expect("carried out");
    assert_eq!(results.len(), 3);
    assert!(results[0].more && !results[1].more);
    assert_eq!(results[1].rows, [[Some("3".to_owned())]]);
}

/// `connect -e`, from the words to the answer.
#[tokio::test]
async fn connect_answers_with_a_table_or_json_and_the_databases_words() {
    let dolt = Dolt::start().await;
    let fake = api(&dolt, login(&dolt));
    let connect = async |more: &[&str]| {
        let words = ["doltops", "connect", "orders", "-e"].iter().chain(more).map(OsString::from);
        doltops_words(&fake, &words.collect::<Vec<_>>()).await
    };
    let ended = connect(&["select 1 as one, null as none; select 'caf\u{e9}' as two"]).await;
    assert_eq!((ended.code, ended.out.as_str()), (0, "one  none\n1    NULL\ntwo\ncafé\n"));
    let ended = connect(&["select 1 as one union all select 2", "--rows", "1", "-o", "json"]).await;
    let first = &ended.json()[0];
    assert_eq!((first["columns"][0].as_str(), first["rows"][0][0].as_str()), (Some("one"), Some("1")));
    assert_eq!(first["more"], true);
    let ended = connect(&["select 1 as one; select * from nowhere.t"]).await;
    assert_eq!((ended.code, ended.out.as_str()), (1, "one\n1\n"));
    assert!(ended.err.contains("doltops: sql: statement 2: ERROR 1049"), "{}", ended.err);
    assert_eq!(connect(&["  "]).await.code, 2);
}

/// Bytes go both ways, many at once, and a half-closed connection still gets its answer.
#[tokio::test]
async fn a_forward_carries_bytes_and_half_closes() {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let address = server.local_addr().expect("bound");
    // Answers with what it was sent, once the other side has said its last word.
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = server.accept().await {
            tokio::spawn(async move {
                let mut all = Vec::new();
                let _ = socket.read_to_end(&mut all).await;
                let _ = socket.write_all(&all).await;
            });
        }
    });
    let fake = FakeApi::that(Script { database: Some(address), ..Script::default() });
    let mut forward = Forward::listen(fake.client(), "orders", None).await.expect("listens");
    // Larger than every buffer between, so that both directions must flow.
    let sent: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
    let mut client = TcpStream::connect(forward.address()).await.expect("connected");
    client.write_all(&sent).await.expect("sent");
    client.shutdown().await.expect("half closed");
    let mut received = Vec::new();
    timeout(Duration::from_secs(30), client.read_to_end(&mut received)).await.expect("in time").expect("read");
    assert!(received == sent);
    assert!(matches!(forward.next().await, Some(Passage::Opened { .. })));
    let Some(Passage::Closed { sent, received, problem, .. }) = forward.next().await else { panic!("not closed") };
    assert_eq!((sent, received, problem), (3_000_000, 3_000_000, None));
    let mut live = forward.live();
    timeout(Duration::from_secs(5), live.wait_for(|count| *count == 0)).await.expect("in time").expect("told");
}

#[tokio::test]
async fn a_dropped_forward_ends_its_connections() {
    let dolt = Dolt::start().await;
    let forward = Forward::listen(api(&dolt, login(&dolt)).client(), "orders", None).await.expect("listens");
    let mut client = TcpStream::connect(forward.address()).await.expect("connected");
    let mut greeting = [0; 4];
    client.read_exact(&mut greeting).await.expect("Dolt greets");
    let address = forward.address();
    drop(forward);
    let mut rest = Vec::new();
    let ended = timeout(Duration::from_secs(5), client.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the connection lives on");
    assert!(TcpStream::connect(address).await.is_err(), "the port is still open");
}

#[tokio::test]
async fn what_the_tunnel_says_is_told() {
    let stopped = FakeApi::that(Script { session: Some(OpenSqlSessionResponse::default()), ..Script::default() });
    let mut forward = Forward::listen(stopped.client(), "orders", None).await.expect("listens");
    let mut client = TcpStream::connect(forward.address()).await.expect("connected");
    let mut nothing = Vec::new();
    let _ = timeout(Duration::from_secs(5), client.read_to_end(&mut nothing)).await.expect("closed");
    assert!(matches!(forward.next().await, Some(Passage::Opened { .. })));
    let Some(Passage::Closed { problem: Some(problem), .. }) = forward.next().await else { panic!("no reason") };
    assert_eq!(problem.what, "the instance is stopped");
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port();
    let problem = Forward::listen(FakeApi::default().client(), "orders", Some(port)).await.expect_err("refused");
    assert_eq!((problem.field.as_str(), problem.kind), ("port", Kind::Invalid));
    assert!(problem.what.contains(&port.to_string()), "{problem}");
}
