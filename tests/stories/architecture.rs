//! Imports go one way. What is drawn in the design is held here: a shortcut through a wall names its file and line.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What every room may use: plain types, and the things that stand in for the world.
const GROUND: &[&str] = &["model", "env"];

/// What a room may use besides itself and [`GROUND`].
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("env", &[]),
    // The five that the reconciler brings together do not know one another. Three exceptions:
    // - Secrets are kept behind a trait that a cloud's secret store can take over. Who makes a key or a password keeps
    //   it there: the authorities theirs, the store its server's.
    // - An agent is reached with certificates: there is no connection to one without the authority that it trusts.
    ("secrets", &[]),
    ("certificates", &["secrets"]),
    ("store", &["secrets"]),
    // What it gives to an instance holds a key, which must not be shown by accident.
    ("cloud", &["secrets"]),
    ("instances", &["certificates", "secrets"]),
    // Only reads, beside the cloud: see its own page.
    ("telemetry", &[]),
    // What is wrong, what becomes of it, and who is told: a receiver's key is a secret.
    ("incidents", &["secrets"]),
    // Pure: what merging a branch makes of main, and whether it may.
    ("change_requests", &[]),
    ("reconcile", &["store", "cloud", "instances", "certificates", "incidents", "secrets"]),
    // Lends an agent's connection for logs, metrics and tunnels, and the store for what was; it never touches the cloud. It
    // begins and ends rotations of the authorities.
    ("hosted_api", &["reconcile", "store", "instances", "incidents", "telemetry", "change_requests", "certificates"]),
    // What a deployment's file says: words of the model and of the protocol.
    ("manifest", &[]),
    // A password in a URL is a secret; a wrong value is a problem, in the words of all others; who is paged is `incidents`'
    // own settings.
    ("config", &["hosted_api", "incidents", "secrets", "change_requests"]),
    ("sql", &["hosted_api"]),
    // Reads a database's history over a SQL session; what went wrong is a problem, in the words of all others.
    ("checks", &["hosted_api", "sql"]),
    // A clone is made with this machine's Dolt, as a host finds it.
    // And opened with a Dolt server of its own, whose password it makes; nothing else of a host's.
    ("clone", &["hosted_api", "hosting", "secrets", "store"]),
    ("cli", &["checks", "hosted_api", "manifest", "sql", "config", "secrets", "doctor", "clone"]),
    // What the doctor finds is shown there too.
    ("console", &["checks", "hosted_api", "sql", "doctor"]),
    // These two assemble.
    ("dolt_binary", &[]),
    (
        "hosting",
        &[
            "config",
            "hosted_api",
            "reconcile",
            "store",
            "cloud",
            "instances",
            "certificates",
            "incidents",
            "secrets",
            "telemetry",
            "dolt_binary",
            "change_requests",
        ],
    ),
    // Looks at what a control plane would need, and whether one runs.
    ("doctor", &["config", "dolt_binary", "hosting", "incidents"]),
    // Feeds what parses; no part of the program.
    ("fuzz", &["checks", "config", "console", "hosted_api", "manifest", "sql"]),
    // `doltops store` asks the store's servers themselves: when the primary is dead there may be no control plane to ask.
    // A client certificate that is renewed has a new key.
    ("start", &["cli", "console", "hosting", "hosted_api", "config", "doctor", "sql", "clone", "store", "secrets"]),
];

/// One use of another room.
struct Import {
    file: PathBuf,
    line: usize,
    from: String,
    to: String,
}

/// A reader who knows the drawing knows the code: no room reaches where it has no door.
#[test]
fn imports_go_one_way() {
    let wrong: Vec<String> = imports()
        .into_iter()
        .filter(|import| !GROUND.contains(&import.to.as_str()))
        .filter(|import| !doors(&import.from).contains(&import.to.as_str()))
        .map(|import| format!("{}:{}: {} uses {}", import.file.display(), import.line, import.from, import.to))
        .collect();
    assert!(wrong.is_empty(), "imports against the way of the house:\n{}", wrong.join("\n"));
}

/// An exception that nobody needs any more is taken back.
#[test]
fn every_door_is_used() {
    let imports = imports();
    let used = |from: &str, to: &str| imports.iter().any(|import| import.from == from && import.to == to);
    let idle: Vec<String> = ROOMS
        .iter()
        .flat_map(|(from, doors)| doors.iter().map(move |to| (*from, *to)))
        .filter(|(from, to)| !used(from, to))
        .map(|(from, to)| format!("{from} → {to}"))
        .collect();
    assert!(idle.is_empty(), "never used: {}", idle.join(", "));
}

/// The rooms need an order in which each uses only those before it.
#[test]
fn no_room_reaches_itself_through_others() {
    fn visit(room: &str, path: &mut Vec<String>) {
        assert!(!path.iter().any(|passed| passed == room), "a circle: {} → {room}", path.join(" → "));
        path.push(room.to_owned());
        doors(room).iter().for_each(|next| visit(next, path));
        path.pop();
    }
    ROOMS.iter().for_each(|(room, _)| visit(room, &mut Vec::new()));
}

#[test]
fn paths_are_found_however_they_are_written() {
    let text = "use crate::{\n    model::{Change, CommitHash},\n    store::land,\n};\nlet x = crate::env::System; // crate::cli";
    let found: Vec<_> = rooms_in(text).into_iter().map(|(line, room)| (line, room.to_owned())).collect();
    assert_eq!(found, [(2, "model".to_owned()), (3, "store".to_owned()), (5, "env".to_owned())]);
}

fn doors(room: &str) -> &'static [&'static str] {
    let found = ROOMS.iter().find(|(name, _)| *name == room);
    found.unwrap_or_else(|| panic!("the room {room} is new: say what it may use")).1
}

fn imports() -> Vec<Import> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut imports = Vec::new();
    for file in sources(&root) {
        let inside = file.strip_prefix(&root).expect("under src").to_owned();
        let first = inside.iter().next().expect("a name").to_string_lossy().into_owned();
        let from = first.trim_end_matches(".rs").to_owned();
        if matches!(from.as_str(), "lib" | "main") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("read");
        let others = rooms_in(&text).into_iter().filter(|(_, room)| *room != from);
        imports.extend(others.map(|(line, to)| Import {
            file: Path::new("src").join(&inside),
            line,
            from: from.clone(),
            to: to.to_owned(),
        }));
    }
    assert!(imports.len() > 50, "the sources were not found");
    imports
}

pub(super) fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The rooms that a source names after `crate::`, with their lines; comments are passed over.
fn rooms_in(text: &str) -> Vec<(usize, &str)> {
    const ROOT: &str = "crate::";
    let mut found = Vec::new();
    for (at, _) in text.match_indices(ROOT) {
        let line_begins = text[..at].rfind('\n').map_or(0, |end| end + 1);
        // `$crate::` in a macro is a path like any other.
        if text[line_begins..at].contains("//") || text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let after = at + ROOT.len();
        for start in heads(&text[after..]) {
            let name = &text[after + start..];
            let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
            let line = text[..after + start].matches('\n').count() + 1;
            found.push((line, &name[..end]));
        }
    }
    found
}

/// Where names begin directly under a path: one, or those of the outermost braces.
fn heads(text: &str) -> Vec<usize> {
    if !text.starts_with('{') {
        return vec![0];
    }
    let (mut depth, mut expected, mut found) = (0, false, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        match (depth, c) {
            (0, _) => break,
            (1, '{' | ',') => expected = true,
            (1, c) if expected && c.is_ascii_alphabetic() => {
                expected = false;
                found.push(at);
            }
            _ => {}
        }
    }
    found
}
