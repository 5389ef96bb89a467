//! `[incidents]`: when something is an incident. Each default carries its reason; each value is valid once read.

use super::rules::Rule;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use std::collections::{BTreeMap, BTreeSet};

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Within<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Within<MIN, MAX> {
    /// The number; a default that is out of bounds does not compile.
    const fn new(value: u32) -> Self {
        assert!(MIN <= value && value <= MAX);
        Self(value)
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Within<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(from)?;
        let valid = u32::try_from(number).ok().filter(|number| (MIN..=MAX).contains(number));
        valid.map(Self).ok_or_else(|| D::Error::custom(format!("{number} is out of bounds: {MIN} to {MAX}")))
    }
}

/// Not shorter than the reconciler's own look; a day is a rule that is as good as off.
pub type Seconds = Within<1, 86_400>;
/// What is sampled is kept for 15 minutes.
pub type Minutes = Within<1, 15>;
/// A share of what there is.
pub type Percent = Within<1, 100>;

/// Where it is written what to do: an address to open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Runbook(String);

/// It stands in a table.
const LONGEST_RUNBOOK: usize = 1_000;

impl Runbook {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Runbook {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let web = text.starts_with("https://") || text.starts_with("http://");
        let plain = !text.chars().any(|c| c.is_control() || c.is_whitespace()) && text.len() <= LONGEST_RUNBOOK;
        if web && plain { Ok(Self(text)) } else { Err(D::Error::custom("a runbook is an address, https://…")) }
    }
}

/// When something is an incident, and when it is over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Rules that are not looked at.
    pub off: BTreeSet<Rule>,
    /// What to do about each.
    pub runbooks: BTreeMap<Rule, Runbook>,
    /// A cause must be away for so long before its incident is resolved; until then its return is counted, and opens no
    /// other.
    pub settled_seconds: Seconds,
    /// An agent is silent for so long.
    pub heartbeat_seconds: Seconds,
    /// A database that should serve does not, for so long.
    pub health_seconds: Seconds,
    /// Dolt, or its instance, ends so often unasked.
    pub crash_times: Within<2, 20>,
    /// Within so long.
    pub crash_minutes: Minutes,
    /// The reconciler fails at the same deployment for so long.
    pub failing_seconds: Seconds,
    /// One step takes longer.
    pub step_minutes: Within<1, 1_440>,
    /// All that was asked for takes longer.
    pub operation_minutes: Within<1, 1_440>,
    /// A copy of a volume, or a volume from a copy, takes longer.
    pub copy_minutes: Within<1, 10_080>,
    /// Of all processors.
    pub cpu_percent: Percent,
    /// In the middle of so long.
    pub cpu_minutes: Minutes,
    /// Of the instance's memory.
    pub memory_percent: Percent,
    /// In the middle of so long.
    pub memory_minutes: Minutes,
    /// Of the connections that Dolt takes.
    pub connections_percent: Percent,
    /// In the middle of so long.
    pub connections_minutes: Minutes,
    /// The slowest query in a hundred.
    pub latency_ms: Within<1, 600_000>,
    /// In the middle of so long.
    pub latency_minutes: Minutes,
    /// Of the volume.
    pub disk_percent: Percent,
    /// The volume is full in less, as it grows now.
    pub disk_hours: Within<1, 168>,
    /// A certificate ends in less.
    pub certificate_days: Within<1, 365>,
    /// What was changed by others stays so for so long.
    pub drift_seconds: Seconds,
    /// So many with the same trouble at once have one cause.
    pub shared_deployments: Within<2, 50>,
    /// The store does not answer for so long.
    pub store_seconds: Seconds,
    /// The store's standby is away or behind.
    pub standby_seconds: Seconds,
    /// The cloud cannot be looked at for so long.
    pub cloud_seconds: Seconds,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            off: BTreeSet::new(),
            runbooks: BTreeMap::new(),
            // Twice the longest backoff and a resync: what comes back within that was never mended.
            settled_seconds: Seconds::new(120),
            // 30 heartbeats. An agent that is started again by its supervisor is back in a few seconds.
            heartbeat_seconds: Seconds::new(60),
            // A restart takes seconds here and an instance on EC2 some 40 s to boot; twice that is not mending itself.
            health_seconds: Seconds::new(90),
            // One end is an accident, and what is started again over a lock or a port that was not free yet ends twice or
            // thrice. systemd gives up after as many.
            crash_times: Within::new(5),
            // One end in two minutes: each throws every client out, and none lasts as long as `health_seconds` asks.
            crash_minutes: Minutes::new(10),
            // When a deployment is called failed: most troubles of a cloud are over by then.
            failing_seconds: Seconds::new(180),
            // A launch may wait for an instance's first answer for 10 min where its volume follows it.
            step_minutes: Within::new(15),
            // A create on EC2 takes some 3 min, a resize 5.
            operation_minutes: Within::new(60),
            // The first snapshot of a large EBS volume takes hours.
            copy_minutes: Within::new(360),
            cpu_percent: Percent::new(90),
            // A nightly report may take all processors for some minutes; the median over ten is a load that stays.
            cpu_minutes: Minutes::new(10),
            // Go's collector works against a limit below this: what is above it cannot be freed, and the kernel is next.
            memory_percent: Percent::new(95),
            memory_minutes: Minutes::new(5),
            // The next burst is refused.
            connections_percent: Percent::new(90),
            connections_minutes: Minutes::new(2),
            // An interactive page of several queries feels broken.
            latency_ms: Within::new(1_000),
            latency_minutes: Minutes::new(10),
            // As a deployment counts as degraded: a commit and its garbage need room of their own.
            disk_percent: Percent::new(90),
            // Time to wake up, look, and grow the volume; EBS allows one growth in 6 hours.
            disk_hours: Within::new(6),
            // Let's Encrypt's own last warning; ours are renewed a month before.
            certificate_days: Within::new(7),
            // What the reconciler mends by itself is mended within minutes.
            drift_seconds: Seconds::new(600),
            // Two may fall together by chance; three within a minute of one another do not.
            shared_deployments: Within::new(3),
            // A server that is started again answers within seconds.
            store_seconds: Seconds::new(30),
            // A server that is started again has caught up by then.
            standby_seconds: Seconds::new(60),
            // Ten missed resyncs; a throttled account recovers sooner.
            cloud_seconds: Seconds::new(300),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_the_default() {
        let read: Settings = toml::from_str("").expect("valid");
        assert_eq!(read, Settings::default());
        let read: Settings = toml::from_str("off = ['latency']\ncpu_percent = 50").expect("valid");
        assert_eq!((read.cpu_percent.get(), read.off.contains(&Rule::Latency)), (50, true));
    }

    #[test]
    fn a_wrong_value_is_refused() {
        for wrong in [
            "cpu_percent = 0",
            "cpu_percent = 101",
            "cpu_minutes = 16",
            "settled_seconds = -1",
            "settled_seconds = 86401",
            "off = ['weather']",
            "runbooks = { heartbeat = 'ask Bob' }",
            "runbooks = { weather = 'https://x' }",
            "cpu = 5",
        ] {
            toml::from_str::<Settings>(wrong).expect_err(wrong);
        }
    }
}
