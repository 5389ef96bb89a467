//! The rules that are always meant: files in the state folder, one for each database.
//!
//! Guarantees: a database has one file, by its deployment's name and its own; no other file is read for it, so that there
//! is no order among files, and rules of one name in two of them have nothing to do with one another. A file that is wrong
//! is refused: the check does not go on without it.

use super::{CONTROL_PLANE, Rules};
use crate::hosted_api::problem::Problem;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

impl Rules {
    /// Those of a database where nobody names a file: the file that is kept for it in the state folder, else the
    /// defaults. The command and the console ask the same, so that one goes on where the other stopped.
    ///
    /// # Errors
    /// See [`Rules::parse`]; the file cannot be read.
    pub fn kept(state: &Path, source: &str, database: &str) -> Result<Self, Problem> {
        let path = Self::file(state, source, database);
        match path.as_ref().map(|path| (path, fs::read_to_string(path))) {
            Some((path, Ok(text))) => Self::parse(&text, path),
            Some((path, Err(error))) if error.kind() != io::ErrorKind::NotFound => {
                Err(Problem::invalid("rules", format!("{} cannot be read: {error}", path.display())))
            }
            _ if source == CONTROL_PLANE => Self::control_plane(),
            _ => Ok(Self::default()),
        }
    }

    /// Where the rules of a database are kept, whether there are any or not. A database may have any name; one that would
    /// lead elsewhere has no file.
    pub fn file(state: &Path, source: &str, database: &str) -> Option<PathBuf> {
        let own = source == CONTROL_PLANE;
        let name = if own { "control-plane.toml".to_owned() } else { format!("{source}.{database}.toml") };
        (!name.contains(['/', '\\', '\0'])).then(|| state.join("checks").join("rules").join(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    /// A state folder with these files of rules.
    fn folder(files: &[(&str, &str)]) -> TempDir {
        let state = TempDir::new().expect("a folder");
        let rules = state.path().join("checks").join("rules");
        fs::create_dir_all(&rules).expect("made");
        for (name, text) in files {
            fs::write(rules.join(name), text).expect("written");
        }
        state
    }

    fn sql(state: &TempDir, source: &str, database: &str) -> Vec<String> {
        let rules = Rules::kept(state.path(), source, database).expect("valid");
        rules.constraints.into_iter().map(|constraint| constraint.sql).collect()
    }

    /// Two files may have a rule of one name: each is of its own database.
    #[test]
    fn each_database_has_one_file_and_no_other_is_read_for_it() {
        let rule = |sql: &str| format!("[[constraint]]\nname = 'the same'\nsql = '{sql}'\n");
        let state = folder(&[
            ("orders.shop.toml", &rule("select 1")),
            ("orders.stock.toml", &rule("select 2")),
            ("billing.shop.toml", &rule("select 3")),
            // Of nobody: not of all, either.
            ("shop.toml", "what is this"),
            ("orders.shop.toml.bak", "nor this"),
        ]);
        assert_eq!(sql(&state, "orders", "shop"), ["select 1"]);
        assert_eq!(sql(&state, "orders", "stock"), ["select 2"]);
        assert_eq!(sql(&state, "billing", "shop"), ["select 3"]);
        assert_eq!(Rules::kept(state.path(), "billing", "stock"), Ok(Rules::default()));
    }

    /// In the order of what was written there.
    #[test]
    fn constraints_are_asked_in_the_order_of_the_file() {
        let rule = |name: &str| format!("[[constraint]]\nname = '{name}'\nsql = 'select 1'\n");
        let state = folder(&[("orders.shop.toml", &[rule("z"), rule("a"), rule("m")].concat())]);
        let rules = Rules::kept(state.path(), "orders", "shop").expect("valid");
        let names: Vec<&str> = rules.constraints.iter().map(|constraint| constraint.name.as_str()).collect();
        assert_eq!(names, ["z", "a", "m"]);
    }

    #[test]
    fn a_file_takes_the_place_of_the_control_planes_own_rules() {
        assert!(sql(&folder(&[]), CONTROL_PLANE, "doltops").len() >= 9);
        let mine = "[[constraint]]\nname = 'mine'\nsql = 'select 1'\n";
        assert_eq!(sql(&folder(&[("control-plane.toml", mine)]), CONTROL_PLANE, "doltops"), ["select 1"]);
    }

    #[test]
    fn a_file_that_is_wrong_is_named_with_its_line() {
        let state = folder(&[("orders.shop.toml", "window = 100\nthreshold = 'far'\n")]);
        let wrong = Rules::kept(state.path(), "orders", "shop").expect_err("a text is no number");
        assert_eq!(wrong.field, "threshold");
        assert!(wrong.what.contains("checks/rules/orders.shop.toml, line 2: "), "{wrong:?}");
        // One that cannot be read is not one that is not there.
        let state = folder(&[]);
        fs::create_dir(state.path().join("checks/rules/orders.shop.toml")).expect("made");
        let wrong = Rules::kept(state.path(), "orders", "shop").expect_err("a folder");
        assert!(wrong.what.contains("orders.shop.toml cannot be read"), "{wrong:?}");
    }

    #[test]
    fn a_databases_name_leads_nowhere_else() {
        for name in ["../x", "a/b", "a\\b"] {
            assert_eq!(Rules::file(Path::new("/state"), "orders", name), None, "{name}");
        }
        let path = Rules::file(Path::new("/state"), "orders", "..");
        assert_eq!(path, Some(PathBuf::from("/state/checks/rules/orders....toml")));
    }
}
