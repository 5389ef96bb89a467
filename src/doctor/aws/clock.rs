//! This machine's clock against the services': a signed request is refused when it is off by more than five minutes.

use super::{Account, http};
use crate::doctor::Finding;
use jiff::{Timestamp, fmt::rfc2822};

/// AWS refuses what was signed further away than this.
const REFUSED_SECONDS: u64 = 300;
/// A clock that is kept by NTP is never off by this; one that is will be further off tomorrow.
const DRIFTING_SECONDS: u64 = 30;

pub async fn check(account: &Account<'_>) -> Vec<Finding> {
    let region = &account.config.region;
    // EC2 answers a plain GET, without credentials, with its date.
    let url = account.config.endpoint_url.clone().unwrap_or_else(|| format!("https://ec2.{region}.amazonaws.com/"));
    let answer = http::get(&url, None).await;
    let theirs = answer.and_then(|answer| answer.date.ok_or_else(|| format!("{url} tells no date")));
    vec![judge(account.env.now(), theirs)]
}

fn judge(ours: Timestamp, theirs: Result<String, String>) -> Finding {
    let check = "clock against AWS";
    let theirs = theirs.and_then(|text| {
        rfc2822::parse(&text).map(|zoned| zoned.timestamp()).map_err(|_| format!("'{text}' is no date"))
    });
    let theirs = match theirs {
        Ok(theirs) => theirs,
        Err(why) => return Finding::not_checked(check, why),
    };
    let (off, way) = match ours.as_second() - theirs.as_second() {
        ahead @ 0.. => (ahead.unsigned_abs(), "ahead"),
        behind => (behind.unsigned_abs(), "behind"),
    };
    let set = "set it: timedatectl set-ntp true; chronyc tracking tells how far it is off";
    let found = format!("{off} s {way}");
    match off {
        0..DRIFTING_SECONDS => Finding::ok(check, found),
        DRIFTING_SECONDS..REFUSED_SECONDS => Finding::warning(check, found, set),
        _ => Finding::missing(
            check,
            format!("{found}: AWS refuses what is signed so, and certificates are not valid"),
            set,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Outcome;
    use jiff::SignedDuration;

    #[test]
    fn five_minutes_are_refused_in_both_directions() {
        let said = "Mon, 02 Mar 2026 10:00:00 GMT";
        let there: Timestamp = "2026-03-02T10:00:00Z".parse().expect("a time");
        let of = |seconds| judge(there + SignedDuration::from_secs(seconds), Ok(said.to_owned()));
        assert_eq!(of(3).outcome, Outcome::Ok);
        assert_eq!(of(-100).outcome, Outcome::Warning);
        assert_eq!((of(300).outcome, of(-300).outcome), (Outcome::Missing, Outcome::Missing));
        assert!(of(-100).found.starts_with("100 s behind"));
        assert_eq!(judge(there, Ok("yesterday".to_owned())).outcome, Outcome::NotChecked);
    }
}
