//! What belongs to no deployment, and the removal of one of them.

use crate::{
    console::{
        filter::{Filtered, Kind, Named, Value},
        state::{Ticket, chosen::Chosen, loaded::Loaded},
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::Orphan;

/// All of them.
#[derive(Clone, Debug)]
pub struct Orphans {
    /// As the control plane told them.
    pub orphans: Loaded<Vec<Orphan>>,
    /// When they came (Unix milliseconds).
    pub as_of: i64,
    /// Those that are shown, and the cursor over them.
    pub chosen: Chosen,
    /// The one that is about to be removed.
    pub removing: Option<Removing>,
    /// Names the answer that is awaited.
    pub ticket: Ticket,
}

/// A removal, from the question to the answer.
#[derive(Clone, Debug)]
pub struct Removing {
    /// What is removed. A copy: the list may become another one meanwhile.
    pub orphan: Orphan,
    /// What was typed before it.
    pub typed: String,
    /// Names the answer, once it was sent.
    pub sent: Option<Ticket>,
    /// Why the last try did not go.
    pub problem: Option<Problem>,
}

impl Orphans {
    /// The one under the cursor.
    pub fn selected(&self) -> Option<&Orphan> {
        self.orphan(self.chosen.list.cursor())
    }

    /// The one at this place of what is shown.
    pub fn orphan(&self, place: usize) -> Option<&Orphan> {
        self.orphans.value.as_ref()?.get(self.chosen.at(place)?)
    }

    /// Chooses anew which are shown.
    pub fn choose(&mut self) {
        self.chosen.choose(self.orphans.value.as_deref().unwrap_or_default(), self.as_of);
    }
}

impl Removing {
    /// Whether it can be sent.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn ready(&self) -> Result<(), String> {
        if self.sent.is_some() {
            return Err("it was sent; the answer is awaited".to_owned());
        }
        if self.typed != self.orphan.id {
            return Err(format!("type {} first", self.orphan.id));
        }
        Ok(())
    }
}

impl Filtered for Orphan {
    const COLUMNS: &'static [Named] = &[
        Named { word: "kind", kind: Kind::Text },
        Named { word: "id", kind: Kind::Text },
        Named { word: "name", kind: Kind::Text },
        Named { word: "deployment", kind: Kind::Text },
        Named { word: "why", kind: Kind::Text },
        Named { word: "since", kind: Kind::Span },
    ];

    fn title(&self) -> &str {
        &self.name
    }

    fn others(&self) -> impl Iterator<Item = &str> {
        [&self.id, &self.kind, &self.deployment, &self.why].into_iter().map(String::as_str)
    }

    #[allow(clippy::cast_precision_loss, reason = "milliseconds of a lifetime are exact in a float")]
    fn value(&self, column: usize, now: i64) -> Value<'_> {
        let texts = [&self.kind, &self.id, &self.name, &self.deployment, &self.why];
        match texts.get(column) {
            Some(text) => Value::text(text),
            None => Value::number((self.since_ms != 0).then(|| (now - self.since_ms) as f64)),
        }
    }
}
