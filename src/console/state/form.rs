//! A change being prepared: fields, and the plan that follows from them.

use crate::{
    console::state::{proposal::Proposal, scroll::Scroll},
    hosted_api::undone,
};
use tui_input::Input;

/// What a form asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A new deployment.
    Create,
    /// Another type or a larger volume.
    Resize,
    /// Server settings.
    Settings,
    /// Its end.
    Delete,
    /// The opposite of the caller's last operation.
    Undo,
    /// What stands on a branch comes to main.
    Merge,
    /// Something without arguments.
    Verb(Verb),
}

/// A change without arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// The instance stops, the data stays.
    Stop,
    /// It serves again.
    Start,
    /// Dolt is started anew, once.
    Restart,
    /// The reconciler rests.
    Pause,
    /// The reconciler works again.
    Resume,
    /// Nothing deletes it.
    Protect,
    /// It can be deleted.
    Unprotect,
}

impl Kind {
    /// The word for it, in titles and on the line of the last key.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Create => "create",
            Kind::Resize => "resize",
            Kind::Settings => "settings",
            Kind::Delete => "delete",
            Kind::Undo => "undo",
            Kind::Merge => "merge",
            Kind::Verb(verb) => verb.as_str(),
        }
    }
}

impl Verb {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Stop => "stop",
            Verb::Start => "start",
            Verb::Restart => "restart",
            Verb::Pause => "pause",
            Verb::Resume => "resume",
            Verb::Protect => "protect",
            Verb::Unprotect => "unprotect",
        }
    }
}

/// What a field takes.
#[derive(Clone, Debug)]
pub enum Value {
    /// A line of text.
    Text(Input),
    /// One of several.
    Choice {
        /// The words; an empty one stands for the default.
        options: Vec<String>,
        /// Which of them.
        chosen: usize,
    },
}

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    /// As errors name it.
    pub key: &'static str,
    /// Before it on the screen.
    pub label: &'static str,
    /// What it is, in a line.
    pub help: String,
    /// What is in it.
    pub value: Value,
    /// What is wrong with it.
    pub error: Option<String>,
    /// All of its text is selected: what is typed takes its place.
    pub selected: bool,
}

impl Field {
    /// A line of text.
    pub fn text(key: &'static str, label: &'static str, text: &str, help: impl Into<String>) -> Self {
        let value = Value::Text(Input::new(text.to_owned()));
        Self { key, label, help: help.into(), value, error: None, selected: !text.is_empty() }
    }

    /// One of several; the first where `chosen` is none of them.
    pub fn choice(
        key: &'static str,
        label: &'static str,
        options: Vec<String>,
        chosen: &str,
        help: impl Into<String>,
    ) -> Self {
        let chosen = options.iter().position(|option| option == chosen).unwrap_or(0);
        Self { key, label, help: help.into(), value: Value::Choice { options, chosen }, error: None, selected: false }
    }

    /// The focus has come to it: whoever types now means another text.
    pub fn enter(&mut self) {
        self.selected = matches!(&self.value, Value::Text(input) if !input.value().is_empty());
    }

    /// What is in it, without spaces around.
    pub fn get(&self) -> &str {
        match &self.value {
            Value::Text(input) => input.value().trim(),
            Value::Choice { options, chosen } => options.get(*chosen).map_or("", String::as_str),
        }
    }

    /// Whether it is one of several.
    pub fn is_choice(&self) -> bool {
        matches!(self.value, Value::Choice { .. })
    }

    /// The next or the previous choice; nothing for a text.
    pub fn turn(&mut self, forward: bool) -> bool {
        match &mut self.value {
            Value::Choice { options, chosen } if !options.is_empty() => {
                let step = if forward { 1 } else { options.len() - 1 };
                *chosen = (*chosen + step) % options.len();
                true
            }
            _ => false,
        }
    }
}

impl Field {
    /// The next choice that has a word beginning with this letter; false where none has, and for a text.
    pub fn turn_to(&mut self, letter: char) -> bool {
        let Value::Choice { options, chosen } = &mut self.value else { return false };
        let begins = |option: &str| {
            // An empty one is shown so.
            let shown = if option.is_empty() { "default" } else { option };
            let letter = letter.to_lowercase().to_string();
            shown.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(&letter))
        };
        let after = (1..=options.len()).map(|step| (*chosen + step) % options.len());
        let next = after.into_iter().find(|place| begins(&options[*place]));
        *chosen = next.unwrap_or(*chosen);
        next.is_some()
    }
}

/// What a change of several is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Several {
    /// Their names, in order.
    pub names: Vec<String>,
    /// Why others that are marked are not among them, a sentence each.
    pub left_out: Vec<String>,
}

/// A form.
#[derive(Clone, Debug)]
pub struct Form {
    /// What it asks for.
    pub kind: Kind,
    /// The deployment that it is about; none for a new one, and for several.
    pub target: Option<String>,
    /// The change request that it merges.
    pub branch: Option<String>,
    /// The marked ones that it is about, where there is more than one mark.
    pub several: Option<Several>,
    /// What can be filled in.
    pub fields: Vec<Field>,
    /// Which field takes keys.
    pub focus: usize,
    /// What follows from it.
    pub proposal: Proposal,
    /// How far its plan is scrolled.
    pub scroll: Scroll,
}

impl Form {
    /// What may be undone in place of what cannot be: the operation before it.
    pub fn earlier(&self) -> Option<&str> {
        match &self.proposal {
            Proposal::Refused { problem, .. } if self.kind == Kind::Undo => undone::named_instead(&problem.next),
            _ => None,
        }
    }

    /// What is in a field; empty where there is no such field.
    pub fn get(&self, key: &str) -> &str {
        self.fields.iter().find(|field| field.key == key).map_or("", Field::get)
    }

    /// Moves on to the next or previous field, around.
    pub fn move_focus(&mut self, forward: bool) {
        if !self.fields.is_empty() {
            let step = if forward { 1 } else { self.fields.len() - 1 };
            self.focus = (self.focus + step) % self.fields.len();
        }
        if let Some(field) = self.fields.get_mut(self.focus) {
            field.enter();
        }
    }

    /// Writes an error beside its field; gives it back where there is no such field.
    pub fn set_error(&mut self, key: &str, error: String) -> Option<String> {
        match self.fields.iter_mut().find(|field| field.key == key) {
            Some(field) => {
                field.error = Some(error);
                None
            }
            None => Some(error),
        }
    }
}
