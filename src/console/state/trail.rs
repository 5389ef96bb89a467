//! The views that were looked at, to go back and forth in as a browser does.
//!
//! Guarantees
//! - At most [`KEPT`] in each direction, the nearest.
//! - Going back and then forth ends where it began.
//! - Whoever goes somewhere else from the middle loses what lay ahead, and nothing behind.
//!
//! Why locators and not screens: a screen holds streams and memory; one that was left is asked for anew.

use crate::console::locator::Locator;

/// How many are kept in each direction: more than anybody retraces, and a few kilobytes.
const KEPT: usize = 100;

/// Where one was, is, and came back from.
#[derive(Clone, Debug)]
pub struct Trail {
    /// The nearest is the last.
    behind: Vec<Locator>,
    here: Locator,
    /// The nearest is the last.
    ahead: Vec<Locator>,
}

impl Default for Trail {
    fn default() -> Self {
        Self { behind: Vec::new(), here: Locator::Deployments, ahead: Vec::new() }
    }
}

impl Trail {
    /// This is looked at now. The same view with its cursor elsewhere is no step.
    pub fn at(&mut self, locator: Locator) {
        if !self.here.is_same_view(&locator) {
            self.behind.push(std::mem::replace(&mut self.here, locator));
            self.behind.drain(..self.behind.len().saturating_sub(KEPT));
            self.ahead.clear();
        } else {
            self.here = locator;
        }
    }

    /// A step back, or forth; none at the end.
    pub fn step(&mut self, back: bool) -> Option<Locator> {
        let (from, to) = if back { (&mut self.behind, &mut self.ahead) } else { (&mut self.ahead, &mut self.behind) };
        let next = from.pop()?;
        to.push(std::mem::replace(&mut self.here, next));
        Some(self.here.clone())
    }

    /// Forgets what is no longer there, and what then stands beside itself.
    pub fn retain(&mut self, is_there: impl Fn(&Locator) -> bool) {
        for side in [&mut self.behind, &mut self.ahead] {
            side.retain(&is_there);
            side.dedup_by(|one, two| one.is_same_view(two));
            side.pop_if(|nearest| nearest.is_same_view(&self.here));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Locator {
        text.parse().expect(text)
    }

    #[test]
    fn back_and_forth_as_in_a_browser() {
        let mut trail = Trail::default();
        for text in ["deployments/orders", "deployments/orders/history", "deployments/orders/history/abc", "events"] {
            trail.at(read(text));
        }
        assert_eq!(trail.step(true), Some(read("deployments/orders/history/abc")), "with its last cursor");
        assert_eq!(trail.step(true), Some(read("deployments/orders")));
        assert_eq!(trail.step(false), Some(read("deployments/orders/history/abc")));
        trail.at(read("orphans"));
        assert_eq!(trail.step(false), None, "what lay ahead is gone");
        assert_eq!(trail.step(true), Some(read("deployments/orders/history/abc")));
    }

    #[test]
    fn what_is_gone_is_passed_over() {
        let mut trail = Trail::default();
        for text in ["events", "deployments/gone", "events", "orphans"] {
            trail.at(read(text));
        }
        trail.retain(|locator| !locator.to_string().contains("gone"));
        assert_eq!(
            [trail.step(true), trail.step(true), trail.step(true)],
            [Some(read("events")), Some(Locator::Deployments), None]
        );
    }

    proptest! {
        #[test]
        fn every_step_back_can_be_taken_forth_again(went in prop::collection::vec(0_usize..6, 0..300)) {
            let views = ["deployments", "events", "orphans", "history", "deployments/a", "deployments/a/logs"].map(read);
            let mut trail = Trail::default();
            for view in went {
                trail.at(views[view].clone());
            }
            let here = trail.here.clone();
            let mut steps = 0;
            while trail.step(true).is_some() {
                steps += 1;
            }
            prop_assert!(steps <= KEPT);
            for _ in 0..steps {
                prop_assert!(trail.step(false).is_some());
            }
            prop_assert_eq!((trail.here, trail.ahead.len()), (here, 0));
        }
    }
}
