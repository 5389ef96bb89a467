//! What happens in a run from outside, as plain data: it is drawn from the seed at the beginning, so that a failing
//! run can be made smaller by leaving events out.

use super::{random::Random, site::Kind};
use std::time::Duration;

/// How a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum No {
    /// Too many calls.
    Throttled,
    /// The other side stumbles.
    ServerError,
    /// What is named is not there yet, or not any more.
    Missing,
    /// The token was used with other parameters.
    Mismatch,
    /// No capacity.
    Full,
    /// No permission.
    Denied,
}

/// What strikes one effect of a process.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Killed before the effect.
    DiesBefore,
    /// Killed after the effect; its answer never came.
    DiesAfter,
    /// Killed after the answer, before anything more was done or written down.
    DiesThen,
    /// It worked; the answer was lost.
    LosesAnswer,
    /// It did nothing: throttled, no capacity.
    Refused,
    /// It did nothing, and neither does any call of that kind for a while.
    Says { no: No, lasting: Duration },
    /// Frozen before the call goes out, which it does when it thaws.
    FreezesBefore(Duration),
    /// Frozen before the answer is read.
    FreezesAfter(Duration),
    /// The instance ends as the call arrives.
    Ends,
    /// No answer in time, and it works so much later: also what a frozen process does whose call was in flight.
    Late(Duration),
}

/// What a person asks for; names, types and settings by number.
#[derive(Clone, Debug)]
pub enum Ask {
    Create {
        kind: u64,
        gib: u32,
        stopped: bool,
    },
    /// A new one whose certificate is a public authority's; only where there are names.
    CreatePublic,
    /// The authority wants its certificate renewed: nobody's wish but its own.
    Wish,
    /// A change request is merged: another type for this deployment, and a new one beside it.
    Merge {
        beside: u64,
    },
    /// Two at once: a setting of this deployment, and a new one beside it.
    Batch {
        beside: u64,
    },
    Resize {
        kind: Option<u64>,
        gib: Option<u32>,
    },
    Set {
        which: u64,
    },
    Stop,
    Start,
    Restart,
    Pause,
    Resume,
    Protect,
    Unprotect,
    Delete {
        right: bool,
    },
    /// One deployment, or all, so many commits back.
    Back {
        all: bool,
        commits: u64,
    },
}

/// Something from outside.
#[derive(Clone, Debug)]
pub enum Event {
    /// A person asks for something about the deployment of this name.
    Ask { name: u64, ask: Ask },
    /// The so many-th effect from now on has this fault.
    Fault { after: u64, fault: Fault },
    /// Looks at instances (0), volumes (1) or copies (2) show what was this long ago, for a while.
    Stale { which: usize, age: Duration, lasting: Duration },
    /// Looks fail for a while.
    Blind { lasting: Duration },
    /// Instances are stopped or ended behind our back.
    Ended { name: u64, stopped: bool },
    /// A volume is destroyed behind our back, with the instance that has it.
    Lost { name: u64 },
    /// An agent does not answer for a while.
    Mute { name: u64, lasting: Duration },
    /// Agents of what is launched meanwhile never answer.
    Never { lasting: Duration },
    /// A Dolt does not run for a while.
    DoltDown { name: u64, lasting: Duration },
    /// A process of the control plane is killed.
    Kill { process: usize },
    /// A process is frozen between deciding and acting.
    Freeze { process: usize, lasting: Duration },
    /// The store is half restored for a while: a deployment's desired row is missing.
    HalfStore { name: u64, lasting: Duration },
    /// A type (or all) cannot be had in a zone (or in all) for a while.
    Full { kind: u64, zone: u64, lasting: Duration },
    /// A volume is taken off its instance.
    Detached { name: u64 },
    /// An instance is stopped and given another type.
    Retyped { name: u64 },
    /// A name is led elsewhere, or nowhere; whose it is still stands beside it.
    Renamed { name: u64, gone: bool },
    /// A record of somebody else's stands under a name.
    Foreign { name: u64 },
    /// A process's wall clock is so many seconds off from now on.
    Skew { process: usize, seconds: i64 },
    /// Agents answer with what they said this long ago, for a while.
    OldWords { age: Duration, lasting: Duration },
    /// Every other look shows what was this long ago.
    Wavers { age: Duration, lasting: Duration },
    /// The store has nothing in it for a while: it is about to be restored.
    EmptyStore { lasting: Duration },
    /// The whole machine sleeps: time passes and no process runs.
    Sleep { lasting: Duration },
}

/// Deployments' names; few, so that names are used again.
pub const NAMES: [&str; 3] = ["orders", "users", "stock"];

/// The name of this number; more than [`NAMES`] are for runs with many deployments.
pub fn name_of(number: u64) -> String {
    let few = usize::try_from(number).ok().and_then(|number| NAMES.get(number));
    few.map_or_else(|| format!("db-{number}"), |name| (*name).to_owned())
}

/// How long things happen; after it everyone must settle.
pub const TROUBLE: Duration = Duration::from_secs(3600);

/// The events of a seed, in order of time.
pub fn draw(seed: u64, kind: Kind) -> Vec<(Duration, Event)> {
    let mut random = Random::new(seed);
    let mut events = vec![(Duration::from_secs(1), asked(0, Ask::Create { kind: 0, gib: 1, stopped: false }))];
    let mut at = Duration::from_secs(1);
    // Some runs are busy and some are calm: in a calm one things settle between events.
    let pace = [5_000, 30_000, 240_000][usize::try_from(random.below(3)).unwrap_or(0)];
    loop {
        at += Duration::from_millis(random.below(pace));
        if at > TROUBLE {
            return events;
        }
        let event = if kind != Kind::Local && random.once_in(5) { of_aws(&mut random) } else { event(&mut random) };
        events.push((at, event));
    }
}

fn asked(name: u64, ask: Ask) -> Event {
    Event::Ask { name, ask }
}

fn seconds(random: &mut Random, most: u64) -> Duration {
    // Short times more often than long ones.
    let most = 1 + random.below(most);
    Duration::from_millis(random.below(most * 1000))
}

fn event(random: &mut Random) -> Event {
    let name = random.below(NAMES.len() as u64);
    match random.below(24) {
        0..=10 => asked(name, ask(random)),
        11..=14 => Event::Fault { after: random.below(6), fault: fault(random) },
        15 => {
            // Never volumes: a deletion that sees none of a volume that was just made forgets it, and no single look
            // can tell that from a volume that is gone. A cloud whose looks at volumes lag must wait that lag out.
            let which = [0, 2][usize::try_from(random.below(2)).unwrap_or(0)];
            Event::Stale { which, age: seconds(random, 60), lasting: seconds(random, 60) }
        }
        16 => Event::Blind { lasting: seconds(random, 120) },
        17 => match random.below(8) {
            0 => Event::Lost { name },
            _ => Event::Ended { name, stopped: random.once_in(2) },
        },
        18 => Event::Mute { name, lasting: seconds(random, 900) },
        19 => match random.below(2) {
            0 => Event::Never { lasting: seconds(random, 120) },
            _ => Event::DoltDown { name, lasting: seconds(random, 120) },
        },
        20 => Event::Kill { process: usize::try_from(random.below(2)).unwrap_or(0) },
        21 => Event::Freeze { process: usize::try_from(random.below(2)).unwrap_or(0), lasting: seconds(random, 60) },
        22 => Event::HalfStore { name, lasting: seconds(random, 60) },
        _ => match random.below(4) {
            0 => Event::Sleep { lasting: seconds(random, 3 * 3600) },
            _ => Event::Fault { after: random.below(3), fault: fault(random) },
        },
    }
}

/// What happens only in a world like AWS, which also has more names: enough for the brake.
fn of_aws(random: &mut Random) -> Event {
    let more = 2 * NAMES.len() as u64;
    let name = random.below(NAMES.len() as u64);
    match random.below(18) {
        8..=9 => asked(name, Ask::CreatePublic),
        10 => asked(name, Ask::Wish),
        11 => asked(name, Ask::Merge { beside: random.below(more) }),
        12 => asked(name, Ask::Batch { beside: random.below(more) }),
        13..=15 => asked(random.below(more), Ask::Create { kind: 0, gib: 1, stopped: random.once_in(2) }),
        16 => asked(name, Ask::Back { all: true, commits: random.below(30) }),
        17 => asked(random.below(more), Ask::Delete { right: true }),
        0..=2 => Event::Full { kind: random.below(4), zone: random.below(3), lasting: seconds(random, 900) },
        3 => Event::Detached { name },
        4 => Event::Retyped { name },
        5..=6 => Event::Renamed { name, gone: random.once_in(2) },
        _ => Event::Foreign { name },
    }
}

fn fault(random: &mut Random) -> Fault {
    match random.below(6) {
        0 => Fault::DiesBefore,
        1 => Fault::DiesAfter,
        2 => Fault::DiesThen,
        3 => Fault::LosesAnswer,
        4 => Fault::Refused,
        _ => Fault::Late(seconds(random, 60)),
    }
}

pub fn ask(random: &mut Random) -> Ask {
    // One type in five is not offered; a size may be a shrink; one setting in four is none; one in three begins stopped.
    match random.below(16) {
        0..=2 => Ask::Create { kind: random.below(5), gib: size(random), stopped: random.once_in(3) },
        3 => Ask::Resize { kind: Some(random.below(5)), gib: None },
        4 => Ask::Resize { kind: None, gib: Some(size(random)) },
        5 => Ask::Resize { kind: Some(random.below(5)), gib: Some(size(random)) },
        6 => Ask::Set { which: random.below(4) },
        7 => Ask::Stop,
        8..=9 => Ask::Start,
        10 => Ask::Restart,
        11 if random.once_in(2) => Ask::Pause,
        11 => Ask::Resume,
        12 if random.once_in(2) => Ask::Protect,
        12 => Ask::Unprotect,
        13 => Ask::Delete { right: !random.once_in(5) },
        14 => Ask::Delete { right: true },
        _ => Ask::Back { all: random.once_in(2), commits: random.below(12) },
    }
}

fn size(random: &mut Random) -> u32 {
    1 + u32::try_from(random.below(4)).unwrap_or(0)
}
