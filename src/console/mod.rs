//! The terminal UI: state, update, view, keymap, theme.
//!
//! Guarantees
//! - `update` is pure, effects run on tokio, and the drawing loop awaits nothing but messages: a cloud that hangs never
//!   holds a key up.
//! - Everything that is queued is taken in before a frame is drawn, and frames are at least [`FRAME`] apart; a frame that
//!   changes nothing sends no byte.
//! - The terminal is restored on every way out, a panic and SIGTERM included.
//!
//! Not here: what becomes of the instances afterwards. [`Exit`] says what the person chose; the host acts on it.
//!
//! Why messages and effects, and not handlers that call the API: every key can be tested without a terminal, a clock or
//! a control plane, and random ones are (see `tests`).

mod action;
mod command;
mod effect;
mod fuzzy;
mod incoming;
pub mod keymap;
mod keys;
mod message;
mod runner;
mod state;
mod terminal;
mod text;
pub mod theme;
mod update;
mod view;

#[cfg(test)]
mod tests;

pub use runner::watch::Source;
pub use state::look::{Look, Wanted};

use crate::{
    env::Env,
    hosted_api::{client::Client, problem::Problem},
};
use effect::Effect;
use jiff::tz::TimeZone;
use keymap::Keymap;
use runner::{Runner, watch::Watch};
use state::State;
use std::{sync::Arc, time::Duration};
use terminal::Terminal;
use thiserror::Error;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

/// The least time between two frames: 60 a second is as fast as terminals show them.
const FRAME: Duration = Duration::from_millis(16);

/// How many messages may wait. Streams wait when it is full, so that a flood of log lines cannot fill the memory.
const QUEUE: usize = 1_024;

/// What this process is to the control plane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hosting {
    /// It hosts a sandbox: when it ends, somebody must decide what becomes of the instances on this machine.
    pub hosts: bool,
    /// How many other consoles and daemons are attached, of which one would take over.
    pub heirs: u32,
    /// It is starting one: what takes long.
    pub starting: Option<Arc<str>>,
    /// It could not start one; it tries again.
    pub failed: Option<Arc<Problem>>,
}

/// What a console needs.
pub struct Options {
    /// The Hosted API, over any transport.
    pub client: Client,
    /// How it looks.
    pub look: Look,
    /// Where that comes from, to follow it.
    pub source: Source,
    /// Whether the mouse is taken.
    pub mouse: bool,
    /// Which keys ask for what.
    pub keymap: Keymap,
    /// Nothing can be changed.
    pub read_only: bool,
    /// Lines in words instead of a picture.
    pub screen_reader: bool,
    /// What is said at the start: what is wrong with the settings, though they do not keep the console from starting.
    pub said: Option<String>,
    /// Whether this process hosts the control plane; the newest value counts.
    pub hosting: watch::Receiver<Hosting>,
    /// Time and randomness.
    pub env: Arc<dyn Env>,
    /// In which dates are shown.
    pub zone: TimeZone,
}

/// How a console ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The person left.
    Quit {
        /// What runs on this machine is to be ended; the next start brings it back.
        suspend: bool,
    },
    /// The terminal has gone: what runs is left running.
    TerminalLost,
    /// The process was asked to end (SIGTERM): what runs is left running.
    Terminated,
}

/// Why there can be no console.
#[derive(Debug, Error)]
pub enum Error {
    /// Input or output is no terminal.
    #[error("the console needs a terminal: run it in one, or use a command, see doltops --help")]
    NoTerminal,
    /// The terminal cannot be set up.
    #[error("the terminal cannot be set up: {0}")]
    Terminal(#[source] std::io::Error),
}

/// Runs the console until the person leaves or the terminal goes.
///
/// # Errors
/// When there is no terminal. A control plane that does not answer is no error: the console says so and tries again.
pub async fn run(options: Options) -> Result<Exit, Error> {
    let Options { client, look, source, mouse, keymap, read_only, screen_reader, said, hosting, env, zone } = options;
    let mut terminal = Terminal::open(mouse)?;
    let now = env.now().as_millisecond();
    let mut state = State::new(now, zone, env.token(12), hosting.borrow().clone());
    state.size = terminal.size();
    state.look = look;
    state.keymap = keymap;
    state.read_only = read_only;
    state.screen_reader = screen_reader;
    if let Some(said) = said {
        state.warn(said);
    }
    terminal.draw(&state).map_err(Error::Terminal)?;

    let (sender, mut messages) = mpsc::channel(QUEUE);
    let mut runner = Runner::new(client, env, sender);
    let settings = Watch::new(source, state.look.name());
    runner.start(hosting, settings, state.look.follows_background());
    let (mut dirty, mut next_frame) = (false, Instant::now());
    loop {
        tokio::select! {
            Some(message) = messages.recv() => {
                let mut effects = update::update(&mut state, message);
                // No more than was queued: a flood must not keep the screen from changing.
                for _ in 0..messages.len() {
                    let Ok(message) = messages.try_recv() else { break };
                    effects.extend(update::update(&mut state, message));
                }
                dirty = true;
                carry_out(effects, &mut runner, &mut terminal);
            }
            () = sleep_until(next_frame), if dirty => {
                dirty = false;
                if terminal.draw(&state).is_err() {
                    return Ok(Exit::TerminalLost);
                }
                next_frame = Instant::now() + FRAME;
            }
        }
        if let Some(exit) = state.exit {
            return Ok(exit);
        }
    }
}

fn carry_out(effects: Vec<Effect>, runner: &mut Runner, terminal: &mut Terminal) {
    for effect in effects {
        match effect {
            Effect::Copy(text) => terminal.copy(&text),
            Effect::Redraw => terminal.redraw(),
            other => runner.carry_out(other),
        }
    }
}
