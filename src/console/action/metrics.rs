//! Metrics: what is on the screen is asked for; the crosshair, the zoom and the charts are moved.

use crate::{
    console::{
        action::{history, screens, time},
        command::Command,
        effect::Effect,
        state::{
            Screen, State, Ticket,
            metrics::{CHARTS, MOST, Metrics},
        },
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::{HistoryResponse, IncidentsResponse, MetricsResponse};

/// Opens them for the deployment at hand.
pub fn open(state: &mut State) -> Vec<Effect> {
    let Some(name) = state.target().map(|row| row.name.clone()) else { return Vec::new() };
    screens::push(state, Screen::Metrics(Box::new(Metrics::of(name))));
    Vec::new()
}

fn on_top(state: &mut State) -> Option<&mut Metrics> {
    match state.screens.last_mut() {
        Some(Screen::Metrics(metrics)) => Some(metrics),
        _ => None,
    }
}

/// Another range, another part of it, another chart, another place of the crosshair.
pub fn run(state: &mut State, command: Command) -> Vec<Effect> {
    let now = state.now + state.ahead;
    let Some(metrics) = on_top(state) else { return Vec::new() };
    match command {
        Command::Span => metrics.set_range(metrics.range.next(), now),
        Command::SpanBack => metrics.set_range(metrics.range.previous(), now),
        Command::CrossLeft => metrics.step(-1, now),
        Command::CrossRight => metrics.step(1, now),
        Command::CrossFarLeft => metrics.step(-10, now),
        Command::CrossFarRight => metrics.step(10, now),
        Command::ZoomIn => metrics.zoom_in(now),
        Command::ZoomOut => metrics.zoom_out(now),
        Command::NextChart => metrics.choose(true, now),
        Command::PreviousChart => metrics.choose(false, now),
        Command::Full => metrics.full = !metrics.full,
        Command::NextMoment | Command::PreviousMoment => {
            let forward = command == Command::NextMoment;
            if !metrics.go_to_moment(forward, now) {
                let side = if forward { "after" } else { "before" };
                let range = metrics.range.as_str();
                state.warn(format!("no change and no incident {side} that in the last {range}"));
            }
        }
        Command::Chart(number) => {
            if let Some(chart) = CHARTS.get(usize::from(number).saturating_sub(1)) {
                metrics.toggle(*chart, now);
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Puts the crosshair at a time, in a range that reaches back to it.
///
/// # Errors
/// When what was typed is no time, or is older than any range.
pub fn go_to(state: &mut State, typed: &str) -> Result<Vec<Effect>, String> {
    use crate::console::state::metrics::range::Range;
    let now = state.now + state.ahead;
    let time = time::parse(typed, now, &state.zone)?;
    let Some(metrics) = on_top(state) else { return Ok(Vec::new()) };
    if now - time > Range::TwoWeeks.ms() {
        return Err("that is longer ago than two weeks".to_owned());
    }
    let reaching = Range::reaching(now - time);
    if reaching > metrics.range {
        metrics.set_range(reaching, now);
    }
    metrics.put(time, now);
    Ok(Vec::new())
}

/// Puts another deployment over those that are there, or takes it away.
///
/// # Errors
/// When it is the only one, or there is no room.
pub fn beside(state: &mut State, name: &str) -> Result<Vec<Effect>, String> {
    let Some(metrics) = on_top(state) else { return Ok(Vec::new()) };
    if let Some(at) = metrics.names.iter().position(|other| other == name) {
        if metrics.names.len() == 1 {
            return Err(format!("{name} is the only one here"));
        }
        metrics.names.remove(at);
        let ended = metrics.store.forget(name).into_iter().chain(metrics.moments.forget(name));
        return Ok(ended.map(Effect::Cancel).collect());
    }
    if metrics.names.len() >= MOST {
        return Err(format!("{MOST} are over one another: the name of one takes it away"));
    }
    metrics.names.push(name.to_owned());
    Ok(Vec::new())
}

/// Asks for what is in view and not known, where that is due.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let (now, theirs) = (state.now, state.now + state.ahead);
    let Some(Screen::Metrics(metrics)) = state.screens.last() else { return Vec::new() };
    let (range, window, names) = (metrics.needed(theirs), metrics.window(theirs), metrics.names.clone());
    let mut effects = Vec::new();
    if let Some(Screen::Metrics(metrics)) = state.screens.last_mut()
        && metrics.moments.follow(&state.incidents, now)
    {
        let ticket = state.ticket();
        if let Some(metrics) = on_top(state) {
            metrics.moments.ask_incidents(ticket);
        }
        effects.push(Effect::Incidents { ticket });
    }
    for name in names {
        let head = state.fleet.find(&name).map_or_else(String::new, |row| row.commit.clone());
        if on_top(state).is_some_and(|metrics| metrics.store.is_due(&name, range, now)) {
            let ticket = state.ticket();
            let given_up = on_top(state).and_then(|metrics| metrics.store.ask(&name, range, ticket, now));
            effects.extend(given_up.map(Effect::Cancel));
            effects.push(Effect::Metrics { ticket, name: name.clone(), since: theirs - range.ms() });
        }
        if let Some(wanted) = on_top(state).and_then(|metrics| metrics.moments.wanted(&name, &head, window, now)) {
            let ticket = state.ticket();
            if let Some(metrics) = on_top(state) {
                metrics.moments.ask(&name, &head, &wanted, ticket);
            }
            effects.push(history::page(ticket, Some(name), wanted.before));
        }
    }
    effects
}

/// Values have come.
pub fn loaded(state: &mut State, ticket: Ticket, answer: Result<MetricsResponse, Problem>) -> Vec<Effect> {
    if state.curves.answered(ticket, &answer) {
        return Vec::new();
    }
    for screen in &mut state.screens {
        if let Screen::Metrics(metrics) = screen
            && metrics.store.answered(ticket, &answer)
        {
            return Vec::new();
        }
    }
    Vec::new()
}

/// Commits have come; false where they were not for this.
pub fn changed(state: &mut State, ticket: Ticket, answer: &Result<HistoryResponse, Problem>) -> bool {
    let now = state.now;
    state.screens.iter_mut().any(|screen| match screen {
        Screen::Metrics(metrics) => metrics.moments.answered(ticket, answer, now),
        _ => false,
    })
}

/// Incidents that are over have come; false where they were not for this.
pub fn incidents(state: &mut State, ticket: Ticket, answer: &Result<IncidentsResponse, Problem>) -> bool {
    let now = state.now;
    state.screens.iter_mut().any(|screen| match screen {
        Screen::Metrics(metrics) => metrics.moments.told(ticket, answer, now),
        _ => false,
    })
}
