//! How quick and how light the console is, beside what was promised.
//!
//! `cargo bench --bench console` prints the figures of one run on one machine; none is asserted. Everything is measured
//! from outside, on the real program in a real pseudo-terminal that is attached to a control plane made of data:
//!
//! - **start**: from the start of the process to its first frame, which waits for no network, but for the terminal's
//!   answer about its background, which it gives at once here; and to 1,000 deployments on the screen.
//! - **keys**: from the key's write to the end of its frame, with 10,000 deployments, while the control plane hangs as a
//!   whole: it was loaded before. Keys come as fast as a held key repeats.
//! - **frames**: the processor time of a frame, on all threads: reading the key, updating, drawing, writing. By view and
//!   size; of a key that moves or types something, and of one that writes every cell anew (`Ctrl+L`).
//! - **idle**: bytes written and wake-ups a second, when nothing has come for a minute and every age is older than that.
//!   A wake-up is a voluntary wait that ended, of any thread.
//! - **memory**: what is resident after the fleet was told five times, and over a log that does not end.
//!
//! Words choose parts: `cargo bench --bench console -- keys idle`. `quick` takes smaller numbers, to see that it works.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark that cannot go on says so and ends")]
#![allow(dead_code, reason = "the stories use more of their support than this does")]

#[path = "../../tests/stories/support/fake_api.rs"]
mod fake_api;
mod plane;
mod process;
mod pty;

use plane::Plane;
use pty::Pty;
use std::{fmt::Display, thread, time::Duration};

/// The size that other consoles were measured at.
const SIZE: (u16, u16) = (120, 40);

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// A held key repeats 30 times a second.
const HELD: Duration = Duration::from_millis(33);

/// When its frame is on the screen, what a console still does for a key is done within this.
const SETTLED: Duration = Duration::from_millis(5);

/// Views, the keys that lead there from the fleet, what says that one is there, and two keys of which each takes back what
/// the other did. Not what takes every key as text: no
/// key draws that anew.
const VIEWS: [(&str, &str, &str, [&str; 2]); 11] = [
    ("fleet", "", "db-00000", ["j", "k"]),
    ("pulse", "P", "› Pulse", ["j", "k"]),
    ("deployment", "\r", "› db-00000", ["t", "t"]),
    ("metrics", "m", "› Metrics", ["\x1b[D", "\x1b[C"]),
    ("logs", "l", "› Logs", ["k", "j"]),
    ("history", "H", "› History", ["j", "k"]),
    ("events", ":events\r", "› Events", ["t", "t"]),
    ("incidents", "I", "› Incidents", ["t", "t"]),
    ("settings", "S", "› Settings", ["a", "\x7f"]),
    ("help", "?", "Keys here", ["j", "k"]),
    ("SQL", "x", "› SQL", ["a", "\x7f"]),
];

/// How much is measured.
struct Amounts {
    starts: usize,
    keys: usize,
    frames: usize,
    fleets: [u32; 2],
    lines: u32,
    rest: Duration,
}

const WHOLE: Amounts = Amounts {
    starts: 11,
    keys: 400,
    frames: 100,
    fleets: [1_000, 10_000],
    lines: 1_000_000,
    rest: Duration::from_secs(60),
};

const QUICK: Amounts =
    Amounts { starts: 3, keys: 50, frames: 10, fleets: [1_000, 10_000], lines: 60_000, rest: Duration::from_secs(10) };

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let amounts = if words.iter().any(|word| word == "quick") { QUICK } else { WHOLE };
    let all = words.iter().all(|word| word == "quick");
    type Part = fn(&Amounts);
    let parts: [(&str, Part); 5] =
        [("start", start), ("keys", keys), ("frames", frames), ("idle", idle), ("memory", memory)];
    for (name, part) in parts {
        if all || words.iter().any(|word| word == name) {
            println!("{name}");
            part(&amounts);
        }
    }
}

fn tell(what: &str, figure: impl Display, goal: &str) {
    println!("  {what:<44} {figure:>34}   {goal}");
}

/// A folder with a control plane of so many deployments, and a console that shows them.
fn attached(deployments: u32, times: usize, size: (u16, u16)) -> (tempfile::TempDir, Plane, Pty) {
    let folder = tempfile::tempdir().expect("a folder");
    let plane = Plane::start(folder.path(), plane::script(deployments, times));
    let console = Pty::start(folder.path(), size);
    console.see(&plane::name(0));
    (folder, plane, console)
}

fn start(amounts: &Amounts) {
    let (mut first, mut fleet) = (Vec::new(), Vec::new());
    for _ in 0..amounts.starts {
        let folder = tempfile::tempdir().expect("a folder");
        let _plane = Plane::start(folder.path(), plane::script(amounts.fleets[0], 1));
        let console = Pty::start(folder.path(), SIZE);
        fleet.push(console.see(&plane::name(0)));
        first.push(console.first_frame());
    }
    tell("to the first frame", spread(first), "goal: 30 ms");
    tell(&format!("to {} deployments", amounts.fleets[0]), spread(fleet), "");
}

fn keys(amounts: &Amounts) {
    let [_, deployments] = amounts.fleets;
    let (_folder, mut plane, mut console) = attached(deployments, 1, SIZE);
    plane.hang();
    let goal = "goal: 5 ms at p95";
    let held = |console: &mut Pty, key: &str| {
        thread::park_timeout(HELD);
        console.key(key)
    };
    let down: Vec<Duration> = (0..amounts.keys).filter_map(|_| held(&mut console, "j")).collect();
    tell("a row down", spread(down), goal);
    let pages = ["\x1b[6~", "\x1b[6~", "\x1b[5~", "G", "\x1b[H"];
    let pages: Vec<Duration> =
        (0..amounts.keys).filter_map(|turn| held(&mut console, pages[turn % pages.len()])).collect();
    tell("pages, the end, the beginning", spread(pages), goal);
    console.press("/");
    let typed = ["d", "b", "-", "9", "\x7f", "4", "2", "\x7f", "\x7f", "\x7f", "\x7f", "\x7f"];
    let letters: Vec<Duration> =
        (0..amounts.keys).filter_map(|turn| held(&mut console, typed[turn % typed.len()])).collect();
    tell("letters of a filter", spread(letters), goal);
    console.press("\x1b");
    thread::park_timeout(HELD);
    console.press("\x1b");
    let sorts: Vec<Duration> = (0..amounts.keys / 4).filter_map(|_| held(&mut console, "o")).collect();
    tell("the order by another column", spread(sorts), goal);
}

fn frames(amounts: &Amounts) {
    let [deployments, _] = amounts.fleets;
    let (_folder, _plane, mut console) = attached(deployments, 1, SIZE);
    for (view, keys, shows, turns) in VIEWS {
        console.press(keys);
        console.see(shows);
        for size in SIZES {
            console.resize(size);
            let mut frame = |key: &str| {
                thread::park_timeout(HELD);
                let before = process::processor(console.pid());
                console.key(key)?;
                thread::park_timeout(SETTLED);
                Some(process::processor(console.pid()) - before)
            };
            let usual: Vec<Duration> = (0..amounts.frames).filter_map(|turn| frame(turns[turn % 2])).collect();
            let whole: Vec<Duration> = (0..amounts.frames).filter_map(|_| frame("\x0c")).collect();
            let size = format!("{}×{}", size.0, size.1);
            tell(&format!("{view}, {size}"), spread(usual), "goal: 1 ms at p99");
            tell(&format!("{view}, {size}, every cell anew"), spread(whole), "");
        }
        // Up to the fleet, whatever stands over it; the fleet itself stays.
        for _ in 0..2 {
            console.press("\x1b");
            thread::park_timeout(HELD);
        }
        console.see(&plane::name(0));
    }
}

fn idle(amounts: &Amounts) {
    let [deployments, _] = amounts.fleets;
    let (_folder, _plane, console) = attached(deployments, 1, SIZE);
    let waits = || process::waits(console.pid());
    thread::sleep(amounts.rest);
    let (bytes, waited, busy) = (console.bytes(), waits(), process::processor(console.pid()));
    thread::sleep(amounts.rest);
    let seconds = amounts.rest.as_secs_f64();
    tell("bytes", console.bytes() - bytes, "goal: 0");
    #[allow(clippy::cast_precision_loss, reason = "a few hundred")]
    let waited = (waits() - waited) as f64 / seconds;
    tell("wake-ups a second", format!("{waited:.1}"), "goal: 2");
    let busy = (process::processor(console.pid()) - busy).as_secs_f64() / seconds;
    tell("of one processor", format!("{:.3} %", busy * 100.0), "goal: 0.1 %");
}

fn memory(amounts: &Amounts) {
    for deployments in amounts.fleets {
        let (_folder, _plane, console) = attached(deployments, 5, SIZE);
        // Until it has taken in what it was told, and has given back what it could.
        thread::sleep(amounts.rest / 10);
        let goal = if deployments == 1_000 { "goal: 40 MB" } else { "" };
        tell(&format!("{deployments} deployments"), resident(&console), goal);
    }
    for lines in [amounts.lines / 20, amounts.lines / 2, amounts.lines] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut script = plane::script(1, 1);
        script.chatter = lines;
        let _plane = Plane::start(folder.path(), script);
        let mut console = Pty::start(folder.path(), SIZE);
        console.see(&plane::name(0));
        console.press("l");
        // One follows: the last line stays.
        console.see(&format!("connection {} ran", lines - 1));
        tell(&format!("a log of {lines} lines"), resident(&console), "goal: flat");
    }
}

/// What is resident, and was at most.
fn resident(console: &Pty) -> String {
    let (now, peak) = process::memory(console.pid());
    format!("{:.1} MB, at most {:.1} MB", megabytes(now), megabytes(peak))
}

#[allow(clippy::cast_precision_loss, reason = "one digit after the point is shown")]
fn megabytes(kibibytes: u64) -> f64 {
    kibibytes as f64 * 1_024.0 / 1e6
}

/// The median, and what 95 and 99 of a hundred stay under.
fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let Some(last) = times.len().checked_sub(1) else { return "nothing was drawn".to_owned() };
    let at = |percent: usize| times[(last * percent).div_ceil(100)].as_secs_f64() * 1_000.0;
    format!("{:.2} / {:.2} / {:.2} ms", at(50), at(95), at(99))
}
