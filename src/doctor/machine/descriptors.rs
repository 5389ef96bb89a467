//! How many files and connections this process, and what it starts, may have open.

use crate::{config::Provider, doctor::Finding};
use rustix::process::{Resource, getrlimit};

/// For 400 deployments: a connection each to agents, as many tunnels, the store's connections and files.
const CONTROL_PLANE: u64 = 1_024;
/// A Dolt server opens its tables' files and a descriptor a connection; it inherits this process's limit.
const SANDBOX: u64 = 4_096;

pub fn check(provider: Provider) -> Finding {
    let limit = getrlimit(Resource::Nofile);
    judge(limit.current, limit.maximum, if provider == Provider::Local { SANDBOX } else { CONTROL_PLANE })
}

/// No number: no limit.
fn judge(current: Option<u64>, most: Option<u64>, needed: u64) -> Finding {
    let check = "file descriptors";
    match current {
        Some(now) if now < needed => {
            let next = match most {
                Some(most) if most < needed => format!(
                    "the most is {most}: raise it in /etc/security/limits.conf, or with LimitNOFILE={needed} in a systemd unit"
                ),
                _ => format!("ulimit -n {needed}, in the shell that starts doltops"),
            };
            Finding::warning(check, format!("{now} can be open at once; {needed} are needed"), next)
        }
        Some(now) => Finding::ok(check, format!("{now} can be open at once")),
        None => Finding::ok(check, "there is no limit"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_depends_on_who_may_raise_the_limit() {
        assert!(judge(Some(256), Some(65_536), 1_024).next.starts_with("ulimit"));
        assert!(judge(Some(256), None, 1_024).next.starts_with("ulimit"));
        assert!(judge(Some(256), Some(512), 1_024).next.contains("LimitNOFILE=1024"));
        assert!(judge(None, None, 1_024).next.is_empty());
    }
}
