//! Commands and what the registry says of each. Keymap, footer, palette and help are made from that one registry
//! ([`registry`]), so that a hint cannot drift from what its key does.
//!
//! Not here: what a command does and when it may (`action`), and the keys that a person has chosen (`keymap`): those
//! here are where these begin.

use crate::console::state::Place;

pub use places::{LISTS, READ};
pub use registry::COMMANDS;

/// Something that a person can ask of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is described in the registry below")]
pub enum Command {
    Create,
    Resize,
    RollBack,
    RollBackAll,
    OtherWay,
    Undo,
    Connect,
    Open,
    Power,
    Settings,
    Delete,
    Restart,
    Pause,
    Resume,
    Protect,
    Unprotect,
    Logs,
    Metrics,
    History,
    HistoryAll,
    Compare,
    Books,
    Blame,
    OpenCommit,
    Checks,
    OwnChecks,
    OpenFlagged,
    NextFlag,
    PreviousFlag,
    Activity,
    Commands,
    CopyCall,
    Events,
    Pulse,
    Orphans,
    RemoveOrphan,
    Certificates,
    Doctor,
    Examine,
    Branches,
    OpenBranch,
    ClosedBranches,
    SwitchBranch,
    NewBranch,
    Ours,
    Theirs,
    OwnValue,
    BySql,
    Approve,
    Comment,
    Merge,
    Discard,
    OtherPart,
    PartDown,
    PartUp,
    Incidents,
    OpenIncident,
    ResolvedIncidents,
    NewIncident,
    Acknowledge,
    Note,
    HandOver,
    Resolve,
    UndoSuspect,
    Export,
    Runbook,
    Copy,
    CopyClone,
    CopyLocator,
    ViewBefore,
    ViewAfter,
    Split,
    SwitchPane,
    Filter,
    Search,
    NextMatch,
    PreviousMatch,
    Follow,
    Wrap,
    Stamps,
    Level,
    Only,
    MoreAround,
    LessAround,
    Beside,
    GoToTime,
    Save,
    Mark,
    MarkShown,
    InvertMarks,
    Sort,
    Reverse,
    Columns,
    Span,
    SpanBack,
    CrossLeft,
    CrossRight,
    CrossFarLeft,
    CrossFarRight,
    ZoomIn,
    ZoomOut,
    NextChart,
    PreviousChart,
    Full,
    NextMoment,
    PreviousMoment,
    Chart(u8),
    Times,
    Up,
    Down,
    PageUp,
    PageDown,
    Onward,
    First,
    Last,
    DiffUp,
    DiffDown,
    PlanUp,
    PlanDown,
    Confirm,
    NextField,
    PreviousField,
    NextChoice,
    PreviousChoice,
    Whole,
    Run,
    RunEnded,
    ColumnLeft,
    ColumnRight,
    SwitchHalf,
    ReadOnly,
    NextResult,
    Explain,
    Complete,
    SearchPast,
    Cell,
    CopyCell,
    CopyRow,
    Again,
    ExportRows,
    Client,
    Forward,
    Forwards,
    EndForward,
    CopyForward,
    Empty,
    Older,
    Newer,
    At,
    Now,
    Palette,
    Help,
    Theme,
    Redraw,
    Back,
    Quit,
}

/// One row of the registry.
#[derive(Debug)]
pub struct Entry {
    /// Which.
    pub command: Command,
    /// Its name, in the palette and the footer.
    pub name: &'static str,
    /// Keys that ask for it unless a person chose others, the first one is shown; `g e` is a prefix and a key. None: by
    /// the palette alone.
    pub keys: &'static [&'static str],
    /// Where the keys work.
    pub places: &'static [Place],
    /// Whether the footer shows it.
    pub hint: bool,
    /// Whether the palette offers it.
    pub palette: bool,
    /// Whether it changes something outside, or begins to: read-only mode has no such command.
    pub changes: bool,
    /// What it does, in a line.
    pub help: &'static str,
}

impl Entry {
    /// Its name in `[console.keys]`: `roll-back-all`. It stays when the words that are shown change.
    pub fn id(&self) -> String {
        let mut id = String::new();
        for c in format!("{:?}", self.command).chars().filter(|c| *c != ')') {
            if (c.is_ascii_uppercase() || c == '(') && !id.is_empty() {
                id.push('-');
            }
            if c != '(' {
                id.push(c.to_ascii_lowercase());
            }
        }
        id
    }
}

macro_rules! entry {
    ($command:ident $(($of:literal))?, $name:literal, [$($key:literal),*], $places:expr, $($flag:ident)*, $help:literal) => {
        Entry {
            command: Command::$command $(($of))?,
            name: $name,
            keys: &[$($key),*],
            places: $places,
            hint: entry!(@has hint $($flag)*),
            palette: entry!(@has palette $($flag)*),
            changes: entry!(@has change $($flag)*),
            help: $help,
        }
    };
    (@has hint) => { false };
    (@has palette) => { false };
    (@has change) => { false };
    (@has hint hint $($rest:ident)*) => { true };
    (@has palette palette $($rest:ident)*) => { true };
    (@has change change $($rest:ident)*) => { true };
    (@has hint $other:ident $($rest:ident)*) => { entry!(@has hint $($rest)*) };
    (@has palette $other:ident $($rest:ident)*) => { entry!(@has palette $($rest)*) };
    (@has change $other:ident $($rest:ident)*) => { entry!(@has change $($rest)*) };
}

// After the macro, which it is written with.
mod places;
mod registry;

/// The registry's row of a command.
pub fn entry(command: Command) -> &'static Entry {
    // Every command has a row: a test sees to it.
    COMMANDS.iter().find(|entry| entry.command == command).unwrap_or(&COMMANDS[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_one_row_and_a_way_to_ask_for_it() {
        for row in COMMANDS {
            assert_eq!(COMMANDS.iter().filter(|other| other.command == row.command).count(), 1, "{}", row.name);
            assert!(row.palette || !row.keys.is_empty(), "{}", row.name);
        }
    }

    #[test]
    fn a_command_is_named_by_its_words_in_a_file() {
        assert_eq!(entry(Command::RollBackAll).id(), "roll-back-all");
        assert_eq!(entry(Command::Up).id(), "up");
        assert_eq!(entry(Command::Chart(3)).id(), "chart-3");
    }
}
