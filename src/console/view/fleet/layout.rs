//! Which columns of the fleet's table there is room for, and how wide they are.
//!
//! Guarantees: the name is always shown; a column that does not fit is left out whole, the least needed first; what is
//! left over goes to the name until it is whole, then to DOING, which explains.

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

/// The bars of a sparkline, as many as there is room for, over the 15 minutes that the samples span. Each is a multiple of
/// the parts in which the samples come.
const BARS: [usize; 3] = [12, 9, 6];
/// As few say little: only where the pictures would go otherwise.
const FEWEST_BARS: usize = 4;
/// DOING is the column that explains: the others give way until it has this much: `↻ 14 min ago 3×`.
const DOING: usize = 15;
/// A longer name is cut off where there is no free room for it: on a narrow table,
const SHORT_NAME: usize = 14;
/// and elsewhere a quarter of it, as names tell rows apart.
const SHARE: usize = 4;
/// Below this many columns the table is narrow.
const NARROW: usize = 100;
/// No name is longer: a letter more would be refused.
const LONGEST_NAME: usize = 63;

/// What gives way before the pictures: it is seldom different from row to row.
const BEFORE_PICTURES: [Column; 2] = [Version, Volume];
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
    /// Bars are made shorter before anything goes; what seldom differs goes before them, and they go before the others.
    pub fn new(fleet: &Fleet, room: usize) -> Self {
        // The mark and its gap.
        let mark = if fleet.marks().is_empty() { 0 } else { 2 };
        let whole = fleet.name_width().clamp(8, LONGEST_NAME) + mark;
        let least = if room < NARROW { SHORT_NAME } else { room / SHARE };
        let name = whole.min(least.max(SHORT_NAME) + mark);
        let with = |columns: &[Column], bars: usize| -> Vec<grid::Column> {
            columns.iter().map(|column| sorted(fleet, *column, width(*column, name, bars))).collect()
        };
        let fits = |columns: &[Column], bars: usize| grid::taken(&with(columns, bars)) <= room;
        let (mut columns, bars) = pictured(&fleet.columns, fits);
        for column in GIVE_WAY {
            if !fits(&columns, bars) {
                columns.retain(|other| *other != column);
            }
        }
        let mut widths = with(&columns, bars);
        let rest = room.saturating_sub(grid::taken(&widths));
        let to_name = rest.min(whole - name);
        for (column, of) in columns.iter().zip(&mut widths) {
            match column {
                Name => of.width += to_name,
                Doing => of.width += rest - to_name,
                _ => {}
            }
        }
        Self { columns, widths, bars }
    }

    /// How wide DOING is.
    pub fn doing(&self) -> usize {
        let place = self.columns.iter().position(|column| *column == Doing);
        place.and_then(|place| self.widths.get(place)).map_or(0, |column| column.width)
    }
}

/// The columns with pictures of as many bars as fit; without both where none do: one alone would be read as the other.
fn pictured(all: &[Column], fits: impl Fn(&[Column], usize) -> bool) -> (Vec<Column>, usize) {
    let mut columns = all.to_vec();
    let without = |columns: &[Column], gone: &[Column]| -> Vec<Column> {
        columns.iter().copied().filter(|column| !gone.contains(column)).collect()
    };
    for gone in 0..=BEFORE_PICTURES.len() {
        columns = without(all, &BEFORE_PICTURES[..gone]);
        if let Some(bars) = BARS.into_iter().find(|bars| fits(&columns, *bars)) {
            return (columns, bars);
        }
    }
    if fits(&columns, FEWEST_BARS) {
        return (columns, FEWEST_BARS);
    }
    (without(&columns, &[Cpu, Queries]), 0)
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

    /// One long name takes free room, and no picture away from all.
    #[test]
    fn a_long_name_has_the_free_room_first() {
        let mut fleet = Fleet::default();
        let name = "customer-analytics-eu-west-1".to_owned();
        let long = name.len();
        let row = doltops_proto::hosted_api::Deployment { name, ..Default::default() };
        fleet.set_rows(vec![row], 0);
        for (room, whole) in [(80, false), (120, true), (138, true), (160, true)] {
            let table = Table::new(&fleet, room);
            assert!(grid::taken(&table.widths) <= room, "{room}");
            assert_eq!(table.widths[0].width == long, whole, "{room}: {}", table.widths[0].width);
            assert!(table.doing() >= DOING || room < 100, "{room}: {}", table.doing());
            assert_eq!(table.columns.contains(&Cpu) && table.columns.contains(&Queries), room > 80, "{room}");
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
