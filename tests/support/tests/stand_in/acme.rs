//! A certificate by DNS-01, from the order to the chain.

use crate::{dns::set, stand_in};
use aws_sdk_route53::types::RrType;
use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder, OrderStatus, RetryPolicy,
};

#[tokio::test]
async fn a_certificate_is_ordered_by_a_record_in_route_53() {
    let stand_in = stand_in().await;
    let acme = stand_in.acme.as_ref().expect("it was started");
    let roots = stand_in.folder().join("roots.pem");
    std::fs::write(&roots, &acme.tls_root_pem).expect("written");
    let new = NewAccount { contact: &[], terms_of_service_agreed: true, only_return_existing: false };
    let builder = Account::builder_with_root(&roots).expect("a root");
    let (account, _) = builder.create(&new, acme.directory_url(), None).await.expect("an account");
    let name = "certified.doltops.test";
    let identifiers = [Identifier::Dns(name.to_owned())];
    let mut order = account.new_order(&NewOrder::new(&identifiers).profile("short")).await.expect("an order");
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization.expect("an authorization");
        assert_eq!(authorization.status, AuthorizationStatus::Pending);
        let mut challenge = authorization.challenge(ChallengeType::Dns01).expect("a challenge");
        let value = format!("\"{}\"", challenge.key_authorization().dns_value());
        set(stand_in, &format!("_acme-challenge.{name}"), RrType::Txt, &[value]).await;
        challenge.set_ready().await.expect("ready");
    }
    assert_eq!(order.poll_ready(&RetryPolicy::default()).await.expect("looked"), OrderStatus::Ready);
    order.finalize().await.expect("finalized");
    let chain = order.poll_certificate(&RetryPolicy::default()).await.expect("a chain");
    assert!(chain.contains("BEGIN CERTIFICATE"));
    assert!(acme.issuing_root_pem.contains("BEGIN CERTIFICATE"));
}
