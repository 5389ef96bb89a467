//! Which server is written to. Pure.

use super::{Role, Seen, listed};

/// The primary among the servers, as a place in the list; `known`: the highest epoch that was ever seen.
///
/// # Errors
/// There is none to write to: how each stands, and what to do.
pub fn choose(all: &[Seen], known: u64) -> Result<usize, String> {
    let said = || all.iter().enumerate().filter_map(|(at, seen)| Some((at, seen.said.as_ref().ok()?)));
    if said().any(|(_, standing)| standing.role == Role::Broken) {
        return Err(format!(
            "split brain: {}. Each may have what the other has not; say which one is kept: doltops store promote HOST:PORT \
             --force",
            listed(all)
        ));
    }
    if let Some((at, _)) = said().find(|(_, standing)| standing.role == Role::Alone) {
        let one = all.get(at).map(|seen| seen.at.as_str()).unwrap_or_default();
        return Err(format!(
            "{one} is in no cluster: a store of several servers needs `cluster:` in the config.yaml of each"
        ));
    }
    let highest = said().map(|(_, standing)| standing.epoch).max().unwrap_or_default().max(known);
    let primaries: Vec<(usize, u64)> = said()
        .filter(|(_, standing)| standing.role == Role::Primary)
        .map(|(at, standing)| (at, standing.epoch))
        .collect();
    let newest: Vec<usize> = primaries.iter().filter(|(_, epoch)| *epoch == highest).map(|(at, _)| *at).collect();
    match (newest.as_slice(), primaries.is_empty()) {
        ([only], _) => Ok(*only),
        ([], true) => Err(format!(
            "no server of the store is primary: {}; a person has to say which is, by doltops store promote",
            listed(all)
        )),
        ([], false) => Err(format!(
            "no server of the store is primary in epoch {highest}, the last that was seen: {}; one that was demoted is not \
             written to; see doltops store status",
            listed(all)
        )),
        (_, _) => Err(format!("split brain: {}; see doltops store status", listed(all))),
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
                acks_seconds: 0,
                replication: Replication::default(),
            }),
        };
        said.iter().enumerate().map(one).collect()
    }

    #[test]
    fn the_primary_is_written_to_wherever_it_stands_in_the_list() {
        use Role::{Alone, Broken, Primary, Standby};
        let of = |said: &[Option<(Role, u64)>], known| choose(&seen(said), known);
        assert_eq!(of(&[Some((Primary, 1)), Some((Standby, 1))], 0), Ok(0));
        assert_eq!(of(&[Some((Standby, 3)), Some((Primary, 3))], 2), Ok(1));
        assert_eq!(of(&[Some((Primary, 2)), None], 2), Ok(0));
        // A demoted one that does not know it yet.
        assert_eq!(of(&[Some((Primary, 2)), Some((Primary, 3))], 2), Ok(1));
        let error = of(&[Some((Primary, 2)), None], 3).expect_err("demoted");
        assert!(error.contains("epoch 3") && error.contains("s0:3306 is primary of epoch 2"), "{error}");
        // A standby that has heard of a newer primary, which nobody reaches.
        of(&[Some((Primary, 2)), Some((Standby, 3))], 0).expect_err("demoted");
        let error = of(&[Some((Broken, 5)), Some((Broken, 5))], 0).expect_err("broken");
        assert!(error.contains("split brain") && error.contains("promote HOST:PORT --force"), "{error}");
        of(&[Some((Primary, 5)), Some((Primary, 5))], 0).expect_err("two");
        of(&[None, None], 0).expect_err("nobody");
        let error = of(&[Some((Alone, 0)), Some((Alone, 0))], 0).expect_err("no cluster");
        assert!(error.contains("in no cluster"), "{error}");
    }

    fn any_role() -> impl Strategy<Value = Role> {
        prop_oneof![Just(Role::Primary), Just(Role::Standby), Just(Role::Broken), Just(Role::Alone)]
    }

    proptest! {
        #[test]
        fn what_is_written_to_is_a_primary_and_no_other_server_knows_of_a_later_one(
            said in prop::collection::vec(prop::option::of((any_role(), 0_u64..5)), 0..4), known in 0_u64..5,
        ) {
            if let Ok(at) = choose(&seen(&said), known) {
                let (role, epoch) = said[at].clone().expect("it answers");
                prop_assert_eq!(role, Role::Primary);
                prop_assert!(epoch >= known);
                let others = said.iter().enumerate().filter(|(other, _)| *other != at).filter_map(|(_, said)| said.as_ref());
                prop_assert!(others.clone().all(|(role, other)| *other < epoch || (*other == epoch && *role != Role::Primary)));
            }
        }
    }
}
