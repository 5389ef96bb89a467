//! Going to a moment of the past, and back to now.

use crate::{
    console::{
        action::question,
        command::{Command, entry},
        effect::Effect,
        state::{
            Screen, State,
            question::Ask,
            then::{Leap, Then, is_of_now},
        },
        text,
    },
    hosted_api::problem::Problem,
    model::{DeploymentId, Moment, Refusal, When},
};
use doltops_proto::hosted_api::Deployment;
use jiff::Timestamp;

/// The commit under the cursor, or asks which moment.
pub fn open(state: &mut State) -> Vec<Effect> {
    if let Some(Screen::History(history)) = state.screens.last()
        && let Some(commit) = history.selected()
    {
        let (commit, time) = (commit.hash.clone(), commit.time_ms);
        return leap(state, &commit, time);
    }
    question::open(state, Ask::Moment)
}

/// Goes to the moment that was typed, as soon as it is known which commit that is.
///
/// # Errors
/// It is no moment.
pub fn go_to(state: &State, typed: &str) -> Result<Vec<Effect>, String> {
    let when: When = typed.parse().map_err(|refusal: Refusal| refusal.to_string())?;
    let now = Timestamp::from_millisecond(clock(state)).unwrap_or(Timestamp::UNIX_EPOCH);
    let moment = when.moment(&now.to_zoned(state.zone.clone())).map_err(|refusal| refusal.to_string())?;
    Ok(vec![Effect::Resolve(moment)])
}

/// It is known which commit that is, or that it is none: then what was typed stays, to be mended. Whoever has left the
/// question meanwhile goes nowhere.
pub fn resolved(state: &mut State, answer: Result<(Moment, String, i64), Problem>) -> Vec<Effect> {
    if !question::awaits(state, Ask::Moment) {
        return Vec::new();
    }
    match answer {
        Ok((moment, commit, made)) => {
            let time = match moment {
                Moment::Time(time) => time.as_millisecond(),
                Moment::Commit(_) => made,
            };
            state.overlay = None;
            leap(state, &commit, time)
        }
        Err(problem) => {
            question::refuse(state, Ask::Moment, problem.to_string());
            Vec::new()
        }
    }
}

fn leap(state: &mut State, commit: &str, time: i64) -> Vec<Effect> {
    let clock = clock(state);
    match commit.parse() {
        Ok(commit) => state.leap = Some(Leap::Then(Then { commit, time, clock })),
        Err(refusal) => state.warn(format!("{refusal}")),
    }
    Vec::new()
}

/// Now, also where another moment is shown: that is what "ago" means to whoever looks at a clock.
fn clock(state: &State) -> i64 {
    state.then.as_ref().map_or(state.now, |then| then.clock)
}

/// Back to now.
pub fn back(state: &mut State) -> Vec<Effect> {
    state.leap = Some(Leap::Now);
    Vec::new()
}

/// Why there are no logs of then, and where they are; none on a clone, which does not know.
pub fn no_logs(state: &State, of: &Deployment) -> Option<String> {
    let then = state.then.as_ref()?;
    let status = state.status.as_ref().filter(|_| state.clone_of.is_none())?;
    let (when, logs) = (text::moment(then.time, &state.zone), state.keymap.way(Command::Logs));
    let where_they_are = match status.metrics.as_str() {
        "agent" => format!("its agent has the last of them: Esc goes back, {logs} shows them"),
        "" => return None,
        // Logs are kept where metrics are.
        _ => {
            let group = DeploymentId::new(of.id.as_str()).log_group(&status.control_plane_id);
            let from = state.keymap.way(Command::GoToTime);
            format!("CloudWatch Logs has them in {group}: Esc goes back, {logs} and then {from} reads from a time on")
        }
    };
    Some(format!("logs of {when} are not in the history; {where_they_are}"))
}

/// Why a command is not to be had of then.
pub fn not_now(state: &State, command: Command) -> Option<String> {
    if !is_of_now(command) {
        return None;
    }
    let logs = state.target().filter(|_| command == Command::Logs).and_then(|row| no_logs(state, row));
    logs.or_else(|| not_of_then(state, entry(command).name))
}

/// Why what is about now is not to be had.
pub fn not_of_then(state: &State, what: &str) -> Option<String> {
    let then = state.then.as_ref()?;
    let when = text::moment(then.time, &state.zone);
    Some(format!("{what} is of now; this is the past, {when}: Esc goes back"))
}
