//! Which type is launched in which zone, when the cloud has no capacity for what was wanted.
//!
//! Pure: the wanted type, what the site says of alternatives and zones, and what was refused a moment ago.
//!
//! Guarantees
//! - The wanted type comes first, in every zone; then its alternatives in the order of the configuration.
//! - What was refused is not asked for again while that is remembered; when all of it was, the answer is how long to
//!   wait. So a cloud without capacity is asked a few times in three minutes, and never in a storm.

use crate::model::{Site, StandsIn};
use std::{collections::BTreeMap, time::Duration};

/// A refused offering is left alone for so long. Karpenter's own figure: capacity seldom comes back sooner.
const REMEMBERED: Duration = Duration::from_secs(180);

/// A reason stands in a tag beside two types, and EC2 allows a tag 256 characters.
const LONGEST_REASON: usize = 120;

/// A type in a zone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offering {
    /// Which type.
    pub instance_type: String,
    /// Where; none in a cloud without zones.
    pub zone: Option<String>,
}

/// What was refused a moment ago, of all deployments together: they ask the same cloud.
#[derive(Debug, Default)]
pub struct Refused(BTreeMap<Offering, (Duration, String)>);

impl Refused {
    /// The cloud has none of it now, and says why.
    pub fn add(&mut self, offering: Offering, why: &str, now: Duration) {
        self.0.retain(|_, (until, _)| *until > now);
        self.0.insert(offering, (now + REMEMBERED, why.to_owned()));
    }

    /// Until when it is left alone, and why; none: it may be had.
    pub fn get(&self, offering: &Offering, now: Duration) -> Option<(Duration, &str)> {
        self.0.get(offering).filter(|(until, _)| *until > now).map(|(until, why)| (*until, why.as_str()))
    }
}

/// What is asked for next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The type and zone.
    pub offering: Offering,
    /// Where it is not the type that was wanted.
    pub stands_in: Option<StandsIn>,
}

/// Everything that would do was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nothing {
    /// What was refused where.
    pub why: String,
    /// How long until one of it is asked for again.
    pub after: Duration,
}

impl std::fmt::Display for Nothing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; asked for again in {} s", self.why, self.after.as_secs().max(1))
    }
}

/// What to ask for in place of `wanted` or as it; `bound`: only in that zone, as there is a volume.
///
/// # Errors
/// When everything that would do was refused.
pub fn next(
    wanted: &str,
    site: &Site,
    bound: Option<&str>,
    refused: &Refused,
    now: Duration,
) -> Result<Chosen, Nothing> {
    let zones: Vec<Option<String>> = match bound {
        Some(zone) => vec![Some(zone.to_owned())],
        None if site.zones.is_empty() => vec![None],
        None => site.zones.iter().cloned().map(Some).collect(),
    };
    let alternatives = site.alternatives.get(wanted).into_iter().flatten().map(String::as_str);
    let mut tried = Vec::new();
    let mut soonest = REMEMBERED;
    for instance_type in std::iter::once(wanted).chain(alternatives.filter(|other| *other != wanted)) {
        let mut last = "";
        for zone in &zones {
            let offering = Offering { instance_type: instance_type.to_owned(), zone: zone.clone() };
            let Some((until, why)) = refused.get(&offering, now) else {
                let stands_in = (instance_type != wanted).then(|| StandsIn {
                    is: instance_type.to_owned(),
                    wanted: wanted.to_owned(),
                    why: tried.first().cloned().unwrap_or_default(),
                });
                return Ok(Chosen { offering, stands_in });
            };
            soonest = soonest.min(until.saturating_sub(now));
            last = why;
        }
        tried.push(reason(instance_type, &zones, last));
    }
    Err(Nothing { why: tried.join("; "), after: soonest })
}

/// "m7g.large could not be had in eu-central-1a, eu-central-1b: InsufficientInstanceCapacity".
fn reason(instance_type: &str, zones: &[Option<String>], why: &str) -> String {
    let zones: Vec<&str> = zones.iter().flatten().map(String::as_str).collect();
    let place = if zones.is_empty() { String::new() } else { format!(" in {}", zones.join(", ")) };
    format!("{instance_type} could not be had{place}: {why}").chars().take(LONGEST_REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn site() -> Site {
        Site {
            alternatives: BTreeMap::from([("large".to_owned(), vec!["other".to_owned(), "older".to_owned()])]),
            zones: vec!["1a".to_owned(), "1b".to_owned()],
            ..Site::default()
        }
    }

    fn offering(instance_type: &str, zone: &str) -> Offering {
        Offering { instance_type: instance_type.to_owned(), zone: Some(zone.to_owned()) }
    }

    #[test]
    fn every_zone_is_tried_before_another_type() {
        let (mut refused, mut order) = (Refused::default(), Vec::new());
        while let Ok(chosen) = next("large", &site(), None, &refused, SECOND) {
            let Chosen { offering, stands_in } = chosen;
            order.push(format!("{} {}", offering.instance_type, offering.zone.clone().expect("a zone")));
            assert_eq!(stands_in.is_some(), offering.instance_type != "large");
            refused.add(offering, "InsufficientInstanceCapacity", SECOND);
        }
        assert_eq!(order, ["large 1a", "large 1b", "other 1a", "other 1b", "older 1a", "older 1b"]);
        let nothing = next("large", &site(), None, &refused, 61 * SECOND).expect_err("nothing is left");
        assert_eq!(nothing.after, 120 * SECOND);
        assert!(nothing.why.starts_with("large could not be had in 1a, 1b: Insuff"), "{}", nothing.why);
        assert_eq!(next("large", &site(), None, &refused, 182 * SECOND).map(|c| c.stands_in), Ok(None), "it is over");
    }

    #[test]
    fn a_volume_binds_to_its_zone() {
        let mut refused = Refused::default();
        refused.add(offering("large", "1b"), "none", SECOND);
        let chosen = next("large", &site(), Some("1b"), &refused, SECOND).expect("another type");
        assert_eq!(chosen.offering, offering("other", "1b"));
        assert_eq!(chosen.stands_in.expect("in place").why, "large could not be had in 1b: none");
    }

    #[test]
    fn a_cloud_without_zones_or_alternatives_has_one_offering() {
        let site = Site::default();
        let chosen = next("local.small", &site, None, &Refused::default(), SECOND).expect("it");
        assert_eq!((chosen.offering.zone, chosen.stands_in), (None, None));
    }

    proptest! {
        #[test]
        fn what_was_refused_is_never_asked_for_and_there_is_an_end(
            refusals in prop::collection::vec((0usize..3, 0usize..2, 0u32..400), 0..12), at in 0u32..400,
        ) {
            let mut refused = Refused::default();
            for (kind, zone, when) in refusals {
                refused.add(offering(["large", "other", "older"][kind], ["1a", "1b"][zone]), "none", when * SECOND);
            }
            match next("large", &site(), None, &refused, at * SECOND) {
                Ok(chosen) => prop_assert!(refused.get(&chosen.offering, at * SECOND).is_none()),
                Err(nothing) => prop_assert!(nothing.after > Duration::ZERO && !nothing.why.is_empty()),
            }
        }
    }
}
