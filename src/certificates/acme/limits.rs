//! What the authority allows, and when it allows the next.
//!
//! Pure. The figures are Let's Encrypt's: asking beyond them is answered with refusals for up to a week, so it is told
//! before the order. What is renewed when the authority wants it (ARI) is exempt from all of them; what is replaced
//! before that, only from those that are not of its own names.

use crate::certificates::public::Renewal;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// New certificates a registered domain, and certificates of exactly the same names, count for so long.
pub const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Orders of an account count for so long.
const ORDERS_SPAN: SignedDuration = SignedDuration::from_hours(3);
/// Orders of an account in [`ORDERS_SPAN`].
const ORDERS: usize = 300;

/// Certificates of exactly the same names in a [`WEEK`].
const SAME_NAMES: usize = 5;

/// Failed authorizations count for so long.
const FAILED_SPAN: SignedDuration = SignedDuration::from_hours(1);
/// Failed authorizations of a name in [`FAILED_SPAN`].
const FAILED: usize = 5;

/// An order that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordered {
    /// When.
    pub at: Timestamp,
    /// For which names, sorted.
    pub names: Vec<String>,
    /// What has become of it.
    pub outcome: Outcome,
    /// What it counts towards.
    #[serde(default, rename = "follows")]
    pub renewal: Renewal,
}

/// What has become of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was about to be made: whoever was to write down its end has died, and it counts as the worse of both.
    Open,
    /// Signed.
    Issued,
    /// The authority could not see that the name is ours.
    NotAuthorized,
    /// Not signed for another reason.
    Failed,
}

/// Not before then, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotBefore {
    /// When it may be ordered.
    pub until: Timestamp,
    /// Which limit, and what to do.
    pub why: String,
}

/// Whether `names` may be ordered at `now`, after `ledger`.
///
/// # Errors
/// When it may, and which limit says so: the one that lasts longest.
pub fn may_order(
    ledger: &[Ordered],
    names: &[String],
    renewal: Renewal,
    per_week: u32,
    now: Timestamp,
) -> Result<(), NotBefore> {
    let whole = match renewal {
        Renewal::New => true,
        Renewal::Early => false,
        Renewal::Due => return Ok(()),
    };
    let per_week = usize::try_from(per_week).unwrap_or(usize::MAX);
    let signed = |order: &&Ordered| matches!(order.outcome, Outcome::Open | Outcome::Issued);
    let unseen = |order: &&Ordered| matches!(order.outcome, Outcome::Open | Outcome::NotAuthorized);
    let new = || ledger.iter().filter(|order| whole && order.renewal == Renewal::New);
    let counting = || ledger.iter().filter(|order| order.renewal != Renewal::Due);
    let limits = [
        (
            new().filter(signed).collect(),
            WEEK,
            per_week,
            format!(
                "the authority signs {per_week} new certificates a week for this domain, and they are used up; have its limit raised \
             and set acme.certificates_per_week, or use self-signed certificates"
            ),
        ),
        (
            counting().filter(signed).filter(|order| order.names == names).collect(),
            WEEK,
            SAME_NAMES,
            format!(
                "the authority signs {SAME_NAMES} certificates a week for exactly {}, and they are used up",
                names.join(", ")
            ),
        ),
        (new().collect(), ORDERS_SPAN, ORDERS, format!("the authority takes {ORDERS} orders in 3 hours")),
        (
            counting().filter(unseen).filter(|order| order.names.iter().any(|name| names.contains(name))).collect(),
            FAILED_SPAN,
            FAILED,
            format!(
                "the authority could not see {FAILED} times within an hour that {} is ours; see why before it is asked again",
                names.join(", ")
            ),
        ),
    ];
    let waits = limits.into_iter().filter_map(|(orders, span, most, why): (Vec<&Ordered>, _, _, _)| {
        Some(NotBefore { until: free_again(&orders, span, most, now)?, why })
    });
    match waits.max_by_key(|wait| wait.until) {
        Some(wait) => Err(wait),
        None => Ok(()),
    }
}

/// When one more than these may be had; none: now.
fn free_again(orders: &[&Ordered], span: SignedDuration, most: usize, now: Timestamp) -> Option<Timestamp> {
    let mut until: Vec<Timestamp> =
        orders.iter().filter_map(|order| order.at.checked_add(span).ok()).filter(|until| *until > now).collect();
    until.sort();
    // All but one less than the limit have to be over.
    let over = (until.len() + 1).checked_sub(most.max(1))?;
    over.checked_sub(1).and_then(|last| until.get(last)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn order(minutes_ago: i64, name: &str, outcome: Outcome) -> Ordered {
        Ordered {
            at: NOW - SignedDuration::from_mins(minutes_ago),
            names: vec![name.to_owned()],
            outcome,
            renewal: Renewal::New,
        }
    }

    fn may(ledger: &[Ordered], name: &str) -> Result<(), NotBefore> {
        may_order(ledger, &[name.to_owned()], Renewal::New, 50, NOW)
    }

    #[test]
    fn the_fifty_first_of_a_week_waits_for_the_first_to_be_over() {
        let mut ledger: Vec<Ordered> =
            (0..50).map(|n| order(n + 1, &format!("d{n}.doltops.test"), Outcome::Issued)).collect();
        let refused = may(&ledger, "new.doltops.test").expect_err("the limit");
        assert_eq!(refused.until, ledger[49].at + WEEK);
        assert!(refused.why.contains("50 new certificates a week") && refused.why.contains("certificates_per_week"));
        ledger[49].outcome = Outcome::Failed;
        assert_eq!(may(&ledger, "new.doltops.test"), Ok(()), "what was not signed does not count");
        for renewal in [Renewal::Due, Renewal::Early] {
            ledger.push(Ordered { renewal, ..order(1, "d1.doltops.test", Outcome::Issued) });
        }
        assert_eq!(may(&ledger, "new.doltops.test"), Ok(()), "renewals do not count");
    }

    #[test]
    fn the_same_names_and_failures_have_limits_of_their_own() {
        let five = |outcome| (1..=5).map(|n| order(n, "orders.doltops.test", outcome)).collect::<Vec<_>>();
        let refused = may(&five(Outcome::Issued), "orders.doltops.test").expect_err("the limit");
        assert_eq!(refused.until, NOW - SignedDuration::from_mins(5) + WEEK);
        assert_eq!(may(&five(Outcome::Issued), "other.doltops.test"), Ok(()));
        let refused = may(&five(Outcome::NotAuthorized), "orders.doltops.test").expect_err("the limit");
        assert_eq!(refused.until, NOW + SignedDuration::from_mins(55));
        assert!(refused.why.contains("could not see"), "{}", refused.why);
    }

    /// Its key was lost with its instance, five times in a week: other deployments' limits do not hold it up, its own does.
    #[test]
    fn what_is_replaced_early_counts_towards_its_own_names_alone() {
        let may = |ledger: &[Ordered], renewal| may_order(ledger, &["d0.doltops.test".to_owned()], renewal, 1, NOW);
        let mut ledger =
            vec![order(1, "d0.doltops.test", Outcome::Issued), order(2, "d1.doltops.test", Outcome::Issued)];
        assert!(may(&ledger, Renewal::New).is_err());
        assert_eq!(may(&ledger, Renewal::Early), Ok(()));
        let early = |n| Ordered { renewal: Renewal::Early, ..order(n, "d0.doltops.test", Outcome::Issued) };
        ledger.extend((3..7).map(early));
        assert!(may(&ledger, Renewal::Early).expect_err("the limit").why.contains("exactly d0.doltops.test"));
        assert_eq!(may(&ledger, Renewal::Due), Ok(()));
    }

    /// A limit of none at all still lets one be had once the others are over.
    #[test]
    fn a_limit_of_nothing_is_one_of_one() {
        let ledger = [order(1, "a.doltops.test", Outcome::Issued)];
        let refused = may_order(&ledger, &["b.doltops.test".to_owned()], Renewal::New, 0, NOW).expect_err("the limit");
        assert_eq!(refused.until, ledger[0].at + WEEK);
    }

    prop_compose! {
        fn any_order()(ago in 0i64..20_000, name in 0u8..3, outcome in 0usize..4, renewal in 0usize..3) -> Ordered {
            let outcomes = [Outcome::Open, Outcome::Issued, Outcome::NotAuthorized, Outcome::Failed];
            let renewal = [Renewal::New, Renewal::Early, Renewal::Due][renewal];
            Ordered { renewal, ..order(ago, &format!("d{name}.doltops.test"), outcomes[outcome]) }
        }
    }

    proptest! {
        /// What it names as the time is right: then it may be ordered, and a moment before it may not.
        #[test]
        fn the_time_that_it_names_is_the_first(
            ledger in prop::collection::vec(any_order(), 0..40), per_week in 1u32..12, early: bool,
        ) {
            let renewal = if early { Renewal::Early } else { Renewal::New };
            let names = ["d1.doltops.test".to_owned()];
            if let Err(wait) = may_order(&ledger, &names, renewal, per_week, NOW) {
                prop_assert!(wait.until > NOW);
                prop_assert_eq!(may_order(&ledger, &names, renewal, per_week, wait.until), Ok(()));
                let before = wait.until - SignedDuration::from_secs(1);
                prop_assert!(may_order(&ledger, &names, renewal, per_week, before.max(NOW)).is_err());
            }
        }
    }
}
