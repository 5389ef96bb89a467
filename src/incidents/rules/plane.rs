//! The control plane itself: its store with the standby of that, and the cloud that it looks at.

use super::{Finding, Rule, Sight, Verdict, seconds, short, words};
use crate::model::{Seen, Severity};
use jiff::SignedDuration;

/// What is wrong with the control plane, by this rule.
pub fn look(rule: Rule, sight: Sight<'_>) -> Verdict {
    match rule {
        Rule::Store => store(sight),
        Rule::Standby => standby(sight),
        Rule::Cloud => cloud(sight),
        _ => Verdict::Fine,
    }
}

/// While it is away nothing can be written, so this is told for certain only when it is back.
fn store(sight: Sight<'_>) -> Verdict {
    let Some(since) = sight.fleet.store_since.filter(|_| !sight.fleet.store.is_empty()) else { return Verdict::Fine };
    let away = sight.now.duration_since(since).max(SignedDuration::ZERO);
    if away < seconds(sight.settings.store_seconds.get()) {
        return Verdict::Unclear;
    }
    let title =
        format!("The control plane's store did not answer for {} or more: {}", words(away), short(&sight.fleet.store));
    let told = "Nothing could be changed or mended meanwhile; databases ran on.";
    Verdict::Found(Finding::new(Severity::Critical, title).describe(told))
}

/// The store has one server left, or as good as one.
fn standby(sight: Sight<'_>) -> Verdict {
    let Some((trouble, since)) = &sight.fleet.standby else {
        // Before the servers were asked nothing is known.
        return if sight.fleet.commit.is_some() { Verdict::Fine } else { Verdict::Unclear };
    };
    let so = sight.now.duration_since(*since).max(SignedDuration::ZERO);
    if so < seconds(sight.settings.standby_seconds.get()) {
        return Verdict::Unclear;
    }
    let title = format!("The store's standby has not followed for {}: {}", words(so), short(trouble));
    let told = "What is written now is on one server alone. See: doltops store status";
    Verdict::Found(Finding::new(Severity::Error, title).describe(told))
}

/// The cloud could not be looked at for some deployment.
fn cloud(sight: Sight<'_>) -> Verdict {
    let unseen: Vec<_> = sight.fleet.rows.values().filter(|row| row.observed.instance == Seen::Unknown).collect();
    let Some(since) = unseen.iter().map(|row| row.health_since).min() else {
        return if sight.fleet.commit.is_some() { Verdict::Fine } else { Verdict::Unclear };
    };
    let blind = sight.now.duration_since(since).max(SignedDuration::ZERO);
    if blind < seconds(sight.settings.cloud_seconds.get()) {
        return Verdict::Unclear;
    }
    let (blind, count) = (words(blind), unseen.len());
    let who = if count == 1 { "1 deployment".to_owned() } else { format!("{count} deployments") };
    let title = format!("The cloud has not told for {blind} how it is with {who}");
    Verdict::Found(Finding::new(Severity::Critical, title).describe("See: doltops doctor"))
}
