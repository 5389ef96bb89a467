//! The terminal: taken over, drawn on, and always given back.
//!
//! Guarantees
//! - A frame goes out inside a synchronized update, so that no half of it is seen; a frame that changes nothing sends
//!   no byte.
//! - The terminal is given back when [`Terminal`] is dropped and when the process panics.
//!
//! Of the mouse only presses and the wheel are asked for, and only where the settings say so; with Shift the terminal's own
//! selection keeps working.

mod backend;

use crate::console::{Error, IDLE, state::State, view};
use backend::Synchronized;
use base64::{Engine, engine::general_purpose::STANDARD};
use crossterm::{
    cursor::Show,
    event::{
        DisableBracketedPaste, EnableBracketedPaste, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags,
        PushKeyboardEnhancementFlags,
    },
    execute,
    style::Print,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use ratatui::backend::Backend;
use std::{
    io::{self, BufWriter, IsTerminal, Stdout, Write},
    sync::atomic::{AtomicBool, Ordering},
};

/// Whether the terminal is ours at the moment: a panic's hook and a drop must not both give it back.
static OURS: AtomicBool = AtomicBool::new(false);

/// Whether the mouse is asked for.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// Presses and the wheel (1000), told in decimal, so that wide terminals work (1006). Not the pointer's every move, which
/// would wake the program for nothing.
const MOUSE_ON: &str = "\u{1b}[?1000h\u{1b}[?1006h";
const MOUSE_OFF: &str = "\u{1b}[?1006l\u{1b}[?1000l";

/// Cells stay where they are put: a terminal that turns right-to-left text round would turn a whole row with it (BDSM of
/// ECMA-48; terminals that turn nothing ignore it).
const EXPLICIT: &str = "\u{1b}[8l";
const IMPLICIT: &str = "\u{1b}[8h";

/// The terminal while it is ours.
pub struct Terminal {
    inner: ratatui::Terminal<Synchronized<BufWriter<Stdout>>>,
}

impl Terminal {
    /// Takes it over; `mouse`: with the mouse.
    ///
    /// # Errors
    /// When there is none, or it cannot be set up.
    pub fn open(mouse: bool) -> Result<Self, Error> {
        if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
            return Err(Error::NoTerminal);
        }
        MOUSE.store(mouse, Ordering::SeqCst);
        give_back_on_panic();
        take().map_err(Error::Terminal)?;
        let backend = Synchronized::new(BufWriter::new(io::stdout()));
        let inner = ratatui::Terminal::new(backend).map_err(|error| {
            give_back();
            Error::Terminal(error)
        })?;
        Ok(Self { inner })
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        self.inner.size().map_or((80, 24), |size| (size.width, size.height))
    }

    /// Draws the state.
    ///
    /// # Errors
    /// When the terminal has gone.
    pub fn draw(&mut self, state: &State) -> io::Result<()> {
        self.inner.draw(|frame| view::draw(frame, state, &state.look.theme)).map(|_| ())
    }

    /// Draws everything anew with the next frame, whatever may have been written over it.
    pub fn redraw(&mut self) {
        // A terminal that has gone says so at the next frame.
        self.begin_anew().ok();
    }

    /// Gives it to another program.
    pub fn lend(&mut self) {
        give_back();
    }

    /// Takes it back, and draws everything anew with the next frame; gives its size, which may be another.
    ///
    /// # Errors
    /// When the terminal has gone.
    pub fn take_back(&mut self) -> io::Result<(u16, u16)> {
        take()?;
        self.begin_anew()?;
        Ok(self.size())
    }

    /// Knows nothing of what is on it. Not ratatui's own `clear`: that asks the terminal where its cursor is, and whoever
    /// reads the keys would have to wait for the answer.
    fn begin_anew(&mut self) -> io::Result<()> {
        self.inner = ratatui::Terminal::new(Synchronized::new(BufWriter::new(io::stdout())))?;
        self.inner.backend_mut().clear()
    }

    /// Rings its bell; what that does is the terminal's own setting.
    pub fn ring(&mut self) {
        let out = self.inner.backend_mut().writer();
        // A terminal that has gone says so at the next frame.
        out.write_all(b"\x07").and_then(|()| out.flush()).ok();
    }

    /// Says to whoever drives the terminal that the console is idle.
    pub fn tell_idle(&mut self) {
        let out = self.inner.backend_mut().writer();
        // The same.
        write!(out, "{IDLE}").and_then(|()| out.flush()).ok();
    }

    /// Puts a text on the clipboard of the terminal, wherever that runs (OSC 52).
    pub fn copy(&mut self, text: &str) {
        let out = self.inner.backend_mut().writer();
        // The same: the next frame tells.
        write!(out, "\u{1b}]52;c;{}\u{7}", STANDARD.encode(text)).and_then(|()| out.flush()).ok();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    OURS.store(true, Ordering::SeqCst);
    let mouse = if MOUSE.load(Ordering::SeqCst) { MOUSE_ON } else { "" };
    // Terminals that know the flags tell Ctrl+Enter from Enter and Esc from the start of a sequence; others ignore them.
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        PushKeyboardEnhancementFlags(KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES),
        Print(EXPLICIT),
        Print(mouse),
    )
}

fn give_back() {
    if OURS.swap(false, Ordering::SeqCst) {
        // Nothing can be done about a terminal that has gone.
        execute!(
            io::stdout(),
            Print(MOUSE_OFF),
            Print(IMPLICIT),
            PopKeyboardEnhancementFlags,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            Show
        )
        .ok();
        disable_raw_mode().ok();
    }
}

fn give_back_on_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        give_back();
        before(panic);
    }));
}
