//! What databases show to their clients: every deployment's certificate, the one that ends first on top.
//!
//! Guarantees: the cursor stays with its deployment while days go by and others come and go.
//!
//! Not here: when a certificate is renewed; the control plane says so.

use crate::console::{
    filter::{Filtered, Kind, Named, Value},
    state::chosen::Chosen,
};
use doltops_proto::hosted_api::{Certificate, Deployment};
use std::borrow::Cow;

/// A deployment's certificate.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    /// The deployment.
    pub name: String,
    /// What was asked for: self-signed or webpki.
    pub kind: String,
    /// Its serial; empty where none is served.
    pub serial: String,
    /// When it begins.
    pub not_before_ms: i64,
    /// When it ends; 0: none is served, or it is not known.
    pub not_after_ms: i64,
    /// What else the control plane says of it.
    pub of: Certificate,
}

/// The list.
#[derive(Clone, Debug, Default)]
pub struct Certificates {
    rows: Vec<Served>,
    /// Those that are shown, and the cursor over them.
    pub chosen: Chosen,
}

impl Served {
    fn of(row: &Deployment) -> Self {
        let seen = row.observed.as_ref();
        Self {
            name: row.name.clone(),
            kind: row.desired.as_ref().map(|desired| desired.certificate.clone()).unwrap_or_default(),
            serial: seen.map(|seen| seen.certificate_serial.clone()).unwrap_or_default(),
            not_before_ms: seen.map_or(0, |seen| seen.certificate_not_before_ms),
            not_after_ms: seen.map_or(0, |seen| seen.certificate_not_after_ms),
            of: row.certificate.clone().unwrap_or_default(),
        }
    }

    /// What a person should know of it first: why its successor cannot be had, else what stands in.
    pub fn news(&self) -> &str {
        if self.of.failure.is_empty() { &self.of.stands_in } else { &self.of.failure }
    }
}

impl Certificates {
    /// The fleet is as these rows say, at `now`.
    pub fn set(&mut self, fleet: &[Deployment], now: i64) {
        let under = self.selected().map(|served| served.name.clone());
        self.rows = fleet.iter().map(Served::of).collect();
        // What is not known is no news: it stands last.
        let ends = |served: &Served| if served.not_after_ms == 0 { i64::MAX } else { served.not_after_ms };
        self.rows.sort_by(|one, other| (ends(one), &one.name).cmp(&(ends(other), &other.name)));
        self.chosen.choose(&self.rows, now);
        if let Some(row) = under.and_then(|name| self.rows.iter().position(|served| served.name == name)) {
            self.chosen.show(row);
        }
    }

    /// Chooses by another filter.
    pub fn set_filter(&mut self, text: String, now: i64) {
        self.chosen.set_text(text);
        self.chosen.choose(&self.rows, now);
    }

    /// How many there are.
    pub fn all(&self) -> usize {
        self.rows.len()
    }

    /// The one at this place of what is shown.
    pub fn at(&self, place: usize) -> Option<&Served> {
        self.rows.get(self.chosen.at(place)?)
    }

    /// The one under the cursor.
    pub fn selected(&self) -> Option<&Served> {
        self.at(self.chosen.list.cursor())
    }
}

impl Filtered for Served {
    const COLUMNS: &'static [Named] = &[
        Named { word: "name", kind: Kind::Text },
        Named { word: "kind", kind: Kind::Text },
        Named { word: "names", kind: Kind::Text },
        Named { word: "serial", kind: Kind::Text },
        Named { word: "failure", kind: Kind::Text },
        Named { word: "left", kind: Kind::Span },
        Named { word: "renewal", kind: Kind::Span },
    ];

    fn title(&self) -> &str {
        &self.name
    }

    fn others(&self) -> impl Iterator<Item = &str> {
        let texts = [&self.kind, &self.serial, &self.of.stands_in, &self.of.failure];
        texts.into_iter().chain(&self.of.names).map(String::as_str)
    }

    #[allow(clippy::cast_precision_loss, reason = "milliseconds of a lifetime are exact in a float")]
    fn value(&self, column: usize, now: i64) -> Value<'_> {
        let until = |at: i64| Value::number((at != 0).then(|| (at - now) as f64));
        match column {
            0 => Value::text(&self.name),
            1 => Value::text(&self.kind),
            2 => Value::Text(Cow::Owned(self.of.names.join(", "))),
            3 => Value::text(&self.serial),
            4 => Value::text(&self.of.failure),
            5 => until(self.not_after_ms),
            _ => until(self.of.renewal_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doltops_proto::hosted_api::{Desired, Observed};

    const DAY: i64 = 86_400_000;

    fn row(name: &str, kind: &str, days: i64) -> Deployment {
        Deployment {
            name: name.into(),
            desired: Some(Desired { certificate: kind.into(), ..Desired::default() }),
            observed: Some(Observed { certificate_not_after_ms: days * DAY, ..Observed::default() }),
            certificate: (days > 0).then(|| Certificate { renewal_ms: (days - 30) * DAY, ..Certificate::default() }),
            ..Deployment::default()
        }
    }

    fn names(list: &Certificates) -> String {
        let shown = (0..list.chosen.list.len()).filter_map(|place| list.at(place));
        shown.map(|served| served.name.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_ends_first_stands_first_and_the_cursor_stays_with_its_deployment() {
        let mut list = Certificates::default();
        list.set(&[row("a", "webpki", 71), row("b", "self-signed", 6), row("new", "webpki", 0)], DAY);
        assert_eq!(names(&list), "b a new");
        list.chosen.list.move_by(1);
        list.set(&[row("a", "webpki", 3), row("b", "self-signed", 6), row("new", "webpki", 89)], DAY);
        assert_eq!((names(&list).as_str(), list.selected().map(|it| it.name.as_str())), ("a b new", Some("a")));
    }

    #[test]
    fn it_is_filtered_by_what_it_is_and_by_the_days_that_are_left() {
        let mut list = Certificates::default();
        list.set(&[row("a", "webpki", 71), row("b", "self-signed", 6), row("new", "webpki", 0)], DAY);
        for (filter, shown) in [("left:<14", "b"), ("kind:webpki", "a new"), ("renewal:<=0", "b"), ("nw", "new")] {
            list.set_filter(filter.into(), DAY);
            assert_eq!(names(&list), shown, "{filter}");
        }
    }
}
