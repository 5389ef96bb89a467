//! What things cost: a table that whoever hosts the control plane can edit.
//!
//! Guarantees: a price is finite and not negative. Not here: what follows from them for a plan (`hosted_api::cost`).

use serde::Deserialize;
use std::collections::BTreeMap;

/// A price, in millionths of the currency: exact, and two are the same or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "f64")]
pub struct Price(u64);

/// Above this it is a slip of the hand: no instance costs as much an hour, no GiB a month.
const DEAREST: f64 = 100_000.0;
const MILLIONTHS: f64 = 1_000_000.0;

impl Price {
    /// In the currency itself.
    pub fn value(self) -> f64 {
        self.0 as f64 / MILLIONTHS
    }
}

impl TryFrom<f64> for Price {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        if (0.0..=DEAREST).contains(&value) {
            // In bounds, so nothing is cut off but the fraction of a millionth.
            return Ok(Self((value * MILLIONTHS).round() as u64));
        }
        Err(format!("{value} is out of bounds: 0 to {DEAREST}"))
    }
}

/// The table `[prices]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Prices {
    /// As it stands behind each sum.
    pub currency: String,
    /// An hour of an instance that runs, by its type.
    pub instance_hour: BTreeMap<String, Price>,
    /// A GiB of a volume, a month.
    pub gib_month: Price,
    /// What each deployment has besides its data volume, GiB: its instance's root.
    pub root_gib: u32,
}

impl Prices {
    /// AWS in eu-central-1, about, as in `docs/aws.md`: on demand, gp3, without tax.
    pub fn aws() -> Self {
        let hour = |name: &str, millionths| (name.to_owned(), Price(millionths));
        Self {
            currency: "USD".to_owned(),
            instance_hour: BTreeMap::from([hour("t4g.small", 19_200), hour("m7g.large", 97_800)]),
            gib_month: Price(95_200),
            root_gib: 10,
        }
    }
}
