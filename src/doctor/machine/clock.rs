//! The clock, as far as the machine itself can tell: it does not stand before what it has written down.
//!
//! Against AWS it is compared with the services' own (`aws::clock`).

use crate::{config::Config, doctor::Finding, env::Env};
use jiff::Timestamp;
use std::{fs, path::Path};

/// A machine whose battery is empty begins in 1970 or 2000; this program is younger.
const EARLIEST: Timestamp = Timestamp::constant(1_767_225_600, 0);
/// File systems of other machines may be ahead by some seconds.
const TOLERANCE_SECONDS: i64 = 60;

pub fn check(config: &Config, env: &dyn Env) -> Finding {
    judge(env.now(), newest(&config.state_dir))
}

/// When the newest file of a folder was written.
fn newest(folder: &Path) -> Option<Timestamp> {
    let files = fs::read_dir(folder).ok()?.flatten();
    let written = files.filter_map(|file| file.metadata().ok()?.modified().ok());
    written.max().and_then(|time| Timestamp::try_from(time).ok())
}

fn judge(now: Timestamp, written: Option<Timestamp>) -> Finding {
    let set = "set it: timedatectl set-ntp true, or ask the machine's operator";
    if now < EARLIEST {
        return Finding::missing("clock", format!("it says {now}: certificates would not be valid yet"), set);
    }
    match written {
        Some(written) if written.as_second() > now.as_second() + TOLERANCE_SECONDS => {
            Finding::warning("clock", format!("it says {now}; the state folder was written to at {written}"), set)
        }
        _ => Finding::ok("clock", format!("{}", now.strftime("%Y-%m-%d %H:%M:%S UTC"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;
    use jiff::SignedDuration;

    #[test]
    fn a_clock_that_went_back_is_told() {
        let now = EARLIEST + SignedDuration::from_hours(1_000);
        assert_eq!(judge(now, Some(now - SignedDuration::from_hours(1))).outcome, Outcome::Ok);
        assert_eq!(judge(now, Some(now + SignedDuration::from_hours(1))).outcome, Outcome::Warning);
        assert_eq!(judge(Timestamp::UNIX_EPOCH, None).outcome, Outcome::Missing);
    }
}
