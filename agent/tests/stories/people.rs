//! SQL users for people.

use crate::support::{
    eventually,
    instance::{Client, Instance, code, fence},
    sql, tunnel,
};
use doltops_proto::instance_manager::{OpenSqlUserRequest, SqlLogin};
use mysql_async::{Conn, prelude::Queryable};
use tonic::Code;

async fn open(client: &mut Client, read_only: bool, seconds: u32) -> SqlLogin {
    let person = "Ann O'Hara <ann@example.com>".to_owned();
    let request = OpenSqlUserRequest { fence: Some(fence(0)), person, read_only, seconds };
    client.open_sql_user(request).await.expect("made").into_inner().login.expect("a login")
}

/// A viewer reads data, history and differences, and writes nothing: no row, no commit, no branch.
#[tokio::test]
async fn a_read_only_user_reads_everything_and_writes_nothing() {
    let (instance, mut client) = Instance::up().await;
    let mut root = sql::direct(&instance, "root", "root-password").await.expect("connected");
    for statement in [
        "CREATE DATABASE shop",
        "USE shop",
        "CREATE TABLE t (id int primary key)",
        "CREATE VIEW v AS SELECT id FROM t",
        "CALL dolt_commit('-Am', 'first')",
        "INSERT INTO t VALUES (1)",
        "CALL dolt_commit('-am', 'second')",
    ] {
        root.query_drop(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let login = open(&mut client, true, 60).await;
    let port = tunnel::listen(client).await;
    let options = sql::options(&instance, port, &login.user, &login.password);
    let mut viewer = Conn::new(options).await.expect("connected");
    viewer.query_drop("USE shop").await.expect("it may");
    for query in [
        "SELECT id FROM t",
        "SELECT id FROM v",
        "SELECT message FROM dolt_log",
        "SELECT to_id FROM dolt_diff('HEAD~1', 'HEAD', 't')",
        "SELECT to_id FROM dolt_diff_t",
        "SELECT id FROM `shop/main`.t",
        "SELECT name FROM dolt_branches",
        "SELECT table_name FROM dolt_status",
        "SHOW CREATE TABLE t",
    ] {
        viewer.query_drop(query).await.unwrap_or_else(|error| panic!("{query}: {error}"));
    }
    for query in [
        "INSERT INTO t VALUES (2)",
        "UPDATE t SET id = 3",
        "DELETE FROM t",
        "CREATE TABLE u (id int)",
        "DROP TABLE t",
        "CREATE DATABASE other",
        "CALL dolt_commit('--allow-empty', '-m', 'mine')",
        "CALL dolt_branch('mine')",
        "CALL dolt_reset('--hard', 'HEAD~1')",
        "CALL dolt_tag('mine')",
        "CALL dolt_gc()",
        "SELECT authentication_string FROM mysql.user",
        "INSERT INTO mysql.user (host, user) VALUES ('%', 'mine')",
        "CREATE USER other",
        "SELECT 1 INTO OUTFILE '/tmp/out'",
    ] {
        assert!(viewer.query_drop(query).await.is_err(), "{query} was not refused");
    }
}

/// An operator writes, and runs Dolt's procedures.
#[tokio::test]
async fn a_writing_user_writes() {
    let (instance, mut client) = Instance::up().await;
    let login = open(&mut client, false, 60).await;
    assert!(login.user.starts_with("p_ann_o_hara"), "{}", login.user);
    let mut operator = sql::direct(&instance, &login.user, &login.password).await.expect("connected");
    for query in [
        "CREATE DATABASE shop",
        "USE shop",
        "CREATE TABLE t (id int primary key)",
        "CALL dolt_commit('-Am', 'mine')",
        "CALL dolt_gc()",
    ] {
        operator.query_drop(query).await.unwrap_or_else(|error| panic!("{query}: {error}"));
    }
}

/// A user ends by itself, also when the agent died in between.
#[tokio::test]
async fn a_user_ends_when_its_time_has_passed() {
    let (mut instance, mut client) = Instance::up().await;
    let login = open(&mut client, true, 1).await;
    instance.kill_agent();
    sql::direct(&instance, &login.user, &login.password).await.expect("nobody drops it without an agent");
    instance.start_agent().await;
    eventually("the user is dropped", || async {
        sql::direct(&instance, &login.user, &login.password).await.is_err().then_some(())
    })
    .await;
    let request = OpenSqlUserRequest { fence: Some(fence(0)), person: "x".into(), read_only: true, seconds: 0 };
    assert_eq!(code(instance.client().await.open_sql_user(request).await), Code::InvalidArgument);
}
