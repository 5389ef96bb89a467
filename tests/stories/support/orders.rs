//! A shop's orders, commit by commit, as a program would write them; with anomalies where they are asked for.
//!
//! Everything follows from the seed. An ordinary history is not an even one: commits differ in size, a few are imports of
//! ten times as many rows, prices and the mix of countries wander a little from commit to commit, rows are changed and
//! deleted later, values are missing here and there.

use std::{collections::BTreeMap, fmt::Write, ops::RangeInclusive};

/// The columns after the key, with their SQL types.
pub const COLUMNS: [(&str, &str); 10] = [
    ("customer", "varchar(40)"),
    ("country", "varchar(8)"),
    ("status", "varchar(12)"),
    ("amount", "decimal(12,2)"),
    ("quantity", "int"),
    ("weight", "double"),
    ("height", "double"),
    ("score", "double"),
    ("email", "varchar(60)"),
    ("created", "datetime"),
];

const COUNTRIES: [(&str, f64); 9] = [
    ("US", 0.30),
    ("GB", 0.17),
    ("DE", 0.14),
    ("FR", 0.11),
    ("IT", 0.09),
    ("ES", 0.07),
    ("NL", 0.06),
    ("SE", 0.04),
    ("PT", 0.02),
];

/// A row without its key.
pub type Row = Vec<Option<String>>;

/// What a commit does to one row.
pub struct Edit {
    pub key: u64,
    pub before: Option<Row>,
    pub after: Option<Row>,
}

/// What can be planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anomaly {
    TenfoldMean,
    Nulls,
    VanishedCategory,
    Duplicates,
    SlowDrift,
    Emptied,
    ChangedUnit,
    Constant,
    Outlier,
    SameMean,
}

impl Anomaly {
    pub const ALL: [Self; 10] = [
        Self::TenfoldMean,
        Self::Nulls,
        Self::VanishedCategory,
        Self::Duplicates,
        Self::SlowDrift,
        Self::Emptied,
        Self::ChangedUnit,
        Self::Constant,
        Self::Outlier,
        Self::SameMean,
    ];
}

/// Where one was planted, and what may rightly be found for it.
pub struct Planted {
    pub anomaly: Anomaly,
    /// Findings at these commits are its own.
    pub commits: RangeInclusive<usize>,
    /// In these columns; empty: in any, and in the table.
    pub columns: Vec<&'static str>,
}

impl Planted {
    /// Whether a finding of these commits, in this column or the table, is about it.
    pub fn is_about(&self, commit: usize, seen: usize, column: Option<&str>) -> bool {
        // Every row of a country that is renamed is changed: that shows in the table's own figures, too.
        let of_table = self.anomaly == Anomaly::VanishedCategory;
        let fits = self.columns.is_empty() || column.map_or(of_table, |column| self.columns.contains(&column));
        commit <= *self.commits.end() && *self.commits.start() <= seen && fits
    }
}

/// The history: an iterator over its commits.
pub struct Orders {
    random: Random,
    rows: BTreeMap<u64, Row>,
    next_key: u64,
    commit: usize,
    /// Rows of an ordinary commit.
    usual: f64,
    /// Slow wandering of prices and of the countries' shares.
    prices: f64,
    countries: [f64; COUNTRIES.len()],
    pub planted: Vec<Planted>,
    restore: BTreeMap<u64, Row>,
    /// Of what stays changed: which country stays away until when.
    away: Option<(&'static str, usize)>,
    metres: f64,
    variant: bool,
}

impl Orders {
    /// An ordinary history with about so many rows in a commit.
    pub fn clean(seed: u64, usual: f64) -> Self {
        Self {
            random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            rows: BTreeMap::new(),
            next_key: 1,
            commit: 0,
            usual,
            prices: 0.0,
            countries: [0.0; COUNTRIES.len()],
            planted: Vec::new(),
            restore: BTreeMap::new(),
            away: None,
            metres: 1.0,
            variant: false,
        }
    }

    /// The same with all ten anomalies in its first `commits` commits, in an order of the seed's.
    pub fn with_anomalies(seed: u64, usual: f64, commits: usize) -> Self {
        let mut orders = Self::clean(seed, usual);
        let mut kinds = Anomaly::ALL.to_vec();
        for at in (1..kinds.len()).rev() {
            kinds.swap(at, orders.random.below(at as u64 + 1) as usize);
        }
        // The first tenth is to learn from; the rest has a place for each.
        let (first, room) = (commits / 8, (commits - commits / 8 - commits / 20) / kinds.len());
        for (place, anomaly) in kinds.into_iter().enumerate() {
            let at = first + place * room + orders.random.below(room as u64 / 3) as usize;
            orders.plant(anomaly, at, commits);
        }
        orders
    }

    /// Plants one at a commit.
    pub fn plant(&mut self, anomaly: Anomaly, at: usize, commits: usize) {
        let (until, columns): (usize, &[&str]) = match anomaly {
            Anomaly::TenfoldMean => (0, &["amount"]),
            Anomaly::Nulls => (0, &["email"]),
            Anomaly::VanishedCategory => (1, &["country"]),
            Anomaly::Duplicates | Anomaly::Emptied => (1, &[]),
            Anomaly::SlowDrift => (commits / 2, &["weight"]),
            Anomaly::ChangedUnit => (1, &["height"]),
            Anomaly::Constant => (0, &["customer"]),
            Anomaly::Outlier => (0, &["quantity", "amount"]),
            Anomaly::SameMean => (0, &["score"]),
        };
        // A drift needs its time: it begins early enough.
        let at = if anomaly == Anomaly::SlowDrift { at.min(commits / 3) } else { at };
        self.planted.push(Planted { anomaly, commits: at..=at + until, columns: columns.to_vec() });
    }

    /// The rows as they are.
    pub fn rows(&self) -> &BTreeMap<u64, Row> {
        &self.rows
    }

    fn has(&self, anomaly: Anomaly) -> bool {
        self.planted.iter().any(|planted| planted.anomaly == anomaly && *planted.commits.start() == self.commit)
    }

    /// How far a drift has come, from 0 to 1.
    fn drifted(&self) -> f64 {
        let drift = self.planted.iter().find(|planted| planted.anomaly == Anomaly::SlowDrift);
        drift.map_or(0.0, |planted| {
            let (start, end) = (*planted.commits.start() as f64, *planted.commits.end() as f64);
            // Its findings may come when it is over; it climbs for three fifths of that time.
            ((self.commit as f64 - start) / ((end - start) * 0.6)).clamp(0.0, 1.0)
        })
    }

    /// So many ordinary rows at once, before the first commit.
    pub fn import(&mut self, rows: usize) -> Vec<Edit> {
        let edits: Vec<Edit> = (0..rows as u64)
            .map(|at| Edit { key: self.next_key + at, before: None, after: Some(self.row()) })
            .collect();
        self.next_key += rows as u64;
        self.rows.extend(edits.iter().filter_map(|edit| Some((edit.key, edit.after.clone()?))));
        edits
    }

    /// So many rows of a partner who has no addresses, at once.
    pub fn import_without_emails(&mut self, rows: usize) -> Vec<Edit> {
        let mut edits = self.import(rows);
        for edit in &mut edits {
            if let Some(row) = &mut edit.after {
                row[8] = None;
                self.rows.insert(edit.key, row.clone());
            }
        }
        edits
    }

    /// One commit's edits.
    pub fn next_commit(&mut self) -> Vec<Edit> {
        self.prices = 0.9 * self.prices + 0.02 * self.random.normal();
        for share in &mut self.countries {
            *share = 0.9 * *share + 0.04 * self.random.normal();
        }
        let edits = if self.has(Anomaly::Emptied) {
            self.restore = self.rows.clone();
            self.rows.iter().map(|(key, row)| Edit { key: *key, before: Some(row.clone()), after: None }).collect()
        } else if !self.restore.is_empty() {
            let rows = std::mem::take(&mut self.restore);
            rows.into_iter().map(|(key, row)| Edit { key, before: None, after: Some(row) }).collect()
        } else {
            self.ordinary()
        };
        for edit in &edits {
            match &edit.after {
                Some(row) => drop(self.rows.insert(edit.key, row.clone())),
                None => drop(self.rows.remove(&edit.key)),
            }
        }
        self.commit += 1;
        edits
    }

    fn ordinary(&mut self) -> Vec<Edit> {
        let mut edits = BTreeMap::new();
        let factor = (0.35 * self.random.normal()).exp() * if self.random.below(60) == 0 { 10.0 } else { 1.0 };
        let count = ((self.usual * factor) as u64).max(1);
        self.begin();
        let mut added: Vec<Row> = (0..count).map(|_| self.row()).collect();
        self.spoil(&mut added);
        for row in added {
            edits.insert(self.next_key, Edit { key: self.next_key, before: None, after: Some(row) });
            self.next_key += 1;
        }
        self.later(&mut edits);
        edits.into_values().collect()
    }

    /// What begins or ends with this commit, and lasts.
    fn begin(&mut self) {
        if self.has(Anomaly::ChangedUnit) {
            self.metres = 1_000.0;
        }
        if self.has(Anomaly::VanishedCategory) {
            self.variant = self.random.below(2) == 0;
            let country = COUNTRIES[1 + self.random.below(5) as usize].0;
            let until = if self.variant { self.commit + 60 } else { self.commit };
            self.away = Some((country, until));
        }
        if self.away.is_some_and(|(_, until)| until < self.commit) {
            self.away = None;
        }
    }

    /// What is planted into the rows that come.
    fn spoil(&mut self, added: &mut [Row]) {
        let each = |rows: &mut [Row], column: usize, of: &mut dyn FnMut(&str) -> Option<String>| {
            for row in rows {
                row[column] = of(row[column].as_deref().unwrap_or("0"));
            }
        };
        if self.has(Anomaly::TenfoldMean) {
            each(added, 3, &mut |amount| Some(format!("{:.2}", amount.parse::<f64>().unwrap_or(0.0) * 10.0)));
        }
        if self.has(Anomaly::Nulls) {
            let share = 0.6 + 0.4 * self.random.uniform();
            let random = &mut self.random;
            each(added, 8, &mut |email| Some(email.to_owned()).filter(|_| random.uniform() > share));
        }
        if self.has(Anomaly::Constant) {
            each(added, 0, &mut |_| Some("customer-1".to_owned()));
        }
        if self.has(Anomaly::SameMean) {
            let random = &mut self.random;
            each(added, 7, &mut |_| {
                let side = if random.below(2) == 0 { -0.25 } else { 0.25 };
                Some(format!("{:.4}", 0.5 + side + 0.02 * random.normal()))
            });
        }
        if self.has(Anomaly::Outlier) {
            let (column, value) = if self.random.below(2) == 0 { (4, "100000") } else { (3, "1000000.00") };
            let at = self.random.below(added.len() as u64) as usize;
            added[at][column] = Some(value.to_owned());
        }
        if self.has(Anomaly::Duplicates) && !self.rows.is_empty() {
            let count = added.len();
            for row in &mut added[..(count * 3).div_ceil(4)] {
                let from = self.random.below(self.next_key);
                if let Some((_, other)) = self.rows.range(from..).next() {
                    row.clone_from(other);
                }
            }
        }
    }

    /// What is changed and deleted later.
    fn later(&mut self, edits: &mut BTreeMap<u64, Edit>) {
        let changes = (self.usual * 0.4 * (0.5 + self.random.uniform())) as u64;
        for _ in 0..changes {
            let back = self.random.below(self.next_key.min((self.usual * 30.0) as u64 + 1));
            let Some((key, row)) = self.rows.range(self.next_key.saturating_sub(back)..).next() else { continue };
            let mut after = row.clone();
            after[2] = match row[2].as_deref() {
                Some("new") => Some("paid".to_owned()),
                Some("paid") => Some("shipped".to_owned()),
                Some("shipped") if self.random.below(20) == 0 => Some("returned".to_owned()),
                _ => continue,
            };
            edits.entry(*key).or_insert(Edit { key: *key, before: Some(row.clone()), after: Some(after) });
        }
        for _ in 0..self.random.below(3) {
            let from = self.random.below(self.next_key);
            if let Some((key, row)) = self.rows.range(from..).next() {
                edits.entry(*key).or_insert(Edit { key: *key, before: Some(row.clone()), after: None });
            }
        }
        if let Some((country, until)) = self.away.filter(|_| self.has(Anomaly::VanishedCategory))
            && until == self.commit
        {
            for (key, row) in self.rows.iter().filter(|(_, row)| row[1].as_deref() == Some(country)) {
                let mut after = row.clone();
                after[1] = Some("US".to_owned());
                edits.insert(*key, Edit { key: *key, before: Some(row.clone()), after: Some(after) });
            }
        }
    }

    fn row(&mut self) -> Row {
        let amount = 40.0 * (0.6 * self.random.normal() + self.prices).exp();
        let quantity = 1 + (-self.random.uniform().max(1e-9).ln() * 1.5) as u64;
        let weight = 2.0 * (1.0 + 0.3 * self.drifted()) + 0.4 * self.random.normal();
        let height = (1.2 + 0.2 * self.random.normal()) * self.metres;
        let score = 0.5 + 0.1 * self.random.normal();
        let customer = self.random.below(3_000);
        let email = format!("c{customer}@{}.example", ["mail", "post", "web"][self.random.below(3) as usize]);
        let email = Some(email).filter(|_| self.random.below(33) > 0);
        let minutes = self.commit as u64 * 30 + self.random.below(30);
        let (day, minute) = (minutes / 1_440, minutes % 1_440);
        let created = format!(
            "{}-{:02}-{:02} {:02}:{:02}:{:02}",
            2024 + day / 336,
            1 + day / 28 % 12,
            1 + day % 28,
            minute / 60,
            minute % 60,
            self.random.below(60)
        );
        let mut row =
            vec![Some(format!("customer-{customer}")), Some(self.country().to_owned()), Some("new".to_owned())];
        row.extend([
            Some(format!("{amount:.2}")),
            Some(quantity.to_string()),
            Some(format!("{weight:.4}")),
            Some(format!("{height:.4}")),
            Some(format!("{score:.4}")),
            email,
            Some(created),
        ]);
        row
    }

    fn country(&mut self) -> &'static str {
        loop {
            let shares: Vec<f64> =
                COUNTRIES.iter().zip(self.countries).map(|((_, share), wander)| share * wander.exp()).collect();
            let mut at = self.random.uniform() * shares.iter().sum::<f64>();
            let found = COUNTRIES.iter().zip(shares).find(|(_, share)| {
                at -= share;
                at <= 0.0
            });
            let country = found.map_or("US", |((country, _), _)| country);
            if self.away.is_none_or(|(away, _)| away != country) {
                return country;
            }
        }
    }
}

/// The table.
pub fn create() -> String {
    let columns: Vec<String> = COLUMNS.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
    format!("create table orders (id int primary key, {})", columns.join(", "))
}

/// Statements that make a commit's edits; each is of a size that servers take.
pub fn statements(edits: &[Edit]) -> Vec<String> {
    let text = |cell: &Option<String>| cell.as_ref().map_or("null".to_owned(), |text| format!("'{text}'"));
    let row = |edit: &Edit, row: &Row| {
        let cells: Vec<String> = row.iter().map(text).collect();
        format!("({},{})", edit.key, cells.join(","))
    };
    let mut all = Vec::new();
    let gone: Vec<String> = edits.iter().filter(|edit| edit.after.is_none()).map(|edit| edit.key.to_string()).collect();
    for keys in gone.chunks(1_000) {
        all.push(format!("delete from orders where id in ({})", keys.join(",")));
    }
    let there: Vec<String> = edits.iter().filter_map(|edit| Some(row(edit, edit.after.as_ref()?))).collect();
    for rows in there.chunks(1_000) {
        let mut statement = String::from("replace into orders values ");
        let _ = write!(statement, "{}", rows.join(","));
        all.push(statement);
    }
    all
}

/// `SplitMix64`: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (a, b) = (self.uniform().max(1e-300), self.uniform());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }
}
