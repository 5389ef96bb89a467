//! `[change_requests]` of `doltops.toml`: what a change request needs before it is merged.

use serde::{Deserialize, Serialize};

/// More people than that are not to be had in one place.
const MOST_APPROVALS: u32 = 10;

/// What a change request needs before it is merged.
///
/// By default nothing: whoever is alone with a control plane must not be locked out of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// So many people must have approved it as it is.
    pub approvals: Approvals,
    /// Whether the approval of somebody who worked on it counts.
    pub author_may_approve: bool,
}

/// How many approvals are needed: 0 to 10.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "u32")]
pub struct Approvals(u32);

impl Approvals {
    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Approvals {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        if number <= MOST_APPROVALS {
            return Ok(Self(number));
        }
        Err(format!("{number} is out of bounds: 0 to {MOST_APPROVALS}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_locked_out_unless_it_is_asked_for() {
        let read = |text: &str| toml::from_str::<Settings>(text);
        assert_eq!(read("").expect("valid"), Settings::default());
        let strict = read("approvals = 2").expect("valid");
        assert_eq!((strict.approvals.get(), strict.author_may_approve), (2, false));
        for wrong in ["approvals = 11", "approvals = -1", "approval = 1", "author_may_approve = 1"] {
            read(wrong).expect_err(wrong);
        }
    }
}
