//! Logins, certificates of people, and who is on call.

use super::*;
use std::{fs, os::unix::fs::PermissionsExt};

#[tokio::test]
async fn credentials_are_shown_with_a_line_to_connect_and_without_the_password_in_it() {
    let login = CredentialsResponse {
        user: "root".into(),
        password: "hush".into(),
        host: "127.0.0.1".into(),
        port: 41_001,
        ca_pem: "CA".into(),
        host_name: "orders.localhost".into(),
        next_password: String::new(),
    };
    let fake = FakeApi::that(Script { credentials: Some(login), ..Script::default() });
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ca.pem");
    let ended = doltops(&fake, &format!("credentials orders --ca-file {}", file.display())).await;
    assert_eq!(fs::read_to_string(&file).expect("written"), "CA");
    let shown = ended.out.replace(&file.display().to_string(), "ca.pem");
    insta::assert_snapshot!(shown);
    let unchecked = doltops(&fake, "credentials orders").await.out;
    assert!(unchecked.contains("mysql -h 127.0.0.1 -P 41001 -u root -p --ssl-mode=REQUIRED"), "{unchecked}");
    assert_eq!(doltops(&fake, "credentials orders -o json").await.json()["password"], "hush");
    assert_eq!(doltops(&FakeApi::default(), "credentials orders").await.code, 4);
}

#[tokio::test]
async fn a_certificate_is_kept_where_only_its_owner_reads_it_and_never_over_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("op1.pem");
    let fake = FakeApi::default();
    let line = format!("client-certificate op1 --role operator --file {}", file.display());
    let ended = doltops(&fake, &line).await;
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    assert!(ended.out.contains(&format!("doltops --connect https://HOST:PORT --identity {}", file.display())));
    doltops::config::Identity::read(&file).expect("whole");
    let again = doltops(&fake, &format!("{line} -o json")).await;
    assert_eq!((again.code, again.error()["field"].as_str()), (2, Some("file")));
    assert_eq!(fake.seen().len(), 1, "a second one was issued");
    assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 1);
}

#[tokio::test]
async fn revoking_nobody_is_not_found() {
    assert_eq!(doltops(&FakeApi::default(), "revoke op1").await.code, 3);
    let fake = FakeApi::that(Script { serials: vec!["2a".into()], ..Script::default() });
    assert_eq!(doltops(&fake, "revoke op1 -o json").await.json()["serials"][0], "2a");
    insta::assert_snapshot!(doltops(&fake, "client-certificates").await.out);
    assert_eq!(doltops(&fake, "client-certificates -o json").await.json()[0]["revoked"], true);
}

#[tokio::test]
async fn who_is_on_call_and_until_when() {
    let fake = FakeApi::default();
    insta::assert_snapshot!(doltops(&fake, "oncall").await.out);
    let json = doltops(&fake, "oncall -o json").await.json();
    assert_eq!(json["levels"][0]["until"], "2026-01-09T09:00:00.000Z");
    assert_eq!((&json["levels"][1]["who"], &json["receivers"][0]["kind"]), (&Value::Null, &"pagerduty".into()));
}

#[tokio::test]
async fn a_test_page_tells_what_came_back() {
    let fake = FakeApi::default();
    let ended = doltops(&fake, "page test duty --severity critical").await;
    assert_eq!(ended.out, "duty (pagerduty) has taken it: HTTP 202: Event processed\n");
    assert!(ended.err.contains("doltops page test duty --resolve test-k3x9q2ab"), "{}", ended.err);
    assert!(fake.seen()[0].contains("critical"), "{:?}", fake.seen());
    let broken = doltops(&fake, "page test broken -o json").await;
    assert_eq!(
        (broken.code, broken.error()["message"].as_str()),
        (1, Some("broken has not taken it: HTTP 400: Invalid routing key"))
    );
}
