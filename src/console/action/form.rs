//! Forms: opening one, moving in it, and what follows when it changes.

use crate::{
    console::{
        action::{branch, confirm, create, delete, field, propose, resize, screens, settings, several, verb},
        command::Command,
        effect::Effect,
        state::{
            Screen, State,
            form::{Field, Form, Kind, Several, Value},
            proposal::Proposal,
            scroll::Scroll,
        },
    },
    model::Refusal,
};
use crossterm::event::KeyEvent;
use doltops_proto::hosted_api::{
    Deployment,
    change::{self, Change},
};
use std::time::Duration;

/// What is wrong with a form: a field's key, or empty, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The field's key; empty where the form as a whole is not complete.
    pub field: String,
    /// Why.
    pub what: String,
}

impl Wrong {
    /// The form is not complete yet; nothing typed is wrong.
    pub fn incomplete(what: impl Into<String>) -> Self {
        Self { field: String::new(), what: what.into() }
    }
}

impl From<Refusal> for Wrong {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid { field, what } => Self { field, what },
            other => Self::incomplete(other.to_string()),
        }
    }
}

/// Opens a form about the marked deployments, or the one at hand.
pub fn open(state: &mut State, kind: Kind) -> Vec<Effect> {
    let several = several::of_form(state, kind);
    let of_one = several.is_none() && !matches!(kind, Kind::Create | Kind::Undo | Kind::Merge);
    let branch = branch::at_hand(state).filter(|_| kind == Kind::Merge).map(str::to_owned);
    let target = several::one(state).filter(|_| of_one);
    let fields = several.as_ref().map_or_else(|| fields(state, kind, target), |of| fields_of(state, kind, of));
    let target = target.map(|row| row.name.clone());
    let proposal = Proposal::Incomplete(String::new());
    let form = Form { kind, target, branch, several, fields, focus: 0, proposal, scroll: Scroll::default() };
    screens::push(state, Screen::Form(Box::new(form)));
    follow(state, Duration::ZERO)
}

fn fields(state: &State, kind: Kind, target: Option<&Deployment>) -> Vec<Field> {
    match kind {
        Kind::Create => create::fields(state),
        Kind::Resize => resize::fields(state, target),
        Kind::Settings => settings::fields(target),
        Kind::Delete => delete::fields(target),
        Kind::Undo | Kind::Merge | Kind::Verb(_) => Vec::new(),
    }
}

fn fields_of(state: &State, kind: Kind, several: &Several) -> Vec<Field> {
    match kind {
        Kind::Resize => several::resize::fields(state, several),
        Kind::Settings => several::settings::fields(state, several),
        // How many go is typed beside the plan.
        _ => Vec::new(),
    }
}

/// What is on offer has become known: a form that was opened before gets it.
pub fn offer(state: &mut State) -> Vec<Effect> {
    offer_certificates(state);
    offer_types(state)
}

fn offer_certificates(state: &mut State) {
    let known = create::certificates(state);
    if let Some(Screen::Form(form)) = state.screens.last_mut()
        && let Some(field) = form.fields.iter_mut().find(|field| field.key == "certificate")
        && let Value::Choice { options, .. } = &mut field.value
        && options.len() < known.len()
    {
        *options = known;
        field.help = create::CERTIFICATES.to_owned();
    }
}

fn offer_types(state: &mut State) -> Vec<Effect> {
    let types = create::types(state);
    let default = types.iter().position(|name| name == create::default_type(state)).unwrap_or(0);
    let Some(Screen::Form(form)) = state.screens.last_mut() else { return Vec::new() };
    let wanted = form.get("type").to_owned();
    let Some(field) = form.fields.iter_mut().find(|field| field.key == "type") else { return Vec::new() };
    match &mut field.value {
        Value::Choice { options, chosen } if options.len() < types.len() => {
            *chosen = types.iter().position(|name| *name == wanted).unwrap_or(default);
            options.clone_from(&types);
        }
        _ => return Vec::new(),
    }
    follow(state, Duration::ZERO)
}

/// Something was typed: look at it again, and ask for its plan when the typing rests.
pub fn changed(state: &mut State) -> Vec<Effect> {
    follow(state, propose::WHILE_TYPING)
}

fn follow(state: &mut State, after: Duration) -> Vec<Effect> {
    let Some(Screen::Form(form)) = state.screens.last() else { return Vec::new() };
    let wish = change(state, form);
    let (beside, host_name) = (beside_type(state, form), create::host_name(state, form));
    let Some(Screen::Form(form)) = state.screens.last_mut() else { return Vec::new() };
    for field in &mut form.fields {
        field.error = None;
        if field.key == "type" && form.several.is_none() {
            field.help.clone_from(&beside);
        }
        if form.kind == Kind::Create && field.key == "name" {
            field.help.clone_from(&host_name);
        }
    }
    let wish = wish.map_err(|wrong| {
        form.set_error(&wrong.field, wrong.what.clone());
        wrong.what
    });
    propose::propose(state, wish, after)
}

/// What stands beside the choice of a type: it follows the choice.
fn beside_type(state: &State, form: &Form) -> String {
    let chosen = form.get("type");
    let row = form.target.as_ref().and_then(|name| state.fleet.find(name));
    match row.and_then(|row| row.desired.as_ref()).filter(|_| form.kind == Kind::Resize) {
        Some(now) => resize::beside(state, chosen, &now.instance_type),
        None => create::size(state, chosen),
    }
}

/// What the form asks for.
fn change(state: &State, form: &Form) -> Result<Change, Wrong> {
    if let Some(several) = &form.several {
        return several::change(state, form, several);
    }
    match form.kind {
        Kind::Create => create::change(state, form),
        Kind::Resize => resize::change(state, form),
        Kind::Settings => settings::change(state, form),
        Kind::Delete => delete::change(form),
        // Without an operation: the control plane knows which was the last, whoever hosted it then.
        Kind::Undo => Ok(Change::Undo(change::Undo::default())),
        Kind::Merge => {
            let branch = form.branch.clone().unwrap_or_default();
            Ok(Change::Merge(change::Merge { branch, confirm: String::new() }))
        }
        Kind::Verb(verb) => verb::change(form, verb),
    }
}

/// A key that the field with the focus takes as text; false when it is none.
pub fn typed(form: &mut Form, key: &KeyEvent, name: &str) -> bool {
    if matches!(form.proposal, Proposal::Sending { .. }) {
        return false;
    }
    if matches!(form.kind, Kind::Undo | Kind::Merge) || (form.kind == Kind::Delete && form.several.is_some()) {
        return confirm::typed(&mut form.proposal, key, name);
    }
    form.fields.get_mut(form.focus).is_some_and(|on| field::typed(on, key, name))
}

/// A pasted text goes into the field with the focus, without its line ends.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let Some(Screen::Form(form)) = state.screens.last_mut() else { return Vec::new() };
    if matches!(form.proposal, Proposal::Sending { .. }) {
        return Vec::new();
    }
    if let Some(on) = form.fields.get_mut(form.focus) {
        field::paste(on, text);
    }
    changed(state)
}

/// Moves between fields and choices.
pub fn step(state: &mut State, command: Command) -> Vec<Effect> {
    let Some(Screen::Form(form)) = state.screens.last_mut() else { return Vec::new() };
    if matches!(form.proposal, Proposal::Sending { .. }) {
        return Vec::new();
    }
    let forward = matches!(command, Command::NextField | Command::NextChoice);
    if let (Command::NextField, Some(earlier)) = (command, form.earlier()) {
        let undo = change::Undo { operation_id: earlier.to_owned(), ..change::Undo::default() };
        return propose::propose(state, Ok(Change::Undo(undo)), Duration::ZERO);
    }
    if matches!(command, Command::NextField | Command::PreviousField) {
        form.move_focus(forward);
        return Vec::new();
    }
    let focus = form.focus;
    let turned = form.fields.get_mut(focus).is_some_and(|field| field.turn(forward));
    if turned { changed(state) } else { Vec::new() }
}

/// Further down or up in a plan that is longer than its room.
pub fn scroll(state: &State, down: bool) -> Vec<Effect> {
    if let Some(Screen::Form(form)) = state.screens.last() {
        form.scroll.by_pages(if down { 1 } else { -1 });
    }
    Vec::new()
}
