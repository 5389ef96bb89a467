//! What a promotion does, decided from how the servers stand. Pure.
//!
//! Guarantees
//! - While a primary answers, another is promoted only after that one has stepped down with a standby caught up: nothing
//!   that was acknowledged is lost, and there are never two.
//! - What may lose something, or goes by a server that does not answer, needs a person's `--force`; what it may cost is
//!   told before and after.
//! - The epoch is above all that any server has told.
//! - It can be asked for again after a crash at any point: half a promotion is one with no primary and equal contents.

use super::{Role, Seen, listed};

/// One thing that is done to a server, by its place in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The primary becomes a standby, once a standby has all of it.
    StepDown(usize),
    /// This one becomes the primary.
    Assume(usize),
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promotion {
    /// Who is the primary then.
    pub target: usize,
    /// In this epoch.
    pub epoch: u64,
    /// In order; empty: it is so already.
    pub acts: Vec<Act>,
    /// What may be lost; empty: nothing.
    pub lost: String,
}

/// Why nothing is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub what: String,
    /// What to do instead.
    pub next: String,
}

fn refused<T>(what: impl Into<String>, next: impl Into<String>) -> Result<T, Refused> {
    Err(Refused { what: what.into(), next: next.into() })
}

/// What promoting `target` comes to; without one, the only server that could be. `same`: whether all that answer hold the
/// same.
///
/// # Errors
/// Why it is not done.
pub fn promote(all: &[Seen], target: Option<usize>, same: bool, force: bool) -> Result<Promotion, Refused> {
    let role = |at: usize| all.get(at).and_then(|seen| seen.said.as_ref().ok()).map(|standing| &standing.role);
    let those = |wanted: Role| (0..all.len()).filter(move |at| role(*at) == Some(&wanted)).collect::<Vec<_>>();
    if let Some(alone) = those(Role::Alone).first() {
        return refused(all[*alone].to_string(), "docs/high-availability.md tells how a pair is set up");
    }
    let (primaries, broken, standbys) = (those(Role::Primary), those(Role::Broken), those(Role::Standby));
    let target = match (target, broken.is_empty(), standbys.as_slice()) {
        (Some(target), _, _) => target,
        (None, false, _) => {
            return refused(
                format!("split brain: {}", listed(all)),
                "say whose data is kept, and what the other alone has is lost: doltops store promote HOST:PORT --force",
            );
        }
        (None, true, [only]) => *only,
        (None, true, []) => return refused(format!("no standby answers: {}", listed(all)), "start it, and ask again"),
        (None, true, _) => {
            return refused(format!("which of them? {}", listed(all)), "name one: doltops store promote HOST:PORT");
        }
    };
    let Some(seen) = all.get(target) else {
        return refused("there is no such server", "doltops store status names them");
    };
    let Ok(standing) = &seen.said else { return refused(seen.to_string(), "start it, and ask again") };
    let said = all.iter().filter_map(|seen| seen.said.as_ref().ok());
    let highest = said.map(|standing| standing.epoch).max().unwrap_or_default();
    let promotion = |acts, lost: String| Ok(Promotion { target, epoch: highest.saturating_add(1), acts, lost });
    if !broken.is_empty() {
        if primaries.iter().any(|at| *at != target) {
            return refused(format!("another is primary: {}", listed(all)), "stop it first, or promote that one");
        }
        let lost = "what the other server alone has is lost";
        return match force {
            true => promotion(vec![Act::Assume(target)], lost.to_owned()),
            false => refused(
                format!("split brain: {}", listed(all)),
                format!("with --force {} is kept, and {lost}", seen.at),
            ),
        };
    }
    match primaries.as_slice() {
        [only] if *only == target && standing.epoch == highest => {
            return Ok(Promotion { target, epoch: highest, acts: Vec::new(), lost: String::new() });
        }
        [only] if *only == target && force => {
            return promotion(vec![Act::Assume(target)], "what a later primary alone has is lost".to_owned());
        }
        [only] if *only == target => {
            return refused(
                format!("{}, and a later one was seen", listed(all)),
                "start the later one; with --force, what it alone has is lost",
            );
        }
        // Also with `--force`: Dolt refuses it where no standby has all, and then a second primary would be a split brain.
        [only] => return promotion(vec![Act::StepDown(*only), Act::Assume(target)], String::new()),
        [] => {}
        _ => {
            return refused(
                format!("two are primary: {}", listed(all)),
                "stop the one of the lower epoch; it follows when it is started again",
            );
        }
    }
    let away: Vec<&Seen> = all.iter().filter(|seen| seen.said.is_err()).collect();
    match (away.as_slice(), same, force) {
        ([], true, _) => promotion(vec![Act::Assume(target)], String::new()),
        ([], false, true) => promotion(vec![Act::Assume(target)], "what the other server alone has is lost".to_owned()),
        ([], false, false) => refused(
            format!("nobody is primary, and they do not hold the same: {}", listed(all)),
            format!("with --force {} is kept, and what the other alone has is lost", seen.at),
        ),
        (_, _, true) => promotion(vec![Act::Assume(target)], may_be_lost(seen)),
        (_, _, false) => refused(
            format!(
                "{}; it may be the primary still",
                away.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            ),
            format!(
                "make sure that it does not run, and then: doltops store promote {} --force; {}",
                seen.at,
                may_be_lost(seen)
            ),
        ),
    }
}

/// What a standby may not have had from a primary that is gone.
fn may_be_lost(standby: &Seen) -> String {
    let Ok(standing) = &standby.said else { return String::new() };
    let last = match standing.replication.last_update.as_str() {
        "" => String::new(),
        last => format!(" (it was last sent something at {last}, by its clock)"),
    };
    match standing.acks_seconds {
        0 => format!("what the old primary acknowledged and had not sent to {} is lost{last}", standby.at),
        seconds => format!(
            "what the old primary acknowledged without {}, after waiting {seconds} s for it, is lost{last}",
            standby.at
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Replication, Standing};
    use super::*;
    use proptest::prelude::*;

    fn seen(said: &[Option<(Role, u64)>]) -> Vec<Seen> {
        let one = |(at, said): (usize, &Option<(Role, u64)>)| Seen {
            at: format!("s{at}:3306"),
            said: said.clone().ok_or_else(|| "no route".to_owned()).map(|(role, epoch)| Standing {
                role,
                epoch,
                acks_seconds: 3,
                replication: Replication::default(),
            }),
        };
        said.iter().enumerate().map(one).collect()
    }

    fn pair(one: (Role, u64), other: (Role, u64)) -> Vec<Seen> {
        seen(&[Some(one), Some(other)])
    }

    #[test]
    fn a_planned_one_loses_nothing() {
        let all = pair((Role::Primary, 3), (Role::Standby, 3));
        let done = promote(&all, None, false, false).expect("planned");
        assert_eq!((done.acts, done.epoch, done.lost.as_str()), (vec![Act::StepDown(0), Act::Assume(1)], 4, ""));
        // The primary itself: nothing to do.
        assert_eq!(promote(&all, Some(0), false, false).expect("so already").acts, []);
        // Half of it: the primary has stepped down.
        let half = pair((Role::Standby, 4), (Role::Standby, 3));
        let done = promote(&half, Some(1), true, false).expect("the rest");
        assert_eq!((done.acts, done.epoch), (vec![Act::Assume(1)], 5));
        assert!(promote(&half, Some(1), false, false).expect_err("they differ").next.contains("--force"));
    }

    #[test]
    fn a_primary_that_does_not_answer_needs_a_persons_word() {
        let all = seen(&[None, Some((Role::Standby, 3))]);
        let refused = promote(&all, None, false, false).expect_err("it may run");
        assert!(refused.what.contains("s0:3306") && refused.next.contains("s1:3306 --force"), "{refused:?}");
        let done = promote(&all, None, false, true).expect("forced");
        assert_eq!((done.acts, done.epoch), (vec![Act::Assume(1)], 4));
        assert!(done.lost.contains("is lost"), "{}", done.lost);
    }

    #[test]
    fn of_a_split_brain_a_person_says_what_is_kept() {
        let all = pair((Role::Broken, 5), (Role::Broken, 5));
        for (target, force) in [(None, false), (None, true), (Some(0), false)] {
            assert!(promote(&all, target, false, force).expect_err("not yet").what.contains("split brain"));
        }
        let done = promote(&all, Some(0), false, true).expect("said");
        assert_eq!((done.acts, done.epoch), (vec![Act::Assume(0)], 6));
    }

    fn any_role() -> impl Strategy<Value = Role> {
        prop_oneof![Just(Role::Primary), Just(Role::Standby), Just(Role::Broken), Just(Role::Alone)]
    }

    proptest! {
        /// Whatever stands there: no second primary is made beside one that answers, the epoch rises, and nothing is lost
        /// without `--force`.
        #[test]
        fn never_two_primaries_and_nothing_is_lost_unforced(
            said in prop::collection::vec(prop::option::of((any_role(), 0_u64..5)), 1..4),
            target in prop::option::of(0_usize..4), same: bool, force: bool,
        ) {
            let all = seen(&said);
            if let Ok(done) = promote(&all, target, same, force) {
                let primary = |at: usize| matches!(said.get(at), Some(Some((Role::Primary, _))));
                let others = (0..said.len()).filter(|at| *at != done.target && primary(*at));
                prop_assert!(others.clone().all(|at| done.acts.contains(&Act::StepDown(at))));
                prop_assert!(done.acts.is_empty() || said.iter().flatten().all(|(_, epoch)| *epoch < done.epoch));
                prop_assert!(force || done.lost.is_empty());
                prop_assert!(target.is_none_or(|target| target == done.target));
            }
        }
    }
}
