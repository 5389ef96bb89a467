//! What a person sits at: a state, what runs for it, and the loop that draws it.
//!
//! Usually there is one desk, on now. While a moment of the past or a branch is looked at there is a second one in front
//! of it, with a state, streams and a client of its own: so nothing of the one can stand on the other. The desk on now goes on behind:
//! an answer to a change arrives, a forwarded port stays, a new incident rings. It hears no key meanwhile.
//!
//! Guarantees: everything that is queued is taken in before a frame is drawn; only the desk in front is drawn.

use super::{
    Error, Exit, FRAME, Options, QUEUE,
    effect::Effect,
    locator::{Aspect, Locator},
    message::Message,
    runner::{Runner, own, watch::Watch},
    session::Session,
    state::{
        State,
        then::{Leap, Then},
    },
    terminal::Terminal,
    update,
};
use crate::{
    hosted_api::view::View,
    model::{BranchName, CommitPrefix, Moment},
    sql::client::Launch,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

/// A state, and what runs for it.
struct Desk {
    state: State,
    runner: Runner,
    messages: mpsc::Receiver<Message>,
    /// Clients that are ready to have the terminal.
    ready: mpsc::Receiver<Launch>,
}

impl Desk {
    /// Starts what a state needs: on its moment, where it has one.
    fn open(options: &Options, state: State) -> Self {
        let (sender, messages) = mpsc::channel(QUEUE);
        let (launches, ready) = mpsc::channel(1);
        let (client, until) = match (&state.then, &state.branch) {
            (Some(then), _) => {
                let moment = Moment::Commit(CommitPrefix::from(then.commit.clone()));
                (options.client.on_view(View::At(moment)), then.time)
            }
            (None, Some(branch)) => (options.client.on_view(View::Branch(branch.clone())), 0),
            (None, None) => (options.client.clone(), 0),
        };
        let examine = options.examine.clone();
        let mut runner = Runner::new(client, options.env.clone(), sender, launches, &options.state_dir, examine, until);
        if options.tells_idle {
            runner.tell_idle();
        }
        runner.start(options.hosting.clone(), Watch::new(options.source.clone(), state.look.name()));
        Self { state, runner, messages, ready }
    }

    /// Takes in a message and all that are queued behind it: no more than that, or a flood would keep the screen from
    /// changing.
    fn take_in(&mut self, first: Message, terminal: &mut Terminal) {
        let mut effects = self.update(first);
        for _ in 0..self.messages.len() {
            let Ok(message) = self.messages.try_recv() else { break };
            effects.extend(self.update(message));
        }
        for effect in effects {
            match effect {
                Effect::Copy(text) => terminal.copy(&text),
                Effect::Redraw => terminal.redraw(),
                Effect::Bell => terminal.ring(),
                other => self.runner.carry_out(other),
            }
        }
    }

    fn update(&mut self, message: Message) -> Vec<Effect> {
        let time = self.runner.time_before(&message);
        time.into_iter().chain([message]).flat_map(|message| update::update(&mut self.state, message)).collect()
    }
}

/// The desk on now, and perhaps one on the past or on a branch in front of it.
pub struct Desks<'a> {
    options: &'a Options,
    now: Desk,
    elsewhere: Option<Desk>,
}

impl<'a> Desks<'a> {
    /// The desk on now, with the state to begin with; before it the one on the past, where the console was started on it.
    pub async fn open(options: &'a Options, state: State) -> Self {
        let mut desks = Self { options, now: Desk::open(options, state), elsewhere: None };
        if let Some((commit, time)) = options.then.clone() {
            let clock = desks.now.state.now;
            desks.leap(Leap::Then(Then { commit, time, clock })).await;
        }
        desks
    }

    /// The state on now: what the next session begins with.
    pub fn now(&self) -> &State {
        &self.now.state
    }

    /// Until the person leaves, the terminal goes, or the process is asked to end.
    ///
    /// # Errors
    /// The terminal does not come back from a client that had it.
    pub async fn until_the_end(&mut self, terminal: &mut Terminal) -> Result<Exit, Error> {
        // One that opened on the past has not been drawn.
        let (mut dirty, mut next_frame) = (self.elsewhere.is_some(), Instant::now());
        loop {
            let Self { now, elsewhere, .. } = self;
            let (front, mut behind) = match elsewhere {
                Some(elsewhere) => (elsewhere, Some(now)),
                None => (now, None),
            };
            tokio::select! {
                Some(message) = front.messages.recv() => {
                    front.take_in(message, terminal);
                    dirty = true;
                }
                Some(launch) = front.ready.recv() => {
                    front.runner.hush().await;
                    let Desk { state, runner, messages, .. } = front;
                    own::run(launch, state, messages, runner, terminal).await.map_err(Error::Terminal)?;
                    front.runner.listen();
                    dirty = true;
                }
                Some(message) = heard(&mut behind) => {
                    if matches!(message, Message::IdleAsked) {
                        // Asked while one gave way to the other: the answer is of the one that is seen.
                        front.take_in(message, terminal);
                        dirty = true;
                    } else if let Some(behind) = &mut behind && !is_typed(&message) {
                        behind.take_in(message, terminal);
                    }
                }
                // Only what is drawn is done.
                () = front.runner.answered(), if front.state.idle_asked && !dirty && front.messages.is_empty() => {
                    // The last answer may have come since.
                    if front.messages.is_empty() {
                        front.state.idle_asked = false;
                        terminal.tell_idle();
                    }
                }
                () = sleep_until(next_frame), if dirty => {
                    dirty = false;
                    if terminal.draw(&front.state).is_err() {
                        return Ok(Exit::TerminalLost);
                    }
                    next_frame = Instant::now() + FRAME;
                }
            }
            if let Some(exit) = front.state.exit.or(behind.and_then(|behind| behind.state.exit)) {
                return Ok(exit);
            }
            if let Some(leap) = front.state.leap.take() {
                self.leap(leap).await;
                dirty = true;
            }
        }
    }

    fn front(&mut self) -> &mut Desk {
        self.elsewhere.as_mut().unwrap_or(&mut self.now)
    }

    /// To another moment or a branch, or back.
    async fn leap(&mut self, leap: Leap) {
        match leap {
            Leap::Then(then) => {
                self.front().runner.hush().await;
                let token = self.options.env.token(12);
                let state = state_of(token, then, &self.front().state);
                self.elsewhere = Some(Desk::open(self.options, state));
            }
            Leap::Branch(branch) => {
                self.front().runner.hush().await;
                let state = state_on(self.options, branch, &self.front().state);
                self.elsewhere = Some(Desk::open(self.options, state));
            }
            Leap::Now => {
                let Some(mut left) = self.elsewhere.take() else { return };
                left.runner.hush().await;
                // The terminal may have another size and other colours since.
                self.now.state.size = left.state.size;
                self.now.state.look = left.state.look;
                let asked = |message| matches!(message, Message::IdleAsked);
                let on_its_way = std::iter::from_fn(|| left.messages.try_recv().ok()).any(asked);
                self.now.state.idle_asked |= left.state.idle_asked || on_its_way;
                // Where one looks at the fleet here and there, one goes on at the same deployment.
                if left.state.screens.is_empty()
                    && self.now.state.screens.is_empty()
                    && let Some(name) = left.state.fleet.cursor_of()
                {
                    self.now.state.fleet.select(name);
                }
                // What was said last there, as that a branch was merged, is read here.
                self.now.state.notice = left.state.notice.filter(|_| left.state.branch.is_some());
                self.now.runner.listen();
            }
        }
    }
}

/// What comes to the desk behind; where there is none, nothing ever does.
async fn heard(behind: &mut Option<&mut Desk>) -> Option<Message> {
    match behind {
        Some(desk) => desk.messages.recv().await,
        None => std::future::pending().await,
    }
}

/// A key that was still on its way when another desk came before this one is not this one's.
fn is_typed(message: &Message) -> bool {
    matches!(message, Message::Key(_) | Message::Paste(_) | Message::Mouse(_))
}

/// The state of a console on a moment: looked at as before, with nothing known yet.
pub(super) fn state_of(token: String, then: Then, before: &State) -> State {
    let mut state = like(token, then.time, before);
    // One by health or age would hide what nobody has kept.
    state.fleet.set_filter(String::new());
    state.opening = opening(&Locator::of(before));
    state.read_only = true;
    state.then = Some(then);
    state
}

/// The same of a console on a branch.
fn state_on(options: &Options, branch: BranchName, before: &State) -> State {
    let mut state = like(options.env.token(12), options.env.now().as_millisecond(), before);
    state.opening = match Locator::of(before) {
        Locator::Deployment(name, _) => Some(Locator::Deployment(name, Aspect::Whole)),
        _ => None,
    };
    state.read_only = options.read_only;
    // Of the same control plane: a form that opens before it answers here too has its types to choose from.
    state.status = before.status.clone();
    state.branch = Some(branch);
    state
}

/// One that is looked at as another one.
fn like(token: String, now: i64, before: &State) -> State {
    let mut state = State::new(now, before.zone.clone(), token, before.hosting.clone());
    Session::of(before).restore(&mut state);
    if let Some(name) = before.fleet.cursor_of() {
        state.fleet.select(name);
    }
    state.size = before.size;
    state.look = before.look.clone();
    state.keymap = before.keymap.clone();
    state.clone_of = before.clone_of.clone();
    state.screen_reader = before.screen_reader;
    state.settings = before.settings.clone();
    state.idle_asked = before.idle_asked;
    state
}

/// Where one begins there: at the same deployment, or at its metrics.
fn opening(seen: &Locator) -> Option<Locator> {
    match seen {
        Locator::Deployment(name, Aspect::Metrics) => Some(Locator::Deployment(name.clone(), Aspect::Metrics)),
        Locator::Deployment(name, _) => Some(Locator::Deployment(name.clone(), Aspect::Whole)),
        Locator::Incidents => Some(Locator::Incidents),
        Locator::Incident(id) => Some(Locator::Incident(id.clone())),
        _ => None,
    }
}
