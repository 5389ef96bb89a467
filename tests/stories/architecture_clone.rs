//! What answers on a clone cannot reach a fleet, and that is no promise but a list: all that it may import stands here.
//!
//! Held by path, not by room: a clone may use the reconciler's preview and not its executor, the store and not what keeps
//! a store's secrets. Other crates are held in the same way: one that calls a cloud, opens a connection or reads a key has
//! no line here.
//!
//! Not held: what those parts import themselves; the rooms' own doors are `architecture`'s.

use super::architecture::sources;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What a clone answers with: the server itself, and the books that it holds in place of the other server's many things.
const CLONE: &[&str] = &["hosted_api/on_clone", "hosted_api/server/books.rs"];

/// What it may import; an entry that ends in `::` allows all that is below it.
const ALLOWED: &[&str] = &[
    // Plain data, and the clock.
    "crate::model::",
    "crate::env::Env",
    "crate::change_requests::settings::Settings",
    // The clone's own store, and what it gives.
    "crate::store::IncidentQuery",
    "crate::store::ROUNDS",
    "crate::store::Snapshot",
    "crate::store::Store",
    "crate::store::StoreError",
    "crate::store::branches::Branches",
    // Pure: what the reconciler would do.
    "crate::reconcile::preview",
    // Who asks, what is asked, and how an answer is written: nothing of it holds a connection.
    "crate::hosted_api::access",
    "crate::hosted_api::access::Caller",
    "crate::hosted_api::as_of",
    "crate::hosted_api::confirm",
    "crate::hosted_api::convert",
    "crate::hosted_api::decide",
    "crate::hosted_api::decide::Decision",
    "crate::hosted_api::on_clone::OnClone",
    "crate::hosted_api::planned",
    "crate::hosted_api::planned::Planned",
    "crate::hosted_api::problem::Problem",
    "crate::hosted_api::server::asked::",
    "crate::hosted_api::server::books::Books",
    "crate::hosted_api::server::branches::Home",
    "crate::hosted_api::server::past",
    "crate::hosted_api::view::View",
    // The protocol, without its transport, and what streams are made of.
    "doltops_proto::hosted_api::",
    // By the protocol's `*`.
    "hosted_api_server::HostedApi",
    "doltops_proto::identity::Role",
    "futures::",
    "jiff::Timestamp",
    "tokio::sync::watch",
    "tokio_stream::wrappers::WatchStream",
    "tonic::Request",
    "tonic::Response",
    "tonic::Status",
    "tonic::Streaming",
    "tonic::async_trait",
    // Neither files nor sockets.
    "std::collections::BTreeMap",
    "std::collections::BTreeSet",
    "std::pin::Pin",
    "std::process::id",
    "std::result::Result",
    "std::sync::Arc",
];

/// No cloud, no agents, no authorities, no keys: there is no way to name one.
#[test]
fn what_answers_on_a_clone_imports_nothing_that_could_touch_a_fleet() {
    let wrong: Vec<String> = imports()
        .into_iter()
        .filter(|(_, path)| !ALLOWED.iter().any(|allowed| allows(allowed, path)))
        .map(|(file, path)| format!("{}: {path}", file.display()))
        .collect();
    assert!(wrong.is_empty(), "a clone has a store and plain data, and nothing else:\n{}", wrong.join("\n"));
}

/// What is not needed any more is not left open.
#[test]
fn everything_that_a_clone_may_import_is_imported() {
    let imports = imports();
    let idle: Vec<&&str> =
        ALLOWED.iter().filter(|allowed| !imports.iter().any(|(_, path)| allows(allowed, path))).collect();
    assert!(idle.is_empty(), "never used: {idle:?}");
}

#[test]
fn paths_are_found_in_imports_and_in_the_code() {
    let text = "//! crate::cloud::Cloud in words\nmod change;\nuse super::{access::{self, Caller}, view::View as V};\n\
                use tonic::*;\npub(super) fn f() { access::caller(); change::f(); crate::cloud::aws::new(); \"a::b\" }\n";
    let found = paths(text, "hosted_api::on_clone");
    let paths: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(
        paths,
        [
            "crate::cloud::aws::new",
            "crate::hosted_api::access",
            "crate::hosted_api::access::Caller",
            "crate::hosted_api::view::View",
            "tonic::*"
        ]
    );
}

fn allows(allowed: &str, path: &str) -> bool {
    if allowed.ends_with("::") { path.starts_with(allowed) } else { path == allowed }
}

/// Each path with the file that names it.
fn imports() -> BTreeSet<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    for part in CLONE {
        let at = root.join(part);
        let files = if at.is_dir() { sources(&at) } else { vec![at] };
        for file in files {
            let inside = file.strip_prefix(&root).expect("under src").with_extension("");
            let module: Vec<_> =
                inside.iter().map(|name| name.to_string_lossy()).filter(|name| name != "mod").collect();
            let text = fs::read_to_string(&file).expect("read");
            found.extend(paths(&text, &module.join("::")).into_iter().map(|path| (inside.clone(), path)));
        }
    }
    assert!(found.len() > 30, "the sources were not found");
    found
}

/// All that a source names outside itself: its imports one by one, and the paths in its code that begin at no import.
fn paths(text: &str, module: &str) -> BTreeSet<String> {
    let lines: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code: String = lines.join("\n").split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
    let (mut found, mut known, mut rest) = (BTreeSet::new(), BTreeSet::new(), String::new());
    for part in code.split_inclusive(';') {
        let import = part.rfind("use ").filter(|at| *at == 0 || part[..*at].ends_with(|c: char| c.is_whitespace()));
        let Some(at) = import else {
            known.extend(part.trim_end_matches(';').rsplit_once("mod ").map(|(_, name)| name.trim().to_owned()));
            rest.push_str(part);
            continue;
        };
        rest.push_str(&part[..at]);
        let tree: String = part[at + "use ".len()..].split_whitespace().collect::<Vec<_>>().join(" ");
        for path in leaves(tree.trim_end_matches(';')) {
            let (path, name) = path.split_once(" as ").unwrap_or((&path, path.rsplit("::").next().unwrap_or_default()));
            known.insert(name.to_owned());
            found.insert(absolute(path, module));
        }
    }
    // How far something can be seen is no import.
    let rest: String = rest.split("pub(in ").map(|part| part.trim_start_matches("crate::hosted_api")).collect();
    let words = rest.split(|c: char| !(c.is_alphanumeric() || "_:".contains(c)));
    for path in words.map(|word| word.trim_matches(':')).filter(|word| word.contains("::")) {
        let first = path.split("::").next().unwrap_or_default();
        // A type's own function begins with a capital: its type was imported, or is here.
        if first.starts_with(|c: char| c.is_ascii_lowercase()) && !known.contains(first) {
            found.insert(absolute(path, module));
        }
    }
    found
}

/// The paths of an import with its braces resolved.
fn leaves(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((head, inside)) = tree.split_once('{') else { return vec![tree.to_owned()] };
    let inside = inside.strip_suffix('}').unwrap_or(inside);
    let (mut depth, mut begins, mut found) = (0, 0, Vec::new());
    for (at, c) in inside.char_indices().chain([(inside.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = inside[begins..at].trim();
                begins = (at + 1).min(inside.len());
                found.extend(leaves(part).into_iter().filter(|leaf| !leaf.is_empty()).map(|leaf| {
                    if leaf == "self" { head.trim_end_matches("::").to_owned() } else { format!("{head}{leaf}") }
                }));
            }
            _ => {}
        }
    }
    found
}

/// The same from the crate's root on.
fn absolute(path: &str, module: &str) -> String {
    let mut above: Vec<&str> = module.split("::").collect();
    let mut rest = path;
    while let Some(further) = rest.strip_prefix("super::") {
        above.pop();
        rest = further;
    }
    match rest.strip_prefix("self::") {
        Some(own) => format!("crate::{module}::{own}"),
        None if rest == path => path.to_owned(),
        None => format!("crate::{}::{rest}", above.join("::")),
    }
}
