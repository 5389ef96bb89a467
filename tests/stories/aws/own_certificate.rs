//! No public certificate can be had: the database serves all the same, and says what it serves with.

use super::support::Aws;

/// The week's certificates are used up by the first: the second is told so in its plan, and serves with the control plane's
/// own certificate, which `connect` trusts.
#[test]
fn a_database_serves_while_its_authority_signs_nothing() {
    let aws = Aws::start_with(&[("acme", "certificates_per_week", 1.into())]);
    aws.create("orders --certificate webpki");
    let asked = aws.sandbox.ask("create users --certificate webpki --wait").json();
    let notes = asked["plan"]["notes"].to_string();
    assert!(notes.contains("1 new certificates a week"), "{asked}");
    let users = aws.sandbox.get("users");
    assert_eq!(users["health"], "degraded", "{users}");
    let why = users["why"].as_str().unwrap_or_default();
    assert!(why.contains("the control plane's own") && why.contains("1 new certificates a week"), "{why}");
    let answer = aws.sandbox.run(["connect", "users", "-e", "select 1"]);
    assert_eq!(answer.code, 0, "{answer:?}");
}
