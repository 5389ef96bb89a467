//! The one registry of commands: keymap, footer, palette and help are made from it, so that a hint cannot drift from
//! what its key does.
//!
//! Not here: what a command does and when it may (`action`), and the keys that a person has chosen (`keymap`): those
//! here are where these begin.

mod places;

use crate::console::state::Place;
use Place::{
    Activity, Blame, Branch, Branches, Certificates, Checks, Commands, Connect, Deployment, Diff, Events, Finding,
    Fleet, Form, Forwards, History, Incident, Incidents, Logs, Metrics, Orphans, Pulse, Report, RollBack, Rows,
};
use places::{ALL, BACK, BRANCHED, FLEET_AND_ONE, FREE, HELPED, LISTS, ON_ONE, READ, SQL, THEN, TIMED, VIEWS};

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

/// Every command, in the order in which footer and help show them.
pub const COMMANDS: &[Entry] = &[
    entry!(Create, "create", ["c"], FLEET_AND_ONE, hint palette change, "a new deployment"),
    entry!(Resize, "resize", ["r"], FLEET_AND_ONE, hint palette change, "another instance type or a larger volume"),
    entry!(RollBack, "roll back", ["b"], &[Fleet, Deployment, History], hint palette change, "what is desired goes back to an earlier commit"),
    entry!(Connect, "connect", ["x"], ON_ONE, hint palette, "run SQL on the deployment"),
    entry!(
        Client,
        "own client",
        ["X"],
        ON_ONE,
        palette,
        "your own mysql, mariadb, mycli or dolt over the tunnel; its end comes back here"
    ),
    entry!(Forward, "forward", ["F"], ON_ONE, palette, "a port of this machine that leads to the database"),
    entry!(Forwards, "forwards", [], ON_ONE, palette, "the forwarded ports and their connections"),
    entry!(
        EndForward,
        "end",
        ["D"],
        &[Forwards],
        hint,
        "end the connection under the cursor, or the port and all of its connections"
    ),
    entry!(CopyForward, "copy line", ["y"], &[Forwards], hint, "put the mysql command for the port on the clipboard"),
    entry!(Open, "open", ["enter"], &[Fleet, Pulse, Certificates], hint palette, "the deployment with its connection lines, metrics, log and changes"),
    entry!(Confirm, "confirm", ["enter"], &[Form, RollBack, Orphans, Report], change, "do what the plan says"),
    entry!(OpenIncident, "open", ["enter"], &[Incidents], hint, "the incident with everything that happened around it"),
    entry!(Acknowledge, "acknowledge", ["a"], &[Incident], hint change, "you have seen it: nobody else is paged"),
    entry!(UndoSuspect, "undo suspect", ["b"], &[Incident], hint change, "take back the last change before it, with its plan"),
    entry!(Note, "note", ["n"], &[Incident], hint change, "write something down"),
    entry!(HandOver, "hand over", ["H"], &[Incident], hint change, "somebody else has it from now on"),
    entry!(Resolve, "resolve", ["R"], &[Incident], hint change, "it is over"),
    entry!(Power, "stop/start", ["s"], FLEET_AND_ONE, hint palette change, "stop the instance, or start it again; the data stays"),
    entry!(Logs, "logs", ["l"], &[Fleet, Deployment, Metrics, History, Events, Incident, Pulse, Activity], hint palette, "what Dolt and its agent say"),
    entry!(Metrics, "metrics", ["m"], &[Fleet, Deployment, Logs, History, Events, Incident, Pulse], hint palette, "processor, memory, disk, connections, queries, latency"),
    entry!(History, "history", ["h"], &[Fleet, Deployment, Metrics, Logs, Events, Incident, Pulse], hint palette, "commits that changed the deployment, cell by cell"),
    entry!(Compare, "compare", ["d"], &[History], hint palette, "mark a commit; on another one: both side by side"),
    entry!(Books, "books", ["v"], &[Diff], hint, "what was only written down (records, operations) as well, or not"),
    entry!(
        OpenCommit,
        "its commit",
        ["enter"],
        &[Blame],
        hint,
        "the commit that gave the value, with all that it changed"
    ),
    entry!(
        Blame,
        "blame",
        ["w"],
        &[Fleet, Deployment, History, Events, Pulse],
        palette,
        "which commit gave each value of the deployment: who, when and why"
    ),
    entry!(
        Checks,
        "checks",
        ["g k"],
        ON_ONE,
        palette,
        "what commits brought to a database that should not be there, figure by figure"
    ),
    entry!(
        OwnChecks,
        "checks of the control plane",
        ["g K"],
        ON_ONE,
        palette,
        "the same for the control plane's own database; admins"
    ),
    entry!(
        OpenFlagged,
        "its rows",
        ["enter"],
        &[Checks],
        hint,
        "what the flagged commit changed, the rows that did it on top"
    ),
    entry!(PreviousFlag, "flag before", ["N"], &[Checks], hint, "the commit before that is flagged in this figure"),
    entry!(NextFlag, "next flag", ["n"], &[Checks], , "the next commit that is flagged in it"),
    entry!(
        Activity,
        "activity",
        ["A"],
        &[Fleet, Deployment, Metrics, Logs, History, Events, Pulse],
        palette,
        "what the reconciler did, does and will do, and why"
    ),
    entry!(
        Commands,
        "commands",
        ["!"],
        &[Fleet, Deployment, Metrics, Logs, History, Diff, Blame, Activity, Events, Pulse],
        palette,
        "every call that was made in your name, as a doltops command"
    ),
    entry!(CopyCall, "copy command", ["y"], &[Commands], hint, "put the command on the clipboard"),
    entry!(Settings, "settings", ["S"], FLEET_AND_ONE, hint palette change, "Dolt's server settings"),
    entry!(Delete, "delete", ["D"], FLEET_AND_ONE, hint palette change, "end the deployment; asks for its name"),
    entry!(Copy, "copy connect line", ["y"], ON_ONE, palette, "put the mysql command on the clipboard"),
    entry!(CopyClone, "copy clone line", ["Y"], ON_ONE, palette, "put the dolt clone command on the clipboard"),
    entry!(
        CopyLocator,
        "copy locator",
        ["L"],
        VIEWS,
        palette,
        "put the name of this view on the clipboard; doltops open takes it"
    ),
    entry!(ViewBefore, "view before", ["["], VIEWS, palette, "back through the views that were seen"),
    entry!(ViewAfter, "view after", ["]"], VIEWS, palette, "forth again"),
    entry!(Split, "split", ["|"], VIEWS, palette, "a second view beside this one, or this one alone again"),
    entry!(SwitchPane, "other view", ["f6", "ctrl-w"], ALL, palette, "move the keys to the view beside this one"),
    entry!(Restart, "restart", [], FLEET_AND_ONE, palette change, "start Dolt anew, once"),
    entry!(Pause, "pause", [], FLEET_AND_ONE, palette change, "the reconciler rests; Dolt runs on"),
    entry!(Resume, "resume", [], FLEET_AND_ONE, palette change, "the reconciler works again"),
    entry!(Protect, "protect", [], FLEET_AND_ONE, palette change, "nothing can delete the deployment"),
    entry!(Unprotect, "unprotect", [], FLEET_AND_ONE, palette change, "the deployment can be deleted again"),
    entry!(Undo, "undo", ["u"], FLEET_AND_ONE, palette change, "take back the last thing that you asked for, with its plan"),
    entry!(HistoryAll, "history of everything", ["H", "g h"], ON_ONE, palette, "every commit of the control plane"),
    entry!(
        OtherWay,
        "go back or take back",
        ["tab"],
        &[RollBack],
        hint,
        "go back to the commit, or take back what it alone changed; with one marked in the history, all between"
    ),
    entry!(
        RollBackAll,
        "roll back everything",
        ["B"],
        &[Fleet, History],
        palette change,
        "all deployments go back to an earlier commit"
    ),
    entry!(
        Events,
        "events",
        ["e", "g e"],
        &[Fleet, Deployment, Metrics, Logs, History],
        palette,
        "what the reconciler and people did"
    ),
    entry!(
        Pulse,
        "pulse",
        ["P"],
        &[Fleet, Deployment, Metrics, Logs, History, Events],
        palette,
        "the health of the whole fleet, now and over the last hour"
    ),
    entry!(Export, "export", ["e"], &[Incident], hint, "the story as Markdown, to a file or to the clipboard"),
    entry!(Runbook, "runbook", ["u"], &[Incident], hint, "put the address of what to do on the clipboard"),
    entry!(Incidents, "incidents", ["I"], ON_ONE, palette, "what is wrong now, and who has it"),
    entry!(
        ResolvedIncidents,
        "those that are over",
        ["v"],
        &[Incidents],
        hint,
        "show those that are over as well, or not"
    ),
    entry!(NewIncident, "new incident", ["i"], &[Fleet, Deployment, Incidents], hint palette change, "open an incident: what is wrong, where, how bad"),
    entry!(Orphans, "orphans", ["O", "g o"], ON_ONE, palette, "resources in the cloud that belong to no deployment"),
    entry!(
        Certificates,
        "certificates",
        ["g c"],
        ON_ONE,
        palette,
        "every deployment's certificate, by the days that are left"
    ),
    entry!(
        Branches,
        "change requests",
        ["M", "g r"],
        ON_ONE,
        palette,
        "changes that are prepared on branches, to be looked at and merged"
    ),
    entry!(
        OpenBranch,
        "open",
        ["enter"],
        &[Branches],
        hint,
        "the change request: its cells, the plan of merging it, what was said"
    ),
    entry!(SwitchBranch, "switch branch", ["V", "g b"], BRANCHED, hint palette, "the whole console on the change request: what is changed there is prepared"),
    entry!(NewBranch, "new", ["n"], &[Branches], hint change, "open a change request: a branch to prepare changes on"),
    entry!(
        ClosedBranches,
        "those that are over",
        ["v"],
        &[Branches],
        hint,
        "show those that were merged or discarded as well, or not"
    ),
    entry!(Ours, "ours", ["o"], &[Branch], hint change, "decide the conflict: as main says"),
    entry!(Theirs, "theirs", ["t"], &[Branch], hint change, "decide the conflict: as the branch says"),
    entry!(OwnValue, "own value", ["v"], &[Branch], hint change, "decide the conflict: a value of your own"),
    entry!(BySql, "by SQL", ["S"], &[Branch], hint change, "decide conflicts by an UPDATE: many at once"),
    entry!(Merge, "merge", ["m"], &[Branch], hint change, "bring it to main, with the plan once more"),
    entry!(Approve, "approve", ["a"], &[Branch], hint change, "say that it may be merged as it is, or take that back"),
    entry!(Comment, "comment", ["n"], &[Branch], hint change, "say something about it"),
    entry!(Discard, "discard", ["D"], &[Branch], hint change, "close it without merging; asks for its name"),
    entry!(OtherPart, "plan or review", ["tab"], &[Branch], , "the plan of merging it, or what was said about it"),
    entry!(PartDown, "part down", ["J"], &[Branch], , "further down in the plan or the review"),
    entry!(PartUp, "part up", ["K"], &[Branch], , "further up in it"),
    entry!(RemoveOrphan, "remove", ["D"], &[Orphans], hint change, "remove what is under the cursor; asks for its id"),
    entry!(Search, "search", ["/"], &[Logs], hint palette, "mark the lines that hold a text"),
    entry!(NextMatch, "next match", ["n"], &[Logs], hint, "the next line that matches"),
    entry!(PreviousMatch, "previous match", ["N"], &[Logs], , "the line before that matches"),
    entry!(Follow, "follow", ["f"], &[Logs], hint, "stay on the newest line, or stop that"),
    entry!(Mark, "mark", ["space", "insert"], &[Fleet], hint palette, "mark the row, or not; a change acts on all that are marked"),
    entry!(
        MarkShown,
        "mark all",
        ["ctrl-a"],
        &[Fleet],
        palette,
        "mark every row that the filter shows, or none of them"
    ),
    entry!(InvertMarks, "invert marks", ["*"], &[Fleet], palette, "of the rows that the filter shows, mark the others"),
    entry!(Sort, "sort", ["o"], &[Fleet], palette, "by the next of the columns that are shown"),
    entry!(Reverse, "reverse", ["R"], &[Fleet], palette, "sort the other way round"),
    entry!(Columns, "columns", ["C"], &[Fleet], palette, "which columns are shown, and in which order"),
    entry!(Wrap, "wrap", ["w"], &[Logs], hint, "long lines over several rows, or cut off"),
    entry!(Level, "level", ["v"], &[Logs], hint palette, "every line, warnings and above, or errors and above"),
    entry!(Only, "only", ["&"], &[Logs], hint palette, "show the lines that hold a text, and no other"),
    entry!(MoreAround, "more around", ["+"], &[Logs], , "one more line around each that is shown"),
    entry!(LessAround, "less around", ["-"], &[Logs], , "one line less around each that is shown"),
    entry!(Stamps, "times", ["t"], &[Logs], , "the time of day, ages, dates, or no times"),
    entry!(GoToTime, "to a time", ["T"], &[Logs, Metrics], hint palette, "the line of that time, also of long ago"),
    entry!(Beside, "beside", ["a"], &[Logs, Metrics], palette, "another deployment beside this one, or one less"),
    entry!(Save, "save", ["s", "ctrl-s"], &[Logs], hint palette, "write the lines that are shown to a file"),
    entry!(CrossLeft, "crosshair", ["left"], &[Metrics], hint, "the crosshair one column back in time"),
    entry!(CrossRight, "crosshair right", ["right"], &[Metrics], , "the crosshair one column on"),
    entry!(CrossFarLeft, "crosshair far left", ["pageup", "ctrl-left"], &[Metrics], , "ten columns back"),
    entry!(CrossFarRight, "crosshair far right", ["pagedown", "ctrl-right"], &[Metrics], , "ten columns on"),
    entry!(Span, "longer", ["w"], &[Metrics], hint, "look back 15 min, 1 h, 6 h, 24 h, 3 d, 1 w or 2 w"),
    entry!(SpanBack, "shorter", ["W"], &[Metrics], , "look back less far"),
    entry!(ZoomIn, "zoom", ["+", "="], &[Metrics], hint, "half of the time, around the crosshair"),
    entry!(ZoomOut, "zoom out", ["-"], &[Metrics], , "twice the time, up to the range"),
    entry!(NextMoment, "next change", ["n"], &[Metrics], , "the crosshair to the next commit or incident"),
    entry!(PreviousMoment, "change before", ["N"], &[Metrics], hint, "the crosshair to the commit or incident before"),
    entry!(Full, "one chart", ["enter"], &[Metrics], hint, "the chosen chart fills the screen, or all are back"),
    entry!(NextChart, "next chart", ["tab", "down", "j"], &[Metrics], , "choose the next chart"),
    entry!(PreviousChart, "chart before", ["backtab", "up", "k"], &[Metrics], , "choose the chart before"),
    entry!(Chart(1), "chart 1", ["1"], &[Metrics], , "show or hide the chart of the processor"),
    entry!(Chart(2), "chart 2", ["2"], &[Metrics], , "of queries"),
    entry!(Chart(3), "chart 3", ["3"], &[Metrics], , "of latency"),
    entry!(Chart(4), "chart 4", ["4"], &[Metrics], , "of memory"),
    entry!(Chart(5), "chart 5", ["5"], &[Metrics], , "of connections"),
    entry!(Chart(6), "chart 6", ["6"], &[Metrics], , "of the disk"),
    entry!(Chart(7), "chart 7", ["7"], &[Metrics], , "of the machine's processor"),
    entry!(Chart(8), "chart 8", ["8"], &[Metrics], , "of the machine's memory"),
    entry!(Chart(9), "chart 9", ["9"], &[Metrics], , "of the machine's disk"),
    entry!(Times, "dates or ages", ["t"], TIMED, palette, "show times as dates, or as ages again"),
    entry!(Run, "run", ["f5", "ctrl-enter", "alt-enter"], SQL, hint, "run the statements in the text"),
    entry!(RunEnded, "run", ["enter"], &[Connect], , "run them where the text ends with a semicolon; else a new line"),
    entry!(
        Whole,
        "whole",
        ["enter"],
        &[Rows, Logs, Events, Incident, Diff, Activity, Branch, Finding],
        hint,
        "the row or line whole, wrapped"
    ),
    entry!(SwitchHalf, "text or rows", ["tab"], SQL, hint, "move between the text and the result"),
    entry!(
        ReadOnly,
        "read-only",
        ["f2"],
        SQL,
        hint change,
        "connect anew, as a user that can only read or that can write; asks on production"
    ),
    entry!(NextResult, "next result", ["f4"], SQL, hint, "the result of the next statement"),
    entry!(
        Explain,
        "explain",
        ["f7"],
        &[Connect],
        hint,
        "how the statement under the cursor would be carried out, as a tree"
    ),
    entry!(Complete, "complete", ["ctrl-space"], &[Connect], , "what can be written at the cursor; Tab takes it"),
    entry!(SearchPast, "search", ["ctrl-r"], &[Connect], hint, "search what was run, here and in earlier consoles"),
    entry!(Cell, "cell", ["v"], &[Rows], hint, "the cell whole; JSON over several lines"),
    entry!(CopyCell, "copy cell", ["y"], &[Rows], hint, "put the cell on the clipboard"),
    entry!(CopyRow, "copy row", ["Y"], &[Rows], , "put the row on the clipboard, with tabs between its cells"),
    entry!(Again, "again", ["R"], &[Rows], hint, "run the statement again, from its first row; only what reads"),
    entry!(ExportRows, "export", ["E"], &[Rows], hint, "every row as CSV or JSON lines to a file"),
    entry!(Empty, "empty", ["f8"], &[Connect], hint, "empty the editor; Ctrl+Z brings its text back"),
    entry!(Older, "older statement", ["ctrl-p"], &[Connect], hint, "what was run before"),
    entry!(Newer, "newer statement", ["ctrl-n"], &[Connect], , "what was run after"),
    entry!(NextField, "next field", ["tab", "down"], &[Form, Report], hint, "the field below"),
    entry!(PreviousField, "previous field", ["backtab", "up"], &[Form, Report], , "the field above"),
    entry!(NextChoice, "next choice", ["right", "space"], &[Form, Report], hint, "the next of the choices"),
    entry!(PreviousChoice, "previous choice", ["left"], &[Form, Report], , "the one before"),
    entry!(ColumnLeft, "left", ["left", "h"], &[Rows], , "the columns further left"),
    entry!(ColumnRight, "right", ["right", "l"], &[Rows], , "the columns further right"),
    entry!(Up, "up", ["up", "k"], LISTS, , "the line above"),
    entry!(Down, "down", ["down", "j"], LISTS, , "the line below"),
    entry!(PageUp, "page up", ["pageup", "ctrl-u"], LISTS, , "a page up"),
    entry!(PageDown, "page down", ["pagedown", "ctrl-d"], LISTS, , "a page down"),
    entry!(Onward, "onward", ["space"], READ, , "a page down, as in a pager"),
    entry!(First, "first", ["home", "g g"], LISTS, , "the first line"),
    entry!(Last, "last", ["end", "G"], LISTS, , "the last line"),
    entry!(PlanDown, "plan down", ["pagedown"], &[Form], , "further down in a plan that is longer than its room"),
    entry!(PlanUp, "plan up", ["pageup"], &[Form], , "further up in it"),
    entry!(DiffDown, "diff down", ["J"], &[History, Incident], hint, "further down in what the commit changed"),
    entry!(DiffUp, "diff up", ["K"], &[History, Incident], , "further up in what the commit changed"),
    entry!(Filter, "filter", ["/"], &[Fleet, Events, Orphans, History, Diff, Activity, Commands, Incidents, Certificates, Branches, Checks], hint palette, "show the rows that match: words, column:value, disk:>80, !not"),
    entry!(At, "at", ["@"], THEN, palette, "all as it was at a time, or at the commit under the cursor"),
    entry!(Now, "now", ["g n"], BACK, palette, "from the past back to now, from a branch back to main"),
    entry!(Palette, "command", [":"], FREE, hint, "any command by its name, with a deployment's name after it"),
    entry!(Help, "help", ["?", "f1"], HELPED, hint palette, "every key"),
    entry!(Theme, "theme", [], HELPED, palette, "other colours, seen while you choose"),
    entry!(Redraw, "redraw", ["ctrl-l"], ALL, , "draw the screen anew"),
    entry!(Back, "back", ["esc"], ALL, hint, "to the screen before; nothing is changed"),
    entry!(Quit, "quit", ["q"], FREE, hint palette, "leave the console"),
];

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
