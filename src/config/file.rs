//! Reads `doltops.toml`, and says where it is wrong: file, line, column and key.

use super::layer::{KEYS, Layer};
use crate::hosted_api::problem::Problem;
use std::{ops::Range, path::Path};
use toml::de::DeTable;

/// Reads the text of the file at `path`.
///
/// # Errors
/// Names the key, or `config` where the text is no TOML; with the line and the column.
pub fn parse(text: &str, path: &Path) -> Result<Layer, Problem> {
    let at = |span: Option<Range<usize>>| {
        let (line, column) = place(text, span.map_or(0, |span| span.start));
        format!("{}, line {line}, column {column}", path.display())
    };
    let table = DeTable::parse(text)
        .map_err(|error| Problem::invalid("config", format!("{}: {}", at(error.span()), error.message())))?;
    for key in table.get_ref().keys() {
        if !KEYS.contains(&key.get_ref().as_ref()) {
            return Err(unknown(key.get_ref(), &at(Some(key.span()))));
        }
    }
    let mut layer: Layer = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let key = key_at(table.get_ref(), start).unwrap_or_else(|| "config".to_owned());
        Problem::invalid(key, format!("{}: {}", at(error.span()), error.message()))
    })?;
    if let Some(console) = &mut layer.console {
        let keys = table.get_ref().get("console").and_then(|console| console.get_ref().get("keys"));
        for (name, value) in keys.and_then(|keys| keys.get_ref().as_table()).into_iter().flatten() {
            if let Some(line) = console.keys.get_mut(name.get_ref().as_ref()) {
                line.line = place(text, value.span().start).0;
            }
        }
    }
    Ok(layer)
}

/// The key at that place, with those of the tables around it: `incidents.cpu_percent`.
///
/// A table under a header of its own reaches no further than the header, so what is in it is looked at first.
fn key_at(table: &DeTable<'_>, start: usize) -> Option<String> {
    let holds = |span: Range<usize>| span.start <= start && start <= span.end;
    table.iter().find_map(|(key, value)| {
        let within = value.get_ref().as_table().and_then(|table| key_at(table, start));
        let name = key.get_ref();
        match within {
            Some(within) => Some(format!("{name}.{within}")),
            None => (holds(key.span()) || holds(value.span())).then(|| name.to_string()),
        }
    })
}

fn unknown(key: &str, at: &str) -> Problem {
    // Closer than this is more likely a slip than another word (clap uses the same bound for flags).
    const ALIKE: f64 = 0.7;
    let (likeness, nearest) = KEYS
        .iter()
        .map(|known| (strsim::jaro_winkler(key, known), *known))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap_or_default();
    let next = if likeness > ALIKE {
        format!("did you mean {nearest}?")
    } else {
        format!("the keys are {}; `doltops config` explains them", KEYS.join(", "))
    };
    Problem::invalid(key, format!("{at}: there is no such key")).next(next)
}

/// Line and column, both from 1; columns count characters.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn problem(text: &str) -> String {
        let problem = parse(text, Path::new("doltops.toml")).expect_err(text);
        format!("{problem} | {}", problem.next)
    }

    #[test]
    fn a_mistake_is_told_with_line_column_and_key() {
        assert_eq!(
            problem("theme = 'dark'\nfinal_copy_days = 0\n"),
            "final_copy_days: doltops.toml, line 2, column 19: 0 is out of bounds: 1 to 3650 days | "
        );
        assert_eq!(
            problem("  thema = 'dark'"),
            "thema: doltops.toml, line 1, column 3: there is no such key | did you mean theme?"
        );
        assert!(problem("[unlike]\nq = 'x'").contains("the keys are state_dir, dolt"));
        assert!(
            problem("[console]\nkey = 1").contains("doltops.toml, line 2, column 1: unknown field `key`"),
            "{}",
            problem("[console]\nkey = 1")
        );
        assert!(
            problem("[console.keys]\nquit = 5").contains("expected a key such as"),
            "{}",
            problem("[console.keys]\nquit = 5")
        );
        assert_eq!(
            problem("theme = 'dark'\n[incidents]\ncpu_minutes = 5\ncpu_percent = 0\n"),
            "incidents.cpu_percent: doltops.toml, line 4, column 15: 0 is out of bounds: 1 to 100 | "
        );
        assert!(
            problem("[incidents]\nrunbooks = { heartbeat = 'ask Bob' }\n")
                .starts_with("incidents.runbooks.heartbeat: ")
        );
        assert!(problem("[incidents]\noff = ['weather']\n").starts_with("incidents.off: "));
        assert!(problem("[incidents]\ncpu = 5\n").starts_with("incidents.cpu: "));
        assert!(problem("theme = 5").starts_with("theme: doltops.toml, line 1, column 9: invalid type: integer `5`"));
        assert!(problem("theme = 'dark'\ntheme = 'light'").contains("line 2, column 1: duplicate key"));
        assert!(problem("# é\ntheme = = 2").starts_with("config: doltops.toml, line 2, column 9"));
    }

    #[test]
    fn a_key_of_the_console_knows_its_line() {
        let text = "theme = 'dark'\n[console.keys]\nquit = 'ctrl-q'\n\nroll-back = [\n 'f9', 'g b' ]\n";
        let console = parse(text, Path::new("doltops.toml")).expect("valid").console.expect("a table");
        let (quit, back) = (&console.keys["quit"], &console.keys["roll-back"]);
        assert_eq!((quit.line, quit.keys.join(",").as_str()), (3, "ctrl-q"));
        assert_eq!((back.line, back.keys.join(",").as_str()), (5, "f9,g b"));
    }

    #[test]
    fn a_password_in_the_file_is_in_no_message() {
        for text in ["store = 'mysql://root:hush@'", "store = 'postgres://root:hush@db/x'", "store = ['hush']"] {
            assert!(!problem(text).contains("hush"), "{}", problem(text));
        }
    }

    proptest! {
        #[test]
        fn whatever_the_file_holds_is_read_or_refused(text in ".{0,60}") {
            let _ = parse(&text, Path::new("doltops.toml"));
        }
    }
}
