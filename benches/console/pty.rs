//! The real program in a real pseudo-terminal, with the time and the size of every frame.
//!
//! A frame is there when the end of its synchronized update has been read; its time is taken before anything is done with
//! what was read.

use doltops_agent::clock;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::{
    io::{Read, Write},
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};
use vt100::Parser;

/// Asks a terminal for its kind: sent behind the question for its background (see `runner::background`).
const KIND: &[u8] = b"\x1b[c";

/// What a dark terminal answers to both.
const ANSWER: &[u8] = b"\x1b]11;rgb:1c1c/1c1c/1c1c\x1b\\\x1b[?62;22c";

/// Ends a frame.
const END: &[u8] = b"\x1b[?2026l";

/// Nothing that is waited for takes longer, without optimisation and on a busy machine.
const PATIENCE: Duration = Duration::from_secs(600);

/// A key that changes nothing draws nothing: so long is waited for its frame.
const NO_FRAME: Duration = Duration::from_millis(500);

struct Seen {
    screen: Parser,
    bytes: u64,
    frames: u64,
    /// When the first frame was there, and the last.
    first: Option<Instant>,
    at: Instant,
}

/// What is typed, by whoever measures and by the terminal itself.
type Keys = Arc<Mutex<Box<dyn Write + Send>>>;

/// A console on a terminal of its own.
pub struct Pty {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    keys: Keys,
    console: Box<dyn Child + Send + Sync>,
    terminal: Box<dyn MasterPty + Send>,
    began: Instant,
}

fn pty_size((columns, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

impl Pty {
    /// Starts the console on this folder, which holds the state and the configuration.
    pub fn start(folder: &Path, size: (u16, u16)) -> Self {
        let pair = native_pty_system().openpty(pty_size(size)).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_doltops"));
        command.env("DOLTOPS_STATE_DIR", folder);
        command.env("XDG_CONFIG_HOME", folder.join("config"));
        command.env("TERM", "xterm-256color");
        for name in ["DOLTOPS_CONFIG", "DOLTOPS_CONNECT", "NO_COLOR"] {
            command.env_remove(name);
        }
        command.arg("--fresh");
        let seen =
            Seen { screen: Parser::new(size.1, size.0, 0), bytes: 0, frames: 0, first: None, at: clock::instant() };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let mut output = pair.master.try_clone_reader().expect("a reader");
        let keys: Keys = Arc::new(Mutex::new(pair.master.take_writer().expect("a writer")));
        let (shown, answers) = (Arc::clone(&seen), Arc::clone(&keys));
        let began = clock::instant();
        let console = pair.slave.spawn_command(command).expect("it starts");
        drop(pair.slave);
        thread::spawn(move || read(&mut output, &answers, &shown));
        Self { seen, keys, console, terminal: pair.master, began }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The console's process.
    pub fn pid(&self) -> u32 {
        self.console.process_id().expect("it runs")
    }

    /// Bytes that it has written.
    pub fn bytes(&self) -> u64 {
        self.seen().bytes
    }

    /// How long after the start its first frame was there.
    pub fn first_frame(&self) -> Duration {
        self.frame_after(0, PATIENCE).expect("a frame");
        self.seen().first.expect("one was there") - self.began
    }

    /// Waits until the screen shows this, and gives how long after the start that was.
    pub fn see(&self, text: &str) -> Duration {
        let mut seen = self.seen();
        while !seen.screen.screen().contents().contains(text) {
            let (again, waited) = self.seen.1.wait_timeout(seen, PATIENCE).unwrap_or_else(PoisonError::into_inner);
            assert!(!waited.timed_out(), "no '{text}' on\n{}", again.screen.screen().contents());
            seen = again;
        }
        seen.at - self.began
    }

    /// Types keys, as a terminal sends them.
    pub fn press(&mut self, keys: &str) {
        type_in(&self.keys, keys.as_bytes());
    }

    /// Types a key and gives how long its frame took to come; none where it drew nothing.
    pub fn key(&mut self, key: &str) -> Option<Duration> {
        let before = self.seen().frames;
        let began = clock::instant();
        self.press(key);
        self.frame_after(before, NO_FRAME).map(|at| at - began)
    }

    /// Makes the terminal another size and waits for the frame.
    pub fn resize(&mut self, size: (u16, u16)) {
        let before = {
            let mut seen = self.seen();
            seen.screen.screen_mut().set_size(size.1, size.0);
            seen.frames
        };
        self.terminal.resize(pty_size(size)).expect("the terminal is there");
        self.frame_after(before, NO_FRAME);
    }

    fn frame_after(&self, frames: u64, patience: Duration) -> Option<Instant> {
        let waited = self.seen.1.wait_timeout_while(self.seen(), patience, |seen| seen.frames == frames);
        let (seen, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        (!waited.timed_out()).then_some(seen.at)
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.console.kill();
        let _ = self.console.wait();
    }
}

fn type_in(keys: &Keys, bytes: &[u8]) {
    let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
    keys.write_all(bytes).and_then(|()| keys.flush()).expect("the terminal is there");
}

fn read(output: &mut dyn Read, keys: &Keys, shown: &(Mutex<Seen>, Condvar)) {
    let mut bytes = vec![0; 64 * 1024];
    // What was read last, in case an end is torn in two.
    let mut tail = Vec::new();
    while let Ok(count @ 1..) = output.read(&mut bytes) {
        let now = clock::instant();
        if bytes[..count].windows(KIND.len()).any(|window| window == KIND) {
            type_in(keys, ANSWER);
        }
        tail.extend_from_slice(&bytes[..count]);
        let ends = tail.windows(END.len()).filter(|window| *window == END).count();
        tail.drain(..tail.len().saturating_sub(END.len() - 1));
        let mut seen = shown.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.bytes += u64::try_from(count).unwrap_or_default();
        if ends > 0 {
            seen.frames += u64::try_from(ends).unwrap_or_default();
            seen.at = now;
            seen.first.get_or_insert(now);
        }
        seen.screen.process(&bytes[..count]);
        shown.1.notify_all();
    }
}
