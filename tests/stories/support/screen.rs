//! The real program in a real pseudo-terminal, read as a person reads it: what stands on the screen.

use super::sandbox::{DOLTOPS, PATIENCE, Sandbox, wait_for};
use doltops_agent::clock;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::{
    io::{Read, Write},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};
use vt100::Parser;

/// Where keys are typed, and where the terminal answers.
type Keys = Arc<Mutex<Box<dyn Write + Send>>>;

/// What a program asks of a terminal, and what one with a black background answers: its background, and its kind.
const ANSWERS: [(&str, &str); 2] =
    [("\u{1b}]11;?", "\u{1b}]11;rgb:0000/0000/0000\u{1b}\\"), ("\u{1b}[c", "\u{1b}[?62;22c")];

/// What the program has sent so far, and when since its start.
type Sent = Vec<(Duration, Vec<u8>)>;

/// Asks for word when the program is idle, and what it says then: see `console::IDLE`.
const ASK: &str = "\x1b[I";
const IDLE: &str = doltops::console::IDLE;

/// Around a frame: what is drawn between them is shown at once.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// How much of these bytes a terminal shows: all but a frame whose end has not come, so that no half of one is read.
fn whole(bytes: &[u8]) -> usize {
    let last = |mark: &[u8]| bytes.windows(mark.len()).rposition(|window| window == mark);
    let open = last(BEGIN).filter(|begin| last(END).is_none_or(|end| end < *begin));
    // A mark may come in two parts itself.
    let torn = bytes.iter().rposition(|byte| *byte == 0x1b).filter(|start| BEGIN.starts_with(&bytes[*start..]));
    open.or(torn).unwrap_or(bytes.len())
}

/// A console on a terminal of its own.
pub struct Screen {
    screen: Arc<Mutex<Parser>>,
    sent: Arc<Mutex<Sent>>,
    keys: Keys,
    console: Box<dyn Child + Send + Sync>,
    _terminal: Box<dyn MasterPty + Send>,
}

impl Screen {
    /// Opens the console on the sandbox's state folder.
    pub fn open(sandbox: &Sandbox, columns: u16, rows: u16) -> Self {
        Self::start(sandbox, "", columns, rows)
    }

    /// The same, with these words on its command line.
    pub fn start(sandbox: &Sandbox, words: &str, columns: u16, rows: u16) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let command = command(sandbox, words);
        let console = pair.slave.spawn_command(command).expect("it starts");
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(Parser::new(rows, columns, 0)));
        let mut output = pair.master.try_clone_reader().expect("a reader");
        let keys: Keys = Arc::new(Mutex::new(pair.master.take_writer().expect("a writer")));
        let sent = Arc::<Mutex<Sent>>::default();
        let began = clock::instant();
        let (shown, told, answering) = (Arc::clone(&screen), Arc::clone(&sent), Arc::clone(&keys));
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            let mut held = Vec::new();
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                held.extend_from_slice(&bytes[..count]);
                let whole: Vec<u8> = held.drain(..whole(&held)).collect();
                shown.lock().unwrap_or_else(PoisonError::into_inner).process(&whole);
                let now = clock::instant() - began;
                told.lock().unwrap_or_else(PoisonError::into_inner).push((now, bytes[..count].to_vec()));
                let text = String::from_utf8_lossy(&bytes[..count]);
                for (_, answer) in ANSWERS.iter().filter(|(asked, _)| text.contains(asked)) {
                    type_keys(&answering, answer);
                }
            }
        });
        Self { screen, sent, keys, console, _terminal: pair.master }
    }

    /// The console's process.
    pub fn pid(&self) -> u32 {
        self.console.process_id().expect("it runs")
    }

    /// What stands on the screen now.
    pub fn text(&self) -> String {
        self.read(vt100::Screen::contents)
    }

    /// Types keys, as a terminal sends them.
    ///
    /// Esc alone goes as terminals with the keyboard flags that the program asks for send it: a plain one together with the
    /// next key would be read as Alt.
    pub fn press(&mut self, keys: &str) {
        type_keys(&self.keys, if keys == "\x1b" { "\x1b[27u" } else { keys });
    }

    /// Every byte that the program has sent so far, as text.
    pub fn sent(&self) -> String {
        let bytes: Vec<u8> = self.told().into_iter().flat_map(|(_, part)| part).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The same in its parts, each with when it came since the start.
    pub fn told(&self) -> Sent {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads what stands on the screen, cell by cell.
    pub fn read<T>(&self, read: impl FnOnce(&vt100::Screen) -> T) -> T {
        read(self.screen.lock().unwrap_or_else(PoisonError::into_inner).screen())
    }

    /// The row and column (from 0) of the first place that shows `text`.
    #[track_caller]
    pub fn place(&self, text: &str) -> (u16, u16) {
        self.see(&[text]);
        let shown = self.text();
        let (row, line) = shown.lines().enumerate().find(|(_, line)| line.contains(text)).expect("on the screen");
        let before = line.split(text).next().unwrap_or_default().chars().count();
        (u16::try_from(row).expect("small"), u16::try_from(before).expect("small"))
    }

    /// The colour of the first place that shows `text`.
    #[track_caller]
    pub fn colour(&self, text: &str) -> vt100::Color {
        let (row, column) = self.place(text);
        self.read(|screen| screen.cell(row, column).expect("a cell").fgcolor())
    }

    /// Clicks on the first place that shows `text`, as a terminal tells it.
    #[track_caller]
    pub fn click(&mut self, text: &str) {
        let (row, column) = self.place(text);
        self.press(&format!("\u{1b}[<0;{};{}M\u{1b}[<0;{0};{1}m", column + 1, row + 1));
    }

    /// Waits until the screen shows all of `texts` at once.
    #[track_caller]
    pub fn see(&self, texts: &[&str]) {
        self.until(&format!("{texts:?}"), || texts.iter().all(|text| self.text().contains(text)));
    }

    /// Waits until the program says that it is idle: what was typed so far is taken in, all that it asked for is answered,
    /// and the screen shows it. So a test can look for what must *not* be there.
    ///
    /// Not what is followed by itself (the fleet, a log) nor a statement that runs: those are waited for by [`Self::see`].
    #[track_caller]
    pub fn idle(&mut self) {
        let said = self.sent().matches(IDLE).count();
        self.press(ASK);
        self.until("the program to be idle", || self.sent().matches(IDLE).count() > said);
    }

    #[track_caller]
    fn until(&self, what: &str, shows: impl Fn() -> bool) {
        let shows = || shows().then_some(());
        let seen = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| wait_for("the screen", shows)));
        assert!(seen.is_ok(), "waited {PATIENCE:?} for {what} on\n{}", self.text());
    }

    /// Waits for the console's end and gives its exit code.
    #[track_caller]
    pub fn end(mut self) -> u32 {
        let mut code = None;
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            wait_for("the console's end", || {
                code = self.console.try_wait().expect("it is ours").map(|status| status.exit_code());
                code
            })
        }));
        ended.unwrap_or_else(|_| panic!("waited {PATIENCE:?} for its end on\n{}", self.text()))
    }
}

/// The program with these words, as in a terminal of one's own.
pub fn command(sandbox: &Sandbox, words: &str) -> CommandBuilder {
    let mut command = CommandBuilder::new(DOLTOPS);
    for (name, value) in sandbox.program().get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        }
    }
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    command.env("DOLTOPS_TELL_IDLE", "1");
    command.args(words.split_whitespace());
    command
}

fn type_keys(keys: &Keys, typed: &str) {
    let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
    keys.write_all(typed.as_bytes()).and_then(|()| keys.flush()).expect("the terminal is there");
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.console.kill();
    }
}
