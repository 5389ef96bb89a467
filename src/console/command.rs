//! The one registry of commands: keymap, footer, palette and help are made from it, so that a hint cannot drift from
//! what its key does.
//!
//! Not here: what a command does and when it may (`action`), and the keys that a person has chosen (`keymap`): those
//! here are where these begin.

use crate::console::state::Place;
use Place::{Connect, Deployment, Events, Fleet, Form, History, Logs, Metrics, Orphans, RollBack, Rows};

/// Something that a person can ask of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is described in the registry below")]
pub enum Command {
    Create,
    Resize,
    RollBack,
    RollBackAll,
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
    Events,
    Orphans,
    RemoveOrphan,
    Copy,
    CopyClone,
    Filter,
    Search,
    NextMatch,
    PreviousMatch,
    Follow,
    Sort,
    Span,
    Times,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    DiffUp,
    DiffDown,
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
    Empty,
    Older,
    Newer,
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
        for c in format!("{:?}", self.command).chars() {
            if c.is_ascii_uppercase() && !id.is_empty() {
                id.push('-');
            }
            id.push(c.to_ascii_lowercase());
        }
        id
    }
}

/// Where a deployment is at hand.
const ON_ONE: &[Place] = &[Fleet, Deployment, Metrics, Logs, History, Events];
const FLEET_AND_ONE: &[Place] = &[Fleet, Deployment];
const LISTS: &[Place] = &[Fleet, Logs, History, RollBack, Events, Rows, Orphans];
/// Where help is a key away: everywhere but where a change is being prepared.
const HELPED: &[Place] = &[Fleet, Deployment, Metrics, Logs, History, Events, Connect, Rows, Orphans];
const SQL: &[Place] = &[Connect, Rows];
const ALL: &[Place] = &[Fleet, Deployment, Metrics, Logs, History, RollBack, Form, Connect, Rows, Events, Orphans];

macro_rules! entry {
    ($command:ident, $name:literal, [$($key:literal),*], $places:expr, $($flag:ident)*, $help:literal) => {
        Entry {
            command: Command::$command,
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
    entry!(Open, "open", ["enter"], &[Fleet], hint palette, "the deployment with its connection lines, metrics, log and changes"),
    entry!(Confirm, "confirm", ["enter"], &[Form, RollBack, Orphans], change, "do what the plan says"),
    entry!(Power, "stop/start", ["s"], FLEET_AND_ONE, hint palette change, "stop the instance, or start it again; the data stays"),
    entry!(Logs, "logs", ["l"], &[Fleet, Deployment, Metrics, History, Events], hint palette, "what Dolt and its agent say"),
    entry!(Metrics, "metrics", ["m"], &[Fleet, Deployment, Logs, History, Events], hint palette, "processor, memory, disk, connections, queries, latency"),
    entry!(History, "history", ["h"], &[Fleet, Deployment, Metrics, Logs, Events], hint palette, "commits that changed the deployment, cell by cell"),
    entry!(Settings, "settings", ["S"], FLEET_AND_ONE, hint palette change, "Dolt's server settings"),
    entry!(Delete, "delete", ["D"], FLEET_AND_ONE, hint palette change, "end the deployment; asks for its name"),
    entry!(Copy, "copy connect line", ["y"], ON_ONE, palette, "put the mysql command on the clipboard"),
    entry!(CopyClone, "copy clone line", ["Y"], ON_ONE, palette, "put the dolt clone command on the clipboard"),
    entry!(Restart, "restart", [], FLEET_AND_ONE, palette change, "start Dolt anew, once"),
    entry!(Pause, "pause", [], FLEET_AND_ONE, palette change, "the reconciler rests; Dolt runs on"),
    entry!(Resume, "resume", [], FLEET_AND_ONE, palette change, "the reconciler works again"),
    entry!(Protect, "protect", [], FLEET_AND_ONE, palette change, "nothing can delete the deployment"),
    entry!(Unprotect, "unprotect", [], FLEET_AND_ONE, palette change, "the deployment can be deleted again"),
    entry!(HistoryAll, "history of everything", ["H", "g h"], ON_ONE, palette, "every commit of the control plane"),
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
    entry!(Orphans, "orphans", ["O", "g o"], ON_ONE, palette, "resources in the cloud that belong to no deployment"),
    entry!(RemoveOrphan, "remove", ["D"], &[Orphans], hint change, "remove what is under the cursor; asks for its id"),
    entry!(Search, "search", ["/"], &[Logs], hint palette, "mark the lines that hold a text"),
    entry!(NextMatch, "next match", ["n"], &[Logs], hint, "the next line that matches"),
    entry!(PreviousMatch, "previous match", ["N"], &[Logs], , "the line before that matches"),
    entry!(Follow, "follow", ["f"], &[Logs], hint, "stay on the newest line, or stop that"),
    entry!(Sort, "sort", ["o"], &[Fleet], palette, "by health, name, processor or disk"),
    entry!(Span, "span", ["w"], &[Metrics], hint, "look back 15 minutes, 1, 6 or 24 hours"),
    entry!(Times, "dates or ages", ["t"], ON_ONE, palette, "show times as dates, or as ages again"),
    entry!(Run, "run", ["f5", "ctrl-enter", "alt-enter"], SQL, hint, "run the statements in the text"),
    entry!(RunEnded, "run", ["enter"], &[Connect], , "run them where the text ends with a semicolon; else a new line"),
    entry!(Whole, "whole", ["enter"], &[Rows, Logs, Events], hint, "the row or line whole, wrapped"),
    entry!(SwitchHalf, "text or rows", ["tab"], SQL, hint, "move between the text and the result"),
    entry!(ReadOnly, "read-only", ["f2"], SQL, hint change, "connect anew, as a user that can only read or that can write"),
    entry!(NextResult, "next result", ["f4"], SQL, hint, "the result of the next statement"),
    entry!(Empty, "empty", ["f8"], &[Connect], hint, "empty the editor; Ctrl+Z brings its text back"),
    entry!(Older, "older statement", ["ctrl-p"], &[Connect], hint, "what was run before"),
    entry!(Newer, "newer statement", ["ctrl-n"], &[Connect], , "what was run after"),
    entry!(NextField, "next field", ["tab", "down"], &[Form], hint, "the field below"),
    entry!(PreviousField, "previous field", ["backtab", "up"], &[Form], , "the field above"),
    entry!(NextChoice, "next choice", ["right", "space"], &[Form], , "the next of the choices"),
    entry!(PreviousChoice, "previous choice", ["left"], &[Form], , "the one before"),
    entry!(ColumnLeft, "left", ["left", "h"], &[Rows], , "the columns further left"),
    entry!(ColumnRight, "right", ["right", "l"], &[Rows], , "the columns further right"),
    entry!(Up, "up", ["up", "k"], LISTS, , "the line above"),
    entry!(Down, "down", ["down", "j"], LISTS, , "the line below"),
    entry!(PageUp, "page up", ["pageup", "ctrl-u"], LISTS, , "a page up"),
    entry!(PageDown, "page down", ["pagedown", "ctrl-d", "space"], LISTS, , "a page down"),
    entry!(First, "first", ["home", "g g"], LISTS, , "the first line"),
    entry!(Last, "last", ["end", "G"], LISTS, , "the last line"),
    entry!(DiffDown, "diff down", ["J"], &[History], hint, "further down in what the commit changed"),
    entry!(DiffUp, "diff up", ["K"], &[History], , "further up in what the commit changed"),
    entry!(Filter, "filter", ["/"], &[Fleet], hint palette, "show the deployments that match; ! before it turns it round"),
    entry!(Palette, "command", [":"], ON_ONE, hint, "any command by its name, with a deployment's name after it"),
    entry!(Help, "help", ["?", "f1"], HELPED, hint palette, "every key"),
    entry!(Theme, "theme", [], HELPED, palette, "other colours, seen while you choose"),
    entry!(Redraw, "redraw", ["ctrl-l"], ALL, , "draw the screen anew"),
    entry!(Back, "back", ["esc"], ALL, hint, "to the screen before; nothing is changed"),
    entry!(Quit, "quit", ["q"], ON_ONE, hint palette, "leave the console"),
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
    }
}
