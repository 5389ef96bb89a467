//! On which state a call is answered: main, a branch, or a moment of the past.
//!
//! It travels as metadata of the call, so that every request has it and none has a field for it. A client sets it once
//! for all its calls ([`Client::on_view`](super::client::Client::on_view)); the server reads it beside the access check.
//!
//! Guarantees
//! - A call that does not say that it takes a view refuses every view but main ([`View::main_only`]): nothing is answered
//!   for main, and nothing is changed there, by somebody who looks elsewhere.
//! - A view that cannot be read is refused, never taken for main.
//!
//! Not here: what is read for a view (`server`), and which names and times people type (`model::moment`).

use super::problem::{Kind, Problem};
use crate::model::{BranchName, Moment, Refusal};
use doltops_proto::identity::Role;
use std::{fmt, str::FromStr};
use tonic::{Request, Status, metadata::MetadataValue, service::Interceptor};

/// The metadata that carries it; absent: main.
pub const HEADER: &str = "doltops-view";

/// On which state a call is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// As it is.
    #[default]
    Main,
    /// As it is prepared on a branch.
    Branch(BranchName),
    /// As it was.
    At(Moment),
}

impl FromStr for View {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        match text.split_once(':') {
            None if text == "main" => Ok(View::Main),
            Some(("branch", name)) => name.parse().map(View::Branch),
            Some(("at", moment)) => moment.parse().map(View::At),
            _ => {
                let what = format!("'{}' is no view: main, branch:NAME, at:COMMIT or at:TIME", text.escape_default());
                Err(Refusal::invalid("view", what))
            }
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            View::Main => f.write_str("main"),
            View::Branch(name) => write!(f, "branch:{name}"),
            View::At(moment) => write!(f, "at:{moment}"),
        }
    }
}

impl View {
    /// What a request says.
    ///
    /// # Errors
    /// It says what is no view.
    pub fn of<T>(request: &Request<T>) -> Result<Self, Problem> {
        let mut said = request.metadata().get_all(HEADER).iter();
        match (said.next(), said.next()) {
            (None, _) => Ok(View::Main),
            (Some(value), None) => {
                let text = value.to_str().map_err(|_| Problem::invalid("view", "it is no text"))?;
                Ok(text.parse::<View>()?)
            }
            (Some(_), Some(_)) => Err(Problem::invalid("view", "it is said more than once")),
        }
    }

    /// Refuses every view but main: for a call that is answered for no other. `needed` is the role that the call asks for.
    ///
    /// # Errors
    /// Why not, and what to do instead.
    pub fn main_only(&self, needed: Role) -> Result<(), Problem> {
        match self {
            View::Main => Ok(()),
            View::Branch(name) => {
                let what = format!("this is not there on the branch {name}: it is about what runs, which is main");
                Err(Problem::new(Kind::Refused, what).next("ask without the branch"))
            }
            View::At(moment) if needed > Role::Viewer => {
                let what = format!("this is the past, {moment}: it is only to be looked at");
                Err(Problem::new(Kind::Refused, what).next("go back to now, and ask again"))
            }
            View::At(moment) => {
                let what = format!("this is not known of the past, {moment}");
                Err(Problem::new(Kind::Refused, what).next("go back to now, and ask again"))
            }
        }
    }

    /// The moment, or none for main: for a call that is answered for the past too, and for no branch.
    ///
    /// # Errors
    /// As [`View::main_only`].
    pub fn main_or_past(&self) -> Result<Option<&Moment>, Problem> {
        match self {
            View::At(moment) => Ok(Some(moment)),
            other => other.main_only(Role::Viewer).map(|()| None),
        }
    }
}

/// Puts a view into each call.
#[derive(Clone, Debug, Default)]
pub struct OnView(pub View);

impl Interceptor for OnView {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if self.0 != View::Main {
            let text = self.0.to_string();
            let value = MetadataValue::try_from(&text);
            let value = value.map_err(|_| Status::invalid_argument(format!("'{text}' cannot be sent as a view")))?;
            request.metadata_mut().insert(HEADER, value);
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tonic::metadata::AsciiMetadataValue;

    fn views() -> [View; 4] {
        [
            View::Main,
            View::Branch("resize-three".parse().expect("a name")),
            View::At("abc123".parse().expect("a commit")),
            View::At("2026-11-23T14:02:00.123Z".parse().expect("a time")),
        ]
    }

    #[test]
    fn what_a_client_sets_is_what_the_server_reads() {
        for view in views() {
            let sent = OnView(view.clone()).call(Request::new(())).expect("sent");
            assert_eq!(sent.metadata().contains_key(HEADER), view != View::Main);
            assert_eq!(View::of(&sent), Ok(view.clone()));
            assert_eq!(view.to_string().parse(), Ok(view));
        }
    }

    #[test]
    fn what_is_no_view_is_refused_and_never_main() {
        let said = |texts: &[&'static str]| {
            let mut request = Request::new(());
            for text in texts {
                request.metadata_mut().append(HEADER, AsciiMetadataValue::from_static(text));
            }
            View::of(&request)
        };
        assert_eq!(said(&[]), Ok(View::Main));
        for wrong in
            ["", "Main", "branch", "branch:", "branch:main", "branch:a/b", "at:", "at:now", "at:10m", "at", "cr/a"]
        {
            let told = said(&[wrong]);
            assert!(matches!(&told, Err(problem) if problem.kind == Kind::Invalid), "{wrong}: {told:?}");
        }
        assert!(said(&["at:abc123", "main"]).is_err());
    }

    #[test]
    fn a_call_that_says_nothing_is_refused_elsewhere_than_on_main() {
        for needed in [Role::Viewer, Role::Operator, Role::Admin] {
            for view in views() {
                let told = view.main_only(needed);
                assert_eq!(told.is_ok(), view == View::Main);
                if let Err(problem) = told {
                    assert_eq!(Status::from(problem.clone()).code(), tonic::Code::FailedPrecondition);
                    assert!(!problem.next.is_empty());
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_is_told_back(text in "(main|branch:|at:)?.{0,40}") {
            if let Ok(view) = text.parse::<View>() {
                prop_assert_eq!(view.to_string().parse::<View>(), Ok(view));
            }
        }
    }
}
