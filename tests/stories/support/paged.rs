//! A state folder that pages to a server on this machine: `duty` as PagerDuty, `hook` as a webhook with a signature.

use super::sandbox::Sandbox;
use doltops_stand_in::receiver::Receiver;
use std::fs;

/// The key of both receivers.
pub const KEY: &str = "e93facc04764012d7bfb002500d5d1a6";

/// With these receivers at each level, and these tables before the ones about paging.
pub fn paging_to(server: &Receiver, levels: &[&[&str]], tables: &str) -> Sandbox {
    let mut sandbox = Sandbox::new();
    let url = server.url();
    fs::write(sandbox.path().join("pagerduty.key"), format!("{KEY}\n")).expect("written");
    let mut text = format!(
        r#"
{tables}
[paging.receivers.duty]
kind = "pagerduty"
url = "{url}"
routing_key_file = "pagerduty.key"

[paging.receivers.hook]
kind = "webhook"
url = "{url}/hook"
key_env = "HOOK_KEY"

[paging.rotations.primary]
people = ["op1"]
since = "2026-01-05"
"#
    );
    for (level, receivers) in levels.iter().enumerate() {
        // Whoever is on duty first; the levels after that are everybody's.
        let rotation = if level == 0 { "rotation = \"primary\"\n" } else { "" };
        text.push_str(&format!("\n[[paging.levels]]\n{rotation}receivers = {receivers:?}\n"));
    }
    let file = sandbox.path().join("doltops.toml");
    fs::write(&file, text).expect("written");
    sandbox.set("DOLTOPS_CONFIG", file.display());
    sandbox.set("HOOK_KEY", KEY);
    sandbox
}
