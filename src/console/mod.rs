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
mod desk;
mod effect;
mod filter;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod fuzz;
mod fuzzy;
mod incoming;
pub mod keymap;
mod keys;
pub mod locator;
mod message;
mod runner;
mod session;
mod state;
mod terminal;
mod text;
pub mod theme;
mod told;
mod update;
mod view;

#[cfg(test)]
mod tests;

pub use runner::watch::Source;
pub use state::{
    clone_of::CloneOf,
    look::{Look, Wanted},
};

use crate::{
    doctor::Report,
    env::Env,
    hosted_api::{client::Client, problem::Problem},
    model::CommitHash,
    sql::Settings,
};
use desk::Desks;
use futures::future::BoxFuture;
use jiff::tz::TimeZone;
use keymap::Keymap;
use locator::Locator;
use message::Message;
use runner::background;
use session::Session;
use state::State;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use terminal::Terminal;
use thiserror::Error;
use tokio::sync::watch;

/// The least time between two frames: 60 a second is as fast as terminals show them.
const FRAME: Duration = Duration::from_millis(16);

/// What a console that was started to say so sends when it is idle: all keys before the question are taken in, every
/// request has its answer, and the screen shows it. An application program command: terminals pass over it. The question is
/// a focus report (`ESC [ I`), which takes its turn among the keys.
pub const IDLE: &str = "\u{1b}_doltops idle\u{1b}\\";

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

/// Looks at what this machine, and the account where there is one, lack.
pub type Examine = Arc<dyn Fn() -> BoxFuture<'static, Report> + Send + Sync>;

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
    /// Of what this is a clone; none: it is the control plane itself.
    pub clone_of: Option<CloneOf>,
    /// The moment of the past to begin with, and when it is there (Unix milliseconds); none: now.
    pub then: Option<(CommitHash, i64)>,
    /// The view to begin with; none for that of the last session.
    pub open: Option<Locator>,
    /// Where the session is kept.
    pub session: PathBuf,
    /// Without what is kept there; it is written at the end all the same.
    pub fresh: bool,
    /// What was settled about SQL.
    pub settings: Settings,
    /// What `doctor` shows.
    pub examine: Examine,
    /// Whether it says when it is idle, to who asks: see [`IDLE`].
    pub tells_idle: bool,
    /// Where it keeps what outlives it.
    pub state_dir: PathBuf,
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
    let session = &options.session;
    let mut terminal = Terminal::open(options.mouse)?;
    let mut state = begin(&options, terminal.size());
    if state.look.follows_background()
        && let Some(light) = background::is_light().await
    {
        drop(update::update(&mut state, Message::Background { light }));
    }
    terminal.draw(&state).map_err(Error::Terminal)?;

    let mut desks = Desks::open(&options, state).await;
    let exit = desks.until_the_end(&mut terminal).await;
    if let Err(error) = session::save(&Session::of(desks.now()), session) {
        tracing::warn!("the session is not kept in {}: {error}", session.display());
    }
    exit
}

/// The state to begin with: what was settled, and the last session.
fn begin(options: &Options, size: (u16, u16)) -> State {
    let now = options.env.now().as_millisecond();
    let hosting = options.hosting.borrow().clone();
    let mut state = State::new(now, options.zone.clone(), options.env.token(12), hosting);
    state.size = size;
    state.look = options.look.clone();
    state.keymap = options.keymap.clone();
    state.clone_of = options.clone_of.clone();
    state.read_only = options.read_only;
    state.screen_reader = options.screen_reader;
    state.settings = options.settings.clone();
    if !options.fresh {
        restore(&mut state, &options.session);
    }
    if let Some(said) = &options.said {
        state.warn(said.clone());
    }
    state.opening = options.open.clone().or(state.opening);
    state
}

/// Takes up the last session, or says why not.
fn restore(state: &mut State, path: &Path) {
    match session::load(path) {
        Ok(Some(session)) => session.restore(state),
        Ok(None) => {}
        Err(why) => state.warn(why.to_string()),
    }
}
