//! What was found.

use serde::{Deserialize, Serialize};

/// Something at a commit that is not as it usually is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The commit that it began with, by its place in the history; the first of those that were judged together.
    pub commit: usize,
    /// The commit after which it was certain: a later one, where a single commit shows nothing.
    pub seen: usize,
    /// Of which column; none: of the table.
    pub column: Option<String>,
    /// What it shows by; the first tells most.
    pub signs: Vec<Sign>,
}

/// One figure that is not as usual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sign {
    /// Which.
    pub kind: Kind,
    /// The figure.
    pub figure: Figure,
    /// How much it is.
    pub value: f64,
    /// How much it usually is; of a bound, the bound.
    pub usual: f64,
    /// How many spreads are between them, where that is what was asked.
    pub score: Option<f64>,
    /// The value that it is about, where it is about one.
    pub about: Option<String>,
}

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The last row has gone.
    Emptied,
    /// More nulls than usual, or fewer.
    Nulls,
    /// One value, where there are usually many.
    Constant,
    /// A value that was common does not come any more, or is in no row any more.
    Vanished,
    /// What came lies elsewhere than usual.
    Shifted,
    /// What came is spread otherwise than usual.
    Spread,
    /// The values come in other shares than usual.
    Shares,
    /// A value far outside of all before.
    Outlier,
    /// Rows that were there already.
    Repeated,
    /// More rows came, went or changed than usual.
    Rows,
    /// Far from where it was, without a commit that did it.
    Drift,
    /// A bound that was set is passed.
    Bound,
}

impl Kind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Emptied => "emptied",
            Kind::Nulls => "nulls",
            Kind::Constant => "constant",
            Kind::Vanished => "vanished",
            Kind::Shifted => "shifted",
            Kind::Spread => "spread",
            Kind::Shares => "shares",
            Kind::Outlier => "outlier",
            Kind::Repeated => "repeated",
            Kind::Rows => "rows",
            Kind::Drift => "drift",
            Kind::Bound => "bound",
        }
    }
}

/// A figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Rows of the table.
    Rows,
    /// Rows that came.
    Added,
    /// Rows that went.
    Removed,
    /// Rows that were changed.
    Modified,
    /// The share of rows that were there already among those that came.
    Repeated,
    /// Rows without a value.
    Nulls,
    /// Their share.
    NullShare,
    /// Different values.
    Distinct,
    /// The share of the most common value.
    TopShare,
    /// The least value; of a text, the least length, and so on.
    Min,
    /// The greatest.
    Max,
    /// The mean.
    Mean,
    /// The standard deviation.
    Deviation,
    /// The value above a twentieth.
    Q05,
    /// The value above a quarter.
    Q25,
    /// The median.
    Q50,
    /// The value above three quarters.
    Q75,
    /// The value above all but a twentieth.
    Q95,
}

/// Every figure with its name, as rules and answers say it.
pub const FIGURES: [(Figure, &str); 18] = [
    (Figure::Rows, "rows"),
    (Figure::Added, "added"),
    (Figure::Removed, "removed"),
    (Figure::Modified, "modified"),
    (Figure::Repeated, "repeated"),
    (Figure::Nulls, "nulls"),
    (Figure::NullShare, "null_share"),
    (Figure::Distinct, "distinct"),
    (Figure::TopShare, "top_share"),
    (Figure::Min, "min"),
    (Figure::Max, "max"),
    (Figure::Mean, "mean"),
    (Figure::Deviation, "deviation"),
    (Figure::Q05, "q05"),
    (Figure::Q25, "q25"),
    (Figure::Q50, "q50"),
    (Figure::Q75, "q75"),
    (Figure::Q95, "q95"),
];

/// The quantiles, in the order of `figures::SHARES`.
pub const QUANTILES: [Figure; 5] = [Figure::Q05, Figure::Q25, Figure::Q50, Figure::Q75, Figure::Q95];

impl Figure {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        FIGURES.iter().find(|(figure, _)| *figure == self).map_or("", |(_, name)| name)
    }

    /// Whether it is of what values measure: of numbers themselves, of the lengths of texts, of the moments of dates.
    pub fn is_measured(self) -> bool {
        QUANTILES.contains(&self) || matches!(self, Figure::Min | Figure::Max | Figure::Mean | Figure::Deviation)
    }

    /// Whether it is of the whole table and no column of it.
    pub fn is_of_table(self) -> bool {
        matches!(self, Figure::Rows | Figure::Added | Figure::Removed | Figure::Modified | Figure::Repeated)
    }
}

impl Finding {
    /// Whether it crept up: then no commit's rows did it.
    pub fn is_slow(&self) -> bool {
        let slow =
            |sign: &Sign| sign.kind == Kind::Drift || (sign.kind == Kind::Vanished && sign.figure == Figure::TopShare);
        self.signs.first().is_some_and(slow)
    }

    /// The first of the commits whose rows are shown. Of what crept up no row is the first: the last commit's are as good
    /// as any.
    pub fn first(&self) -> usize {
        if self.is_slow() { self.seen } else { self.commit }
    }

    /// What it shows by first.
    pub fn kind(&self) -> Kind {
        self.signs.first().map_or(Kind::Bound, |sign| sign.kind)
    }
}
