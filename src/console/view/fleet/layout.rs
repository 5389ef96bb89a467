//! Which columns of the fleet's table there is room for, and how wide they are.
//!
//! Guarantees: the name is always shown; a column that does not fit is left out whole, the least needed first; what is
//! left over goes to DOING, which explains.

use crate::console::{
    state::{
        columns::Column::{
            self, Address, Certificate, Change, Connections, Cost, Cpu, Disk, Doing, Generation, Health, Id, Incident,
            Instance, Latency, Name, Queries, Restarts, Seen, Since, State, Type, Uptime, Version, Volume, Zone,
        },
        fleet::Fleet,
    },
    view::grid,
};

/// The bars of a sparkline, as many as there is room for, over the 15 minutes that the samples span.
const BARS: [usize; 3] = [12, 9, 6];
/// DOING is the column that explains: the others give way until it has this much.
const DOING: usize = 14;
/// A longer name is cut off where the table is narrow.
const LONGEST_NAME: (usize, usize) = (14, 24);
/// Below this many columns the table is narrow.
const NARROW: usize = 130;

/// The order in which columns give way after the pictures. Those that somebody has chosen beyond the usual ones stand
/// near the end: they were asked for.
const GIVE_WAY: [Column; 21] = [
    Version,
    Volume,
    Restarts,
    Latency,
    Connections,
    Since,
    Generation,
    Change,
    Id,
    Address,
    State,
    Uptime,
    Instance,
    Zone,
    Cost,
    Seen,
    Certificate,
    Type,
    Disk,
    Incident,
    Doing,
];

/// The columns that are shown.
pub struct Table {
    /// Which, in their order.
    pub columns: Vec<Column>,
    /// With their headings and widths.
    pub widths: Vec<grid::Column>,
    /// How many bars the pictures have.
    pub bars: usize,
}

impl Table {
    /// Bars are made shorter before they go, and they go before other columns do.
    pub fn new(fleet: &Fleet, room: usize) -> Self {
        let names = if room < NARROW { LONGEST_NAME.0 } else { LONGEST_NAME.1 };
        // The mark and its gap.
        let mark = if fleet.marks().is_empty() { 0 } else { 2 };
        let name = fleet.name_width().clamp(8, names) + mark;
        let with = |columns: &[Column], bars: usize| -> Vec<grid::Column> {
            columns.iter().map(|column| sorted(fleet, *column, width(*column, name, bars))).collect()
        };
        let mut columns = fleet.columns.clone();
        let bars = BARS.into_iter().find(|bars| grid::taken(&with(&columns, *bars)) <= room);
        if bars.is_none() {
            // Both pictures, or none: one alone would be read as the other.
            columns.retain(|column| !matches!(column, Cpu | Queries));
        }
        let bars = bars.unwrap_or(0);
        for column in GIVE_WAY {
            if grid::taken(&with(&columns, bars)) > room {
                columns.retain(|other| *other != column);
            }
        }
        let mut widths = with(&columns, bars);
        let rest = room.saturating_sub(grid::taken(&widths));
        if let Some(doing) = columns.iter().position(|column| *column == Doing) {
            widths[doing].width += rest;
        }
        Self { columns, widths, bars }
    }
}

/// With the sign of the order beside the heading of the column that is sorted by.
fn sorted(fleet: &Fleet, column: Column, mut width: grid::Column) -> grid::Column {
    width.sorts = Some(column);
    let sort = fleet.sort();
    if sort.column == column {
        // What the pictures span gives way to it.
        let title = width.title.split(',').next().unwrap_or_default();
        width.title = format!("{title}{}", if sort.descending { '↓' } else { '↑' });
    }
    width
}

fn width(column: Column, name: usize, bars: usize) -> grid::Column {
    let (left, right) = (grid::Column::left, grid::Column::right);
    match column {
        Name => left("NAME", name),
        // The longest word, unreachable, and its sign.
        Health => left("HEALTH", 13),
        Type => left("TYPE", 13),
        Volume => right("VOLUME", 9),
        Version => left("DOLT", 6),
        // A number of five columns beside the bars.
        Cpu => left(if bars > 6 { "CPU, 15 min" } else { "CPU" }, bars + 5),
        Queries => left(if bars > 9 { "QUERIES/S, 15 min" } else { "QUERIES/S" }, bars + 5),
        Disk => right("DISK", 5),
        Certificate => right("CERT", 5),
        Seen => right("SEEN", 6),
        Doing => left("DOING", DOING),
        State => left("STATE", 18),
        Zone => left("ZONE", 12),
        Instance => left("INSTANCE", 19),
        Address => left("ADDRESS", 21),
        Uptime => right("UPTIME", 7),
        Since => right("SINCE", 6),
        Generation => right("GEN", 5),
        Change => left("CHANGE", 8),
        Connections => right("CONNS", 6),
        Latency => right("P99 MS", 7),
        Restarts => right("RESTARTS", 9),
        Id => left("ID", 14),
        Incident => left("INCIDENT", 24),
        // Thousands of a currency with a short name.
        Cost => right("COST/MONTH", 12),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::state::columns::{ALL, Sort};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_shown_fits_and_the_name_is_among_it(
            chosen in proptest::sample::subsequence(ALL.to_vec(), 0..ALL.len()),
            sort in proptest::sample::select(ALL.to_vec()),
            room in 60_usize..220,
        ) {
            let mut fleet = Fleet::default();
            fleet.set_sort(Sort::by(sort));
            fleet.columns = [Name].into_iter().chain(chosen.into_iter().filter(|column| *column != Name)).collect();
            let table = Table::new(&fleet, room);
            prop_assert!(grid::taken(&table.widths) <= room);
            prop_assert_eq!(table.columns.first(), Some(&Name));
            // One beside the other: what is left out is the least needed.
            let fits = |columns: &[Column]| {
                let widths: Vec<_> = columns.iter().map(|column| width(*column, 14, 12)).collect();
                grid::taken(&widths) <= room
            };
            prop_assert!(!fits(&fleet.columns) || table.columns == fleet.columns);
        }
    }

    #[test]
    fn the_sorted_column_says_which_way() {
        let mut fleet = Fleet::default();
        fleet.set_sort(Sort { column: Disk, descending: true });
        let table = Table::new(&fleet, 120);
        let titles: Vec<&str> = table.widths.iter().map(|width| width.title.as_str()).collect();
        assert!(titles.contains(&"DISK↓") && titles.contains(&"NAME"), "{titles:?}");
    }
}
