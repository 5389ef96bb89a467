//! What a call that never got an answer means: the words that the transport hides in its error's causes.
//!
//! gRPC knows "transport error" and no more. Below it stands what happened: nobody listens there, the other side does
//! not take our certificate, or we do not take theirs. A person needs that, and what to do next.

use super::problem::{Kind, Problem};
use rustls::Error as Tls;
use std::{error::Error, io};
use tonic::{Status, transport};

const NEW_IDENTITY: &str = "make another on the control plane's machine: doltops client-certificate NAME --role ROLE";

/// Why there was no answer; `None` where the status is one.
pub fn problem(status: &Status) -> Option<Problem> {
    problem_of(status, "the control plane")
}

/// The same of whoever was called.
pub fn problem_of(status: &Status, who: &str) -> Option<Problem> {
    let mut cause = status.source();
    let mut broken = None;
    while let Some(error) = cause {
        if let Some(problem) = error.downcast_ref::<Problem>() {
            return Some(problem.clone());
        }
        if let Some(tls) = error.downcast_ref::<Tls>() {
            return Some(refused_by_tls(tls, who));
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            broken = Some(unreachable(error, who));
        } else if error.is::<transport::Error>() && broken.is_none() {
            broken = Some(unreachable(&io::ErrorKind::ConnectionReset.into(), who));
        }
        cause = below(error);
    }
    broken
}

/// What an error comes from. An I/O error passes over the one that it was made of, which is the one that tells.
fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let made_of = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    made_of.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source())
}

fn refused_by_tls(error: &Tls, who: &str) -> Problem {
    let problem = match error {
        Tls::AlertReceived(alert) => {
            Problem::new(Kind::Refused, format!("{who} does not accept this client certificate ({alert:?})"))
                .next(NEW_IDENTITY)
        }
        Tls::InvalidCertificate(why) => {
            let what = format!("what answers there is not {who} that this certificate is for ({why:?})");
            Problem::new(Kind::Refused, what).next("check the address of --connect, and whose --identity it is")
        }
        other => Problem::new(Kind::Unreachable, format!("no secure connection could be made: {other}"))
            .next("check the address of --connect"),
    };
    Problem { field: "identity".to_owned(), ..problem }
}

fn unreachable(error: &io::Error, who: &str) -> Problem {
    let next = match error.kind() {
        // The other side may have gone before its reason came through.
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => {
            "try again; over TCP, see that the client certificate is still good"
        }
        _ => "see that the control plane runs, and that the address is right",
    };
    Problem::new(Kind::Unreachable, format!("{who} does not answer: {error}")).next(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{AlertDescription, CertificateError};

    fn told(error: impl Error + Send + Sync + 'static) -> Problem {
        problem(&Status::from_error(Box::new(error))).expect("told")
    }

    #[test]
    fn a_wrong_certificate_says_so_on_either_side() {
        let ours = told(io::Error::other(Tls::AlertReceived(AlertDescription::UnknownCA)));
        assert_eq!((ours.kind, ours.field.as_str()), (Kind::Refused, "identity"));
        let theirs = told(io::Error::other(Tls::InvalidCertificate(CertificateError::UnknownIssuer)));
        assert_eq!((theirs.kind, theirs.field.as_str()), (Kind::Refused, "identity"));
        assert_ne!(ours.what, theirs.what);
    }

    #[test]
    fn nobody_there_is_unreachable_in_words() {
        let problem = told(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert_eq!(problem.kind, Kind::Unreachable);
        assert!(problem.what.contains("refused"), "{problem}");
    }

    #[test]
    fn it_is_told_whose_connection_broke() {
        let status = Status::from_error(Box::new(io::Error::from(io::ErrorKind::ConnectionReset)));
        let problem = problem_of(&status, "the agent of orders").expect("told");
        assert!(problem.what.starts_with("the agent of orders does not answer: connection reset"), "{problem}");
    }

    #[test]
    fn what_kept_this_process_from_hosting_is_told_as_it_was() {
        let why = Problem::invalid("listen", "127.0.0.1:1 is in use").next("choose another");
        assert_eq!(told(io::Error::other(why.clone())), why);
    }

    #[test]
    fn an_answer_is_left_alone() {
        assert_eq!(problem(&Status::unavailable("the store is away")), None);
    }
}
