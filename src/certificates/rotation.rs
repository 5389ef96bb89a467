//! How one authority takes the place of another: the phases, and what may follow which.
//!
//! Pure. Between the first phase and the last both are trusted, so that whoever knows one of them goes on. Nobody is made
//! to wait for a clock: each phase begins by a person's word, and the last one only when nothing depends on the old
//! authority any more.
//!
//! ```text
//!             begin               switch             finish
//!  Settled ──────────▶ Announced ───────▶ Switched ─────────▶ Settled
//!   signs: the one       the old           the new             the new
//!   trusted: it          both              both                it
//! ```
//!
//! The control CA goes on to `Switched` at once: whom it has to be announced to are agents, and each is told before it is
//! shown anything new. The deployment CA waits for people, who have its certificate in files.

use std::fmt;

/// Where a rotation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// There is one authority.
    Settled,
    /// Both are trusted, the old one signs.
    Announced,
    /// Both are trusted, the new one signs.
    Switched,
}

impl Phase {
    /// The word for it in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Settled => "settled",
            Phase::Announced => "announced",
            Phase::Switched => "switched",
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Make a new authority, and trust it too.
    Begin,
    /// Sign with it.
    Switch,
    /// Trust it alone.
    Finish,
}

impl std::str::FromStr for Ask {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "begin" => Ok(Ask::Begin),
            "switch" => Ok(Ask::Switch),
            "finish" => Ok(Ask::Finish),
            other => Err(format!("'{}' is no step of a rotation: begin, switch or finish", other.escape_default())),
        }
    }
}

/// Which authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one that signs agents and clients.
    Control,
    /// The one that signs databases.
    Deployment,
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Which::Control => "control-ca",
            Which::Deployment => "deployment-ca",
        })
    }
}

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Nothing: it was done before, and asked for again after a lost answer.
    Stay,
    /// A new authority is made, and the phase becomes this.
    Make(Phase),
    /// The new one signs.
    Switch,
    /// The old one goes.
    Drop,
}

/// What still depends on the old authority, and why; in people's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// A deployment, or the holder of a client certificate.
    pub name: String,
    /// Why it is not done, and what to do.
    pub why: String,
}

/// What follows `ask` in this phase, while `holds` depend on the old authority.
///
/// # Errors
/// In words, when it cannot follow.
pub fn next(which: Which, phase: Phase, ask: Ask, holds: &[Hold]) -> Result<Move, String> {
    match (ask, phase) {
        (Ask::Begin, Phase::Settled) if which == Which::Control => Ok(Move::Make(Phase::Switched)),
        (Ask::Begin, Phase::Settled) => Ok(Move::Make(Phase::Announced)),
        (Ask::Begin, Phase::Announced | Phase::Switched)
        | (Ask::Switch, Phase::Switched)
        | (Ask::Finish, Phase::Settled) => Ok(Move::Stay),
        (Ask::Switch, Phase::Announced) => Ok(Move::Switch),
        (Ask::Switch, Phase::Settled) => Err(format!("no rotation of the {which} was begun")),
        (Ask::Finish, Phase::Announced) => Err(format!("the old {which} still signs: switch first")),
        (Ask::Finish, Phase::Switched) if holds.is_empty() => Ok(Move::Drop),
        (Ask::Finish, Phase::Switched) => {
            let held: Vec<String> = holds.iter().map(|hold| format!("{} ({})", hold.name, hold.why)).collect();
            Err(format!("it would lock out {}", held.join("; ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asks() -> impl Strategy<Value = Ask> {
        prop_oneof![Just(Ask::Begin), Just(Ask::Switch), Just(Ask::Finish)]
    }

    /// Authorities by number: who signs, who is trusted, and by whom what is out there was signed.
    #[derive(Clone, Debug)]
    struct World {
        phase: Phase,
        old: u32,
        new: Option<u32>,
        out: Vec<u32>,
    }

    impl World {
        fn trusted(&self) -> Vec<u32> {
            [Some(self.old), self.new].into_iter().flatten().collect()
        }

        fn signs(&self) -> u32 {
            if self.phase == Phase::Switched { self.new.expect("made") } else { self.old }
        }

        fn holds(&self) -> Vec<Hold> {
            let of_old = self.out.iter().filter(|by| Some(**by) != self.new);
            of_old.map(|by| Hold { name: by.to_string(), why: String::new() }).collect()
        }

        fn carry_out(&mut self, next: Move) {
            match next {
                Move::Stay => {}
                Move::Make(phase) => (self.phase, self.new) = (phase, Some(self.old + 1)),
                Move::Switch => self.phase = Phase::Switched,
                Move::Drop => {
                    self.old = self.new.take().expect("made");
                    self.phase = Phase::Settled;
                }
            }
        }
    }

    proptest! {
        /// Whatever is asked in whatever order, and signed anew meanwhile: nothing that is out there is ever of an authority
        /// that is not trusted.
        #[test]
        fn no_order_of_asking_locks_anyone_out(
            control: bool,
            moves in prop::collection::vec((asks(), 0usize..4), 0..40),
        ) {
            let which = if control { Which::Control } else { Which::Deployment };
            let mut world = World { phase: Phase::Settled, old: 1, new: None, out: vec![1; 3] };
            for (ask, renewed) in moves {
                if let Ok(next) = next(which, world.phase, ask, &world.holds()) {
                    world.carry_out(next);
                }
                let signs = world.signs();
                if let Some(by) = world.out.get_mut(renewed) {
                    *by = signs;
                }
                prop_assert!(world.out.iter().all(|by| world.trusted().contains(by)), "{world:?}");
                prop_assert_eq!(world.phase == Phase::Settled, world.new.is_none());
            }
        }

        /// A lost answer costs nothing: what is asked again stays as it is.
        #[test]
        fn asking_again_changes_nothing(control: bool, phase in 0..3, ask in asks()) {
            let which = if control { Which::Control } else { Which::Deployment };
            let phase = [Phase::Settled, Phase::Announced, Phase::Switched][phase as usize];
            if let Ok(first) = next(which, phase, ask, &[]) {
                let mut world = World { phase, old: 1, new: (phase != Phase::Settled).then_some(2), out: Vec::new() };
                world.carry_out(first);
                prop_assert_eq!(next(which, world.phase, ask, &[]), Ok(Move::Stay));
            }
        }
    }

    #[test]
    fn what_holds_it_is_named() {
        let hold = Hold { name: "orders".into(), why: "it is stopped".into() };
        let refused = next(Which::Control, Phase::Switched, Ask::Finish, &[hold]).expect_err("held");
        assert_eq!(refused, "it would lock out orders (it is stopped)");
    }
}
