//! The real program in a real pseudo-terminal, read as a person reads it: what stands on the screen.

use super::sandbox::{DOLTOPS, PATIENCE, Sandbox, wait_for};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::{
    io::{Read, Write},
    sync::{Arc, Mutex, PoisonError},
    thread,
};
use vt100::Parser;

/// A console on a terminal of its own.
pub struct Screen {
    screen: Arc<Mutex<Parser>>,
    keys: Box<dyn Write + Send>,
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
        let mut command = CommandBuilder::new(DOLTOPS);
        for (name, value) in sandbox.program().get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            }
        }
        command.env("TERM", "xterm-256color");
        command.args(words.split_whitespace());
        let console = pair.slave.spawn_command(command).expect("it starts");
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(Parser::new(rows, columns, 0)));
        let mut output = pair.master.try_clone_reader().expect("a reader");
        let keys = pair.master.take_writer().expect("a writer");
        let shown = Arc::clone(&screen);
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                shown.lock().unwrap_or_else(PoisonError::into_inner).process(&bytes[..count]);
            }
        });
        Self { screen, keys, console, _terminal: pair.master }
    }

    /// The console's process.
    pub fn pid(&self) -> u32 {
        self.console.process_id().expect("it runs")
    }

    /// What stands on the screen now.
    pub fn text(&self) -> String {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner).screen().contents()
    }

    /// Types keys, as a terminal sends them.
    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush()).expect("the terminal is there");
    }

    /// Waits until the screen shows all of `texts` at once.
    #[track_caller]
    pub fn see(&self, texts: &[&str]) {
        let shows = || texts.iter().all(|text| self.text().contains(text)).then_some(());
        let seen = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| wait_for("the screen", shows)));
        assert!(seen.is_ok(), "waited {PATIENCE:?} for {texts:?} on\n{}", self.text());
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

impl Drop for Screen {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.console.kill();
    }
}
