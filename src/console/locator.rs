//! Locators: the name of a view as a text, to copy, to send to somebody, and to start with.
//!
//! Guarantees
//! - What is printed is read back as the same locator (a property test), and only ASCII without spaces is printed: it
//!   survives a chat, a shell and a post-mortem.
//! - What names no view is refused with what there is.
//!
//! Not here: whether the deployment or the commit exists (`action::open` says so), and how a view is opened.
//!
//! Why no state of the view in it (sorting, filter, scroll): a locator says what one looks at. How one looks at it is
//! the reader's own, and is kept in their session.
//!
//! A new view gets a locator by a variant here, a word in [`Locator::from_str`], its way there in `action::open` and its
//! way back in [`Locator::of_screen`].

use crate::{
    console::{
        state::{Screen, State},
        text,
    },
    model::{BranchName, DeploymentName, Refusal},
};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// A view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Locator {
    /// The fleet.
    Deployments,
    /// A view of one deployment.
    Deployment(DeploymentName, Aspect),
    /// Every commit of the control plane; with the cursor on one of them.
    History(Option<CommitStart>),
    /// Two commits side by side.
    Diff(CommitStart, CommitStart),
    /// Everything that happened.
    Events,
    /// What the reconciler did and will do.
    Activity,
    /// The command log.
    Commands,
    /// What belongs to no deployment.
    Orphans,
    /// What databases show to clients.
    Certificates,
    /// What this machine lacks.
    Doctor,
    /// Checks of the control plane's own history.
    Checks,
    /// The health of the whole fleet.
    Pulse,
    /// The ports of this machine that lead to databases.
    Forwards,
    /// What is wrong.
    Incidents,
    /// One incident and what happened around it.
    Incident(IncidentName),
    /// The change requests.
    Branches,
    /// One change request.
    Branch(BranchName),
}

/// What of a deployment is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aspect {
    /// The whole of it.
    Whole,
    /// Its metrics.
    Metrics,
    /// Its log.
    Logs,
    /// The commits that changed it; with the cursor on one of them.
    History(Option<CommitStart>),
    /// Two commits side by side, of this deployment.
    Diff(CommitStart, CommitStart),
    /// Which commit gave each value.
    Blame,
    /// SQL on it.
    Sql,
    /// What happened to it.
    Events,
    /// What the reconciler did to it and will do.
    Activity,
    /// Checks over the history of one of its databases; of the only one, or one that is chosen then.
    Checks(Option<Database>),
}

/// A database's name, of those that stand in a line as they are: letters, digits, hyphens, underscores and dots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database(String);

/// How a commit's hash begins: the newest commit that begins so is meant. Any length will do, as nothing is done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitStart(String);

/// An incident's id, as it is written: small letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentName(String);

/// Far longer than the ids that are given (`inc-` and 8 characters), and short enough for a line.
const LONGEST_INCIDENT: usize = 40;

/// The length of a whole hash.
const HASH: usize = 32;

/// The words that stand alone.
pub const VIEWS: [&str; 14] = [
    "deployments",
    "pulse",
    "history",
    "diff",
    "orphans",
    "events",
    "incidents",
    "forwards",
    "activity",
    "commands",
    "certificates",
    "doctor",
    "branches",
    "checks",
];

/// The words that follow a deployment's name.
pub const ASPECTS: [&str; 9] = ["metrics", "logs", "history", "diff", "blame", "sql", "events", "activity", "checks"];

/// Why a text is no locator.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NotThere {
    /// The first word is none of them.
    #[error("'{word}' is no view{}: there are {}", meant(.word, &VIEWS), VIEWS.join(", "))]
    View {
        /// What stands there.
        word: String,
    },
    /// What follows the deployment is none of them.
    #[error("'{word}' is no view of a deployment{}: there are {}", meant(.word, &ASPECTS), ASPECTS.join(", "))]
    Aspect {
        /// What stands there.
        word: String,
    },
    /// The deployment's name cannot be one.
    #[error("'{name}' is no deployment's name: {why}")]
    Name {
        /// What stands there.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The change request's name cannot be one.
    #[error("'{name}' is no change request's name: {why}")]
    Branch {
        /// What stands there.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The commit cannot be one.
    #[error("'{commit}' does not begin a commit's hash: it has up to {HASH} characters of 0-9 and a-v")]
    Commit {
        /// What stands there.
        commit: String,
    },
    /// A diff with fewer than two commits.
    #[error("two commits are compared: diff/OLD/NEW")]
    Two,
    /// The incident cannot be one.
    #[error("'{incident}' is no incident's id: it is inc- and small letters and digits")]
    Incident {
        /// What stands there.
        incident: String,
    },
    /// The database cannot be one, or not in a locator.
    #[error("'{database}' is no database that a locator can name: letters, digits, '-', '_' and '.'")]
    Database {
        /// What stands there.
        database: String,
    },
    /// More follows than there can be.
    #[error("nothing stands below {view}: leave '{rest}' out")]
    Below {
        /// The view.
        view: String,
        /// What stands too much.
        rest: String,
    },
}

/// `, did you mean metrics`, where one of the words is close.
fn meant(word: &str, words: &[&str]) -> String {
    // Two letters are wrong at most: further away a guess is a surprise.
    let close = words.iter().map(|other| (strsim::damerau_levenshtein(word, other), other)).min();
    close.filter(|(apart, _)| *apart <= 2).map_or_else(String::new, |(_, other)| format!(", did you mean {other}"))
}

impl CommitStart {
    /// Whether both can be the same commit, one perhaps told by more of its hash.
    fn is_like(&self, other: &CommitStart) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }

    /// The text: only 0-9 and a-v.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CommitStart {
    type Err = NotThere;

    fn from_str(commit: &str) -> Result<Self, NotThere> {
        let valid =
            (1..=HASH).contains(&commit.len()) && commit.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'v'));
        valid.then(|| Self(commit.to_owned())).ok_or_else(|| NotThere::Commit { commit: text::clean(commit) })
    }
}

impl IncidentName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IncidentName {
    type Err = NotThere;

    fn from_str(incident: &str) -> Result<Self, NotThere> {
        let valid = (1..=LONGEST_INCIDENT).contains(&incident.len())
            && incident.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        valid.then(|| Self(incident.to_owned())).ok_or_else(|| NotThere::Incident { incident: text::clean(incident) })
    }
}

impl Database {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Database {
    type Err = NotThere;

    fn from_str(database: &str) -> Result<Self, NotThere> {
        // MySQL's own bound.
        let valid = (1..=64).contains(&database.len())
            && database.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        valid.then(|| Self(database.to_owned())).ok_or_else(|| NotThere::Database { database: text::clean(database) })
    }
}

impl FromStr for Locator {
    type Err = NotThere;

    /// A slash at the beginning or the end does not count.
    fn from_str(text: &str) -> Result<Self, NotThere> {
        let words: Vec<&str> = text.trim().trim_matches('/').split('/').collect();
        match words.as_slice() {
            ["deployments"] => Ok(Locator::Deployments),
            ["deployments", name, aspect @ ..] => Ok(Locator::Deployment(named(name)?, aspect_of(aspect)?)),
            ["history"] => Ok(Locator::History(None)),
            ["history", commit] => Ok(Locator::History(Some(commit.parse()?))),
            ["diff", old, new] => Ok(Locator::Diff(old.parse()?, new.parse()?)),
            ["diff"] | ["diff", _] => Err(NotThere::Two),
            ["events"] => Ok(Locator::Events),
            ["activity"] => Ok(Locator::Activity),
            ["commands"] => Ok(Locator::Commands),
            ["orphans"] => Ok(Locator::Orphans),
            ["certificates"] => Ok(Locator::Certificates),
            ["doctor"] => Ok(Locator::Doctor),
            ["checks"] => Ok(Locator::Checks),
            ["forwards"] => Ok(Locator::Forwards),
            ["pulse"] => Ok(Locator::Pulse),
            ["incidents"] => Ok(Locator::Incidents),
            ["branches"] => Ok(Locator::Branches),
            ["branches", name] => Ok(Locator::Branch(branch(name)?)),
            ["incidents", id] => Ok(Locator::Incident(id.parse()?)),
            [view, rest @ ..] if VIEWS.contains(view) => Err(below(view, rest)),
            [word, ..] => Err(NotThere::View { word: text::clean(word) }),
            [] => Err(NotThere::View { word: String::new() }),
        }
    }
}

fn named(name: &str) -> Result<DeploymentName, NotThere> {
    name.parse().map_err(|refusal| NotThere::Name {
        name: text::clean(name),
        why: match refusal {
            Refusal::Invalid { what, .. } => what,
            other => other.to_string(),
        },
    })
}

fn branch(name: &str) -> Result<BranchName, NotThere> {
    name.parse().map_err(|refusal| NotThere::Branch {
        name: text::clean(name),
        why: match refusal {
            Refusal::Invalid { what, .. } => what,
            other => other.to_string(),
        },
    })
}

fn aspect_of(words: &[&str]) -> Result<Aspect, NotThere> {
    match words {
        [] => Ok(Aspect::Whole),
        ["metrics"] => Ok(Aspect::Metrics),
        ["logs"] => Ok(Aspect::Logs),
        ["history"] => Ok(Aspect::History(None)),
        ["history", commit] => Ok(Aspect::History(Some(commit.parse()?))),
        ["diff", old, new] => Ok(Aspect::Diff(old.parse()?, new.parse()?)),
        ["diff"] | ["diff", _] => Err(NotThere::Two),
        ["blame"] => Ok(Aspect::Blame),
        ["sql"] => Ok(Aspect::Sql),
        ["events"] => Ok(Aspect::Events),
        ["activity"] => Ok(Aspect::Activity),
        ["checks"] => Ok(Aspect::Checks(None)),
        ["checks", database] => Ok(Aspect::Checks(Some(database.parse()?))),
        [aspect, rest @ ..] if ASPECTS.contains(aspect) => Err(below(aspect, rest)),
        [word, ..] => Err(NotThere::Aspect { word: text::clean(word) }),
    }
}

fn below(view: &str, rest: &[&str]) -> NotThere {
    NotThere::Below { view: view.to_owned(), rest: text::clean(&rest.join("/")) }
}

impl fmt::Display for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Locator::Deployments => f.write_str("deployments"),
            Locator::Deployment(name, aspect) => write!(f, "deployments/{name}{aspect}"),
            Locator::History(commit) => write!(f, "history{}", Below(commit.as_ref())),
            Locator::Diff(old, new) => write!(f, "diff/{}/{}", old.as_str(), new.as_str()),
            Locator::Events => f.write_str("events"),
            Locator::Activity => f.write_str("activity"),
            Locator::Commands => f.write_str("commands"),
            Locator::Orphans => f.write_str("orphans"),
            Locator::Certificates => f.write_str("certificates"),
            Locator::Doctor => f.write_str("doctor"),
            Locator::Checks => f.write_str("checks"),
            Locator::Forwards => f.write_str("forwards"),
            Locator::Pulse => f.write_str("pulse"),
            Locator::Incidents => f.write_str("incidents"),
            Locator::Incident(id) => write!(f, "incidents/{}", id.as_str()),
            Locator::Branches => f.write_str("branches"),
            Locator::Branch(name) => write!(f, "branches/{name}"),
        }
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Aspect::Whole => Ok(()),
            Aspect::Metrics => f.write_str("/metrics"),
            Aspect::Logs => f.write_str("/logs"),
            Aspect::History(commit) => write!(f, "/history{}", Below(commit.as_ref())),
            Aspect::Diff(old, new) => write!(f, "/diff/{}/{}", old.as_str(), new.as_str()),
            Aspect::Blame => f.write_str("/blame"),
            Aspect::Sql => f.write_str("/sql"),
            Aspect::Events => f.write_str("/events"),
            Aspect::Activity => f.write_str("/activity"),
            Aspect::Checks(None) => f.write_str("/checks"),
            Aspect::Checks(Some(database)) => write!(f, "/checks/{}", database.as_str()),
        }
    }
}

struct Below<'a>(Option<&'a CommitStart>);

impl fmt::Display for Below<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |commit| write!(f, "/{}", commit.as_str()))
    }
}

impl Locator {
    /// The view that is looked at. A change being prepared has none: it is that of the view below.
    pub fn of(state: &State) -> Locator {
        state.screens.iter().rev().find_map(Locator::of_screen).unwrap_or(Locator::Deployments)
    }

    /// That of a screen; none for a change being prepared, which is nothing to come back to.
    pub fn of_screen(screen: &Screen) -> Option<Locator> {
        let of = |name: &str, aspect| Some(Locator::Deployment(name.parse().ok()?, aspect));
        match screen {
            Screen::Deployment(details) => of(&details.name, Aspect::Whole),
            Screen::Metrics(metrics) => of(metrics.name(), Aspect::Metrics),
            Screen::Logs(logs) => of(logs.name(), Aspect::Logs),
            Screen::Connect(connect) => of(&connect.name, Aspect::Sql),
            Screen::History(history) => {
                // Eight characters are what people read everywhere else.
                let commit = history.selected().and_then(|commit| text::short(&commit.hash).parse().ok());
                match &history.name {
                    Some(name) => of(name, Aspect::History(commit)),
                    None => Some(Locator::History(commit)),
                }
            }
            Screen::Diff(diff) => {
                let (old, new) = (text::short(&diff.old.hash).parse().ok()?, text::short(&diff.new.hash).parse().ok()?);
                match &diff.name {
                    Some(name) => of(name, Aspect::Diff(old, new)),
                    None => Some(Locator::Diff(old, new)),
                }
            }
            Screen::Blame(blame) => of(&blame.name, Aspect::Blame),
            Screen::Checks(checks) => match &checks.name {
                Some(name) => {
                    let database = checks.database.as_ref().and_then(|database| database.parse().ok());
                    of(name, Aspect::Checks(database))
                }
                None => Some(Locator::Checks),
            },
            // Its rows are those of the figure below it.
            Screen::Finding(_) => None,
            Screen::Commands(_) => Some(Locator::Commands),
            Screen::Activity(activity) => match &activity.name {
                Some(name) => of(name, Aspect::Activity),
                None => Some(Locator::Activity),
            },
            Screen::Events(events) => match &events.name {
                Some(name) => of(name, Aspect::Events),
                None => Some(Locator::Events),
            },
            Screen::Orphans(_) => Some(Locator::Orphans),
            Screen::Certificates(_) => Some(Locator::Certificates),
            Screen::Doctor(_) => Some(Locator::Doctor),
            Screen::Branches(_) => Some(Locator::Branches),
            Screen::Branch(branch) => branch.name.parse().ok().map(Locator::Branch),
            Screen::Incidents(_) => Some(Locator::Incidents),
            Screen::Incident(story) => story.incident.id.parse().ok().map(Locator::Incident),
            Screen::Form(_) | Screen::RollBack(_) | Screen::Report(_) => None,
            Screen::Forwards => Some(Locator::Forwards),
            Screen::Pulse(_) => Some(Locator::Pulse),
        }
    }

    /// Whether both are the same view, wherever the cursor in it is.
    pub fn is_same_view(&self, other: &Locator) -> bool {
        match (self, other) {
            (Locator::History(_), Locator::History(_)) => true,
            (Locator::Deployment(one, Aspect::History(_)), Locator::Deployment(two, Aspect::History(_))) => one == two,
            // Which database it is may be known only later.
            (Locator::Deployment(one, Aspect::Checks(a)), Locator::Deployment(two, Aspect::Checks(b))) => {
                one == two && (a == b || b.is_none())
            }
            (Locator::Diff(a, b), Locator::Diff(c, d)) => a.is_like(c) && b.is_like(d),
            (Locator::Deployment(one, Aspect::Diff(a, b)), Locator::Deployment(two, Aspect::Diff(c, d))) => {
                one == two && a.is_like(c) && b.is_like(d)
            }
            (one, two) => one == two,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn start() -> impl Strategy<Value = CommitStart> {
        "[0-9a-v]{1,32}".prop_map(|text| text.parse().expect("a commit"))
    }

    fn commit() -> impl Strategy<Value = Option<CommitStart>> {
        prop::option::of(start())
    }

    fn aspect() -> impl Strategy<Value = Aspect> {
        prop_oneof![
            Just(Aspect::Whole),
            Just(Aspect::Metrics),
            Just(Aspect::Logs),
            commit().prop_map(Aspect::History),
            (start(), start()).prop_map(|(old, new)| Aspect::Diff(old, new)),
            Just(Aspect::Blame),
            Just(Aspect::Sql),
            Just(Aspect::Events),
            Just(Aspect::Activity),
            prop::option::of("[a-zA-Z0-9_.-]{1,20}".prop_map(|text| text.parse().expect("a database")))
                .prop_map(Aspect::Checks),
        ]
    }

    fn locator() -> impl Strategy<Value = Locator> {
        let name = "[a-z]([a-z0-9-]{0,20}[a-z0-9])?".prop_map(|text| text.parse().expect("a name"));
        prop_oneof![
            Just(Locator::Deployments),
            (name, aspect()).prop_map(|(name, aspect)| Locator::Deployment(name, aspect)),
            commit().prop_map(Locator::History),
            (start(), start()).prop_map(|(old, new)| Locator::Diff(old, new)),
            Just(Locator::Events),
            Just(Locator::Activity),
            Just(Locator::Commands),
            Just(Locator::Certificates),
            Just(Locator::Doctor),
            Just(Locator::Checks),
            Just(Locator::Orphans),
            Just(Locator::Incidents),
            Just(Locator::Forwards),
            Just(Locator::Pulse),
            Just(Locator::Branches),
            "[a-z]{2}[a-z0-9]{0,20}"
                .prop_filter_map("a reserved word", |text| Some(Locator::Branch(text.parse().ok()?))),
            "inc-[a-z0-9]{8}".prop_map(|text| Locator::Incident(text.parse().expect("an id"))),
        ]
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(locator in locator()) {
            let text = locator.to_string();
            prop_assert!(text.bytes().all(|b| b.is_ascii_graphic()), "{text}");
            prop_assert_eq!(text.parse(), Ok(locator.clone()));
            prop_assert_eq!(format!(" /{text}/ ").parse(), Ok(locator));
        }

        #[test]
        fn whatever_is_read_is_refused_or_printed(text in "\\PC{0,30}|(deployments|history|events)(/[a-z]{0,8}){0,4}") {
            match text.parse::<Locator>() {
                Ok(locator) => prop_assert_eq!(locator.to_string().parse(), Ok(locator)),
                Err(why) => prop_assert!(!why.to_string().is_empty()),
            }
        }
    }

    #[test]
    fn what_names_no_view_is_refused_with_what_there_is() {
        for (text, said) in [
            (
                "",
                "'' is no view: there are deployments, pulse, history, diff, orphans, events, incidents, forwards, activity, commands",
            ),
            ("event", "'event' is no view, did you mean events: there are"),
            (
                "deployments/orders/metric",
                "'metric' is no view of a deployment, did you mean metrics: there are metrics, logs",
            ),
            ("deployments/Orders", "'Orders' is no deployment's name: 'O' is not allowed"),
            ("deployments/orders/history/xyz", "'xyz' does not begin a commit's hash"),
            ("diff/abc123", "two commits are compared: diff/OLD/NEW"),
            ("orphans/x", "nothing stands below orphans: leave 'x' out"),
            ("deployments/orders/logs/a/b", "nothing stands below logs: leave 'a/b' out"),
        ] {
            let why = text.parse::<Locator>().expect_err(text).to_string();
            assert!(why.starts_with(said), "{text}: {why}");
        }
    }

    #[test]
    fn the_same_view_is_one_view_wherever_its_cursor_is() {
        let read = |text: &str| text.parse::<Locator>().expect(text);
        assert!(read("history/abc").is_same_view(&read("history")));
        assert!(read("deployments/a/history/abc").is_same_view(&read("deployments/a/history")));
        assert!(!read("deployments/a/history").is_same_view(&read("deployments/b/history")));
        assert!(!read("deployments/a/history").is_same_view(&read("history")));
    }
}
