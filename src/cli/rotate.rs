//! `doltops rotate`: other keys and passwords, in the place of those that are there.
//!
//! Without more it tells where rotations stand. `rotate own` is `start`'s: it needs a second connection.

use super::{
    Context, Stop, json,
    output::Tone,
    table::{Cell, Column, Table},
    text,
};
use crate::{
    hosted_api::problem::{Kind, Problem},
    model::DeploymentName,
};
use clap::{Args, Subcommand, ValueEnum};
use doltops_proto::hosted_api::{AuthorityState, RotateRequest, RotateResponse};
use std::time::Duration;

/// While it waits, how it stands is asked this often: as often as agents are.
const LOOK: Duration = Duration::from_secs(1);

/// Other keys and passwords; without more: where rotations stand
#[derive(Args, Clone, Debug)]
pub struct Rotate {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand, Clone, Debug)]
enum What {
    /// The authority that signs agents and client certificates
    #[command(name = "control-ca")]
    ControlCa {
        /// begin: both are good, agents change over by themselves; finish: the new one alone
        step: ControlStep,
        #[command(flatten)]
        patience: Patience,
    },
    /// The authority that signs databases
    #[command(name = "deployment-ca")]
    DeploymentCa {
        /// begin: clients can be given both; switch: databases change over; finish: the new one alone
        step: DeploymentStep,
        #[command(flatten)]
        patience: Patience,
    },
    /// Agents' keys and certificates: those from before do not count any more
    Agents(Deployments),
    /// Root's password, and the control plane's own user, in databases
    Passwords(Deployments),
    /// Your own client certificate, in the file that --identity names
    Own,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ControlStep {
    Begin,
    Finish,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DeploymentStep {
    Begin,
    Switch,
    Finish,
}

#[derive(Args, Clone, Debug)]
struct Deployments {
    /// Of which deployments
    #[arg(required_unless_present = "all")]
    names: Vec<DeploymentName>,
    /// Of all that can be reached
    #[arg(long, conflicts_with = "names")]
    all: bool,
    #[command(flatten)]
    patience: Patience,
}

#[derive(Args, Clone, Copy, Debug)]
struct Patience {
    /// Wait until it is done everywhere; the exit code is 1 when it is not in time
    #[arg(long)]
    wait: bool,
    /// How long to wait
    // An agent takes a second; a database waits for its service window, which nobody waits out at a terminal.
    #[arg(long, requires = "wait", value_name = "TIME", default_value = "10m", value_parser = super::values::duration)]
    timeout: Duration,
}

impl Rotate {
    /// Whether it is about the caller's own client certificate.
    pub fn is_own(&self) -> bool {
        matches!(self.what, Some(What::Own))
    }

    /// Whether it only looks.
    pub fn only_looks(&self) -> bool {
        self.what.is_none()
    }

    fn request(&self) -> (RotateRequest, Option<Patience>) {
        let of = |what: &str, step: &str, patience| {
            let request = RotateRequest { what: what.to_owned(), step: step.to_owned(), ..RotateRequest::default() };
            (request, Some(patience))
        };
        let at = |what: &str, which: &Deployments| {
            let names = which.names.iter().map(ToString::to_string).collect();
            (
                RotateRequest { what: what.to_owned(), names, all: which.all, ..RotateRequest::default() },
                Some(which.patience),
            )
        };
        match &self.what {
            None | Some(What::Own) => (RotateRequest::default(), None),
            Some(What::ControlCa { step: ControlStep::Begin, patience }) => of("control-ca", "begin", *patience),
            Some(What::ControlCa { step: ControlStep::Finish, patience }) => of("control-ca", "finish", *patience),
            Some(What::DeploymentCa { step: DeploymentStep::Begin, patience }) => {
                of("deployment-ca", "begin", *patience)
            }
            Some(What::DeploymentCa { step: DeploymentStep::Switch, patience }) => {
                of("deployment-ca", "switch", *patience)
            }
            Some(What::DeploymentCa { step: DeploymentStep::Finish, patience }) => {
                of("deployment-ca", "finish", *patience)
            }
            Some(What::Agents(which)) => at("agents", which),
            Some(What::Passwords(which)) => at("passwords", which),
        }
    }
}

pub async fn run(args: Rotate, mut context: Context<'_>) -> Result<(), Stop> {
    if args.is_own() {
        let what = "there is no client certificate of yours here: you are on the control plane's own machine";
        return Err(Problem::invalid("identity", what).next("with --connect URL --identity FILE it is renewed").into());
    }
    let (request, patience) = args.request();
    let mut answer = context.client.rotate(request.clone()).await?.into_inner();
    if let Some(patience) = patience.filter(|patience| patience.wait) {
        let left_out = std::mem::take(&mut answer.left_out);
        answer = wait(&request, patience, answer, &mut context).await?;
        answer.left_out = left_out;
    }
    if context.out.is_json() {
        return context.out.json(&json::Rotations::from(answer));
    }
    for left_out in &answer.left_out {
        context.out.note(&format!("left out: {}", text::clean(left_out)));
    }
    context.out.table(&authorities(&answer))?;
    if !answer.pending.is_empty() {
        context.out.table(&pending(&answer))?;
    }
    for authority in &answer.authorities {
        if let Some(next) = next(authority) {
            context.out.note(&next);
        }
    }
    Ok(())
}

/// Looks until what was asked for is done everywhere. Of an authority that is what depends on the old one.
async fn wait(
    request: &RotateRequest,
    patience: Patience,
    first: RotateResponse,
    context: &mut Context<'_>,
) -> Result<RotateResponse, Stop> {
    let until = context.env.elapsed() + patience.timeout;
    let mut answer = first;
    loop {
        let left = left(request, &answer);
        if left.is_empty() {
            return Ok(answer);
        }
        if context.env.elapsed() >= until {
            let what = format!("not done after {} s: {}", patience.timeout.as_secs(), left.join("; "));
            return Err(Problem::new(Kind::Failed, what).next("it goes on by itself; see: doltops rotate").into());
        }
        tokio::time::sleep(LOOK).await;
        answer = context.client.rotate(RotateRequest::default()).await?.into_inner();
    }
}

fn left(request: &RotateRequest, answer: &RotateResponse) -> Vec<String> {
    let what = if request.what == "agents" { "agent" } else { request.what.as_str() };
    let asked = |name: &String| request.all || request.names.contains(name);
    let pending = answer.pending.iter().filter(|it| it.what == what && asked(&it.deployment));
    let pending = pending.map(|it| format!("{} ({})", it.deployment, it.why));
    let authority = answer.authorities.iter().find(|it| it.name == request.what && it.phase == "switched");
    let holds = authority.into_iter().flat_map(|it| &it.holds).map(|hold| format!("{} ({})", hold.name, hold.why));
    pending.chain(holds).collect()
}

fn authorities(answer: &RotateResponse) -> Table {
    let mut table =
        Table::new(&["AUTHORITY", "PHASE", "FINGERPRINT", "COMING", "STILL NEEDS THE OLD ONE"].map(Column::Left));
    for it in &answer.authorities {
        let short = |fingerprint: &str| fingerprint.get(..16).unwrap_or(fingerprint).to_owned();
        let mut holds = it.holds.iter();
        let first = holds.next().map(hold).unwrap_or_default();
        table.row([
            Cell::from(&it.name),
            Cell::from(&it.phase),
            Cell::toned(short(&it.fingerprint), Tone::Faint),
            Cell::toned(short(&it.coming), Tone::Faint),
            first.into(),
        ]);
        for more in holds {
            table.row(["".into(), "".into(), "".into(), "".into(), Cell::from(hold(more))]);
        }
    }
    table
}

fn hold(it: &doltops_proto::hosted_api::Hold) -> String {
    format!("{}: {}", it.name, it.why)
}

fn pending(answer: &RotateResponse) -> Table {
    let mut table = Table::new(&["DEPLOYMENT", "ASKED FOR", "NOT DONE YET"].map(Column::Left));
    for it in &answer.pending {
        table.row([Cell::from(&it.deployment), Cell::from(&it.what), Cell::from(&it.why)]);
    }
    table
}

/// What a person does next about an authority.
fn next(it: &AuthorityState) -> Option<String> {
    match (it.phase.as_str(), it.holds.is_empty()) {
        ("announced", _) => Some(format!(
            "{0}: hand out both certificates (doltops credentials NAME --ca-file FILE), then: doltops rotate {0} switch",
            it.name
        )),
        ("switched", true) => {
            Some(format!("{0}: nothing needs the old one any more: doltops rotate {0} finish", it.name))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doltops_proto::hosted_api::{Hold, Rotation};

    #[test]
    fn what_is_waited_for_is_what_was_asked_for() {
        let pending = |deployment: &str, what: &str| Rotation {
            deployment: deployment.into(),
            what: what.into(),
            why: "it is under way".into(),
        };
        let held = AuthorityState {
            name: "control-ca".into(),
            phase: "switched".into(),
            holds: vec![Hold { name: "vera".into(), why: "a certificate".into() }],
            ..AuthorityState::default()
        };
        let answer = RotateResponse {
            pending: vec![pending("orders", "agent"), pending("billing", "passwords")],
            authorities: vec![held],
            left_out: Vec::new(),
        };
        let of = |what: &str, names: &[&str], all| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            left(&RotateRequest { what: what.into(), names, all, ..RotateRequest::default() }, &answer)
        };
        assert_eq!(of("agents", &["orders"], false), ["orders (it is under way)"]);
        assert_eq!(of("agents", &["billing"], false), [""; 0]);
        assert_eq!(of("passwords", &[], true), ["billing (it is under way)"]);
        assert_eq!(of("control-ca", &[], false), ["vera (a certificate)"]);
        assert_eq!(of("deployment-ca", &[], false), [""; 0]);
    }
}
