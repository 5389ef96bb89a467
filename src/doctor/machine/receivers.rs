//! Receivers of pages: their keys are there, and nobody else reads them.
//!
//! Not here: whether a receiver takes a page; `doctor` sends nothing. `doltops page test` does.

use crate::{
    doctor::Finding,
    incidents::paging::{
        Settings,
        settings::{KeySource, Kind},
    },
};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

/// One finding a receiver; none where nobody is paged.
pub fn check(paging: Option<&Settings>) -> Vec<Finding> {
    let receivers = paging.into_iter().flat_map(|paging| &paging.receivers);
    receivers.map(|(name, receiver)| of(&format!("receiver {name}"), &receiver.kind)).collect()
}

fn of(check: &str, kind: &Kind) -> Finding {
    let (Kind::PagerDuty { key, .. } | Kind::Webhook { key, .. }) = kind else {
        return Finding::not_checked(check, "SNS is asked with the first page: try `doltops page test`");
    };
    match key {
        KeySource::File(path) => file(check, path),
        KeySource::Variable(name) if std::env::var_os(name).is_some_and(|it| !it.is_empty()) => {
            Finding::ok(check, format!("its key is in the variable {name}"))
        }
        KeySource::Variable(name) => Finding::missing(
            check,
            format!("its key is not in the variable {name} of this environment"),
            format!("set {name} where the control plane is started"),
        ),
        KeySource::Secret(name) => Finding::not_checked(check, format!("its key is the secret {name} of the store")),
    }
}

fn file(check: &str, path: &Path) -> Finding {
    let name = path.display();
    let mode = fs::read(path).and_then(|_| fs::metadata(path)).map(|it| it.permissions().mode() & 0o777);
    match mode {
        Err(error) => Finding::missing(
            check,
            format!("its key in {name} cannot be read: {error}"),
            "put the key there, and chmod 600 it; docs/paging.md tells where it comes from",
        ),
        Ok(mode) if mode & 0o077 != 0 => Finding::warning(
            check,
            format!("its key in {name} can be read by other users (mode {mode:o})"),
            format!("chmod 600 {name}"),
        ),
        Ok(_) => Finding::ok(check, format!("its key is in {name}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    #[test]
    fn a_key_is_there_and_closed_or_it_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        assert_eq!(file("receiver duty", &path).outcome, Outcome::Missing);
        fs::write(&path, "hush").expect("written");
        let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("changed");
        mode(0o644);
        assert_eq!(file("receiver duty", &path).outcome, Outcome::Warning);
        mode(0o600);
        let found = file("receiver duty", &path);
        assert!(found.outcome == Outcome::Ok && !found.found.contains("hush"));
    }
}
