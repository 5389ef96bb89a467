//! Dolt: for the control plane's own database, and in the sandbox for every instance.

use crate::{
    config::Config,
    doctor::Finding,
    dolt_binary::{self, Missing, Prospect},
};
use tokio::task;

pub async fn check(config: &Config) -> Vec<Finding> {
    let flag = config.dolt.clone();
    // It runs `dolt version`, which may wait for a disk.
    let looked = task::spawn_blocking(move || {
        dolt_binary::Options::from_environment(flag).and_then(|options| dolt_binary::prospect(&options))
    });
    match looked.await {
        Ok(prospect) => vec![judge(prospect)],
        Err(error) => vec![Finding::not_checked("dolt", format!("looking for it failed: {error}"))],
    }
}

fn judge(prospect: Result<Prospect, Missing>) -> Finding {
    match prospect {
        Ok(Prospect::Ready { path, version }) => Finding::ok("dolt", format!("{version}, {}", path.display())),
        Ok(Prospect::WouldBuild { version }) => Finding::warning(
            "dolt",
            format!("none was found; the first start builds {version}, which takes some minutes"),
            "wait for it, or give one with --dolt PATH or DOLTOPS_DOLT",
        ),
        Err(Missing { what, next }) => Finding::missing("dolt", what, next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;

    #[test]
    fn one_that_would_be_built_is_a_warning_and_none_is_missing() {
        assert_eq!(judge(Ok(Prospect::WouldBuild { version: "2.2.0".into() })).outcome, Outcome::Warning);
        let none = judge(Err(Missing { what: "no Dolt was found".into(), next: "install it".into() }));
        assert_eq!((none.outcome, none.next.as_str()), (Outcome::Missing, "install it"));
    }
}
