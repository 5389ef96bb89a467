//! `doltops check`: what a database's history has that it should not have.

use super::{
    Context, Output, Stop,
    output::Tone,
    text::{clean, counted},
};
use crate::{
    checks::{
        history::{self, Kept, Progress, Shown},
        report::{self, ConstraintReport, FindingReport, Report, Subject},
        rules::{CONTROL_PLANE, Rules},
    },
    config::Config,
    hosted_api::problem::{Kind, Problem},
    model::DeploymentName,
    sql::Session,
};
use clap::Args;
use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

/// Something was found: the command has done its work, and scripts are to stop here.
const FOUND: u8 = 1;

/// The password of `--server`: an argument would be seen by everyone on the machine.
const PASSWORD: &str = "DOLTOPS_CHECK_PASSWORD";

/// A note of how far it is, after so many commits: some seconds.
const TELL: usize = 500;

/// What the history of a database has that it should not have
#[derive(Args, Clone, Debug)]
pub struct Check {
    /// Which deployment; without one, and without --server, the control plane's own database (admins)
    #[arg(conflicts_with = "server")]
    name: Option<DeploymentName>,
    /// Which of its databases; where there is only one, that one
    #[arg(long, value_name = "DB")]
    database: Option<String>,
    /// A server that is no deployment, as in CI: mysql://USER@HOST:PORT/DB. Its password is in DOLTOPS_CHECK_PASSWORD
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Along which branch; of merges the first parent is followed
    #[arg(long, value_name = "BRANCH", default_value = "main")]
    along: String,
    /// The rules; without them those in checks/rules of the state folder, else every table with a key is watched
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Only what was found after this commit
    #[arg(long, value_name = "COMMIT")]
    since: Option<String>,
    /// Write the result as JUnit XML too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the constraints into dolt_tests first, as a commit
    #[arg(long, requires = "rules")]
    install: bool,
    /// With --install: the database refuses commits that break a constraint from now on
    #[arg(long, requires = "install")]
    enforce: bool,
    /// Forget what was counted and read the history anew
    #[arg(long)]
    anew: bool,
}

impl Check {
    /// Whether it reaches the database without a control plane.
    pub fn is_alone(&self) -> bool {
        self.server.is_some()
    }

    /// Reads the rules and looks at the words, before anything is started.
    ///
    /// # Errors
    /// Names what is wrong.
    pub fn validate(&self) -> Result<(), Problem> {
        prepare(self).map(drop)
    }
}

pub async fn run(args: Check, context: Context<'_>) -> Result<(), Stop> {
    let Context { client, config, out, .. } = context;
    let (rules, database) = prepare(&args)?;
    let name = args.name.as_ref().map(ToString::to_string).unwrap_or_default();
    // It is enough to read, except to install.
    let opened = Session::open(client, &name, !args.install).await;
    let mut session = opened.map_err(|problem| match problem.kind {
        Kind::NotFound if problem.next.is_empty() => problem.next("doltops list tells which there are"),
        _ => problem,
    })?;
    let (source, database) = match args.name {
        Some(_) => (name.as_str(), which(&mut session, database.as_deref(), &name).await?),
        None => (CONTROL_PLANE, session.database().to_owned()),
    };
    check(&args, rules, session, (source, &database), config, out).await
}

/// The same for a server that is no deployment; gives the exit code.
pub async fn run_alone(args: &Check, config: &Config, out: &mut Output) -> u8 {
    let done = async {
        let out = &mut *out;
        let (rules, database) = prepare(args)?;
        let url = args.server.as_deref().unwrap_or_default();
        let mut session = Session::direct(url, env::var(PASSWORD).ok().as_deref()).await?;
        // Kept apart by server; without a user, who is no part of what is there.
        let source = url.split('@').next_back().unwrap_or_default().split(['/', '?']).next().unwrap_or_default();
        let database = which(&mut session, database.as_deref(), source).await?;
        check(args, rules, session, (source, &database), config, out).await
    };
    let done: Result<(), Stop> = done.await;
    super::finish(done, out)
}

/// The database that was asked for, or the only one.
async fn which(session: &mut Session, asked: Option<&str>, whose: &str) -> Result<String, Problem> {
    history::database(asked, &history::databases(session).await?, whose)
}

/// What must hold before anything is connected to; gives the rules, and the database where one was named.
fn prepare(args: &Check) -> Result<(Option<Rules>, Option<String>), Problem> {
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path)
            .map_err(|error| Problem::invalid("rules", format!("{} cannot be read: {error}", path.display())))?;
        Rules::parse(&text, path)
    };
    let rules = args.rules.as_ref().map(read).transpose()?;
    if args.name.is_none() && args.server.is_none() {
        return own_only(args).map(|()| (rules, None));
    }
    if args.install && rules.as_ref().is_some_and(|rules| rules.constraints.is_empty()) {
        return Err(Problem::invalid("install", "the rules have no constraint"));
    }
    let named = args.server.as_deref().map(server_database).transpose()?.flatten();
    Ok((rules, args.database.clone().or(named)))
}

/// Of the control plane's own database nothing can be chosen, and nothing is written to it but by its store.
fn own_only(args: &Check) -> Result<(), Problem> {
    if args.database.is_some() {
        return Err(Problem::invalid(
            "database",
            "the control plane has one database of its own, with a name of its own",
        )
        .next("name the deployment as well, or leave --database out"));
    }
    if args.install {
        return Err(Problem::invalid(
            "install",
            "the control plane's own database takes no tests: only its store writes to it",
        )
        .next("run the check with these rules instead"));
    }
    Ok(())
}

/// The database that a server's address names. An address with a password is refused: argument lists are public.
fn server_database(url: &str) -> Result<Option<String>, Problem> {
    let after = url.strip_prefix("mysql://").ok_or_else(|| {
        Problem::invalid("server", "it is no address of a server").next("give mysql://USER@HOST:PORT/DATABASE")
    })?;
    if after.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) {
        return Err(Problem::invalid("server", "a password must not stand among the arguments")
            .next(format!("leave it out and set {PASSWORD}")));
    }
    let path = after.split_once('/').map(|(_, path)| path.split('?').next().unwrap_or_default().to_owned());
    Ok(path.filter(|name| !name.is_empty()))
}

async fn check(
    args: &Check,
    rules: Option<Rules>,
    mut session: Session,
    (source, database): (&str, &str),
    config: &Config,
    out: &mut Output,
) -> Result<(), Stop> {
    let rules = match rules {
        Some(rules) => rules,
        None => kept(&config.state_dir, source, database, out)?,
    };
    if args.install {
        install(args, &rules, &mut session, database, out).await?;
    }
    let path = history::path(&config.state_dir, (source, database, &args.along), &rules);
    if args.anew && path.exists() {
        fs::remove_file(&path)?;
    }
    let (kept, progress, notes) = {
        let told = Mutex::new(&mut *out);
        let tell = |progress: Progress| {
            if progress.done.is_multiple_of(TELL)
                && let Ok(mut out) = told.lock()
            {
                out.note(&format!("{} of {}", progress.done, counted(progress.commits as u64, "commit", "commits")));
            }
        };
        history::run(&mut session, (database, &args.along), &rules, &path, tell).await?
    };
    let since = args.since.as_deref().map(|since| place_of(&kept, since)).transpose()?;
    let subject = Subject { source, database, branch: &args.along };
    let report = report::report(subject, &kept, progress, &rules, since, notes);
    if let Some(path) = &args.junit {
        fs::write(path, report::junit(&report)?)
            .map_err(|error| Problem::invalid("junit", format!("{} cannot be written: {error}", path.display())))?;
    }
    if out.is_json() {
        out.json(&report)?
    } else {
        show(&report, out)?
    }
    if report.well { Ok(()) } else { Err(Stop::Outcome(FOUND)) }
}

/// The rules that are kept for a database, with a word on where they are: rules under a slip of a name would be missed.
fn kept(state: &Path, source: &str, database: &str, out: &mut Output) -> Result<Rules, Problem> {
    let rules = Rules::kept(state, source, database)?;
    match Rules::file(state, source, database) {
        Some(path) if path.exists() => out.note(&clean(&format!("by the rules of {}", path.display()))),
        Some(path) if source != CONTROL_PLANE => out.note(&clean(&format!(
            "without rules every table with a primary key is watched; rules would be in {}",
            path.display()
        ))),
        _ => {}
    }
    Ok(rules)
}

async fn install(
    args: &Check,
    rules: &Rules,
    session: &mut Session,
    database: &str,
    out: &mut Output,
) -> Result<(), Stop> {
    let changed = history::install(session, database, &args.along, &rules.constraints, args.enforce).await?;
    let count = rules.constraints.len();
    let what = if changed { "are installed" } else { "were installed already" };
    out.note(&format!("{count} constraints {what} in dolt_tests, group {}", history::GROUP));
    if args.enforce {
        out.note("commits that break one are refused from now on");
    }
    Ok(())
}

fn place_of(kept: &Kept, since: &str) -> Result<usize, Problem> {
    let found = kept.commits.iter().rposition(|commit| !since.is_empty() && commit.hash.starts_with(since));
    found.ok_or_else(|| Problem::invalid("since", format!("{since} is none of the commits that were looked at")))
}

fn show(report: &Report, out: &mut Output) -> Result<(), Stop> {
    for constraint in report.constraints.iter().filter(|constraint| !constraint.kept) {
        show_constraint(constraint, out)?;
    }
    let (accepted, news): (Vec<_>, Vec<_>) = report.findings.iter().partition(|finding| finding.accepted.is_some());
    for finding in news {
        show_finding(finding, out)?;
    }
    for note in &report.notes {
        out.note(&clean(note));
    }
    if !accepted.is_empty() {
        out.note(&format!("{} accepted by the rules", accepted.len()));
    }
    let broken = report.constraints.iter().filter(|constraint| !constraint.kept).count();
    let found = report.findings.len() - accepted.len();
    out.note(&clean(&format!(
        "{}/{}: {} ({} new, {} read), {} ({broken} broken), {}: {}",
        report.source,
        report.database,
        counted(report.commits as u64, "commit", "commits"),
        report.new_commits,
        counted(report.rows_read, "row", "rows"),
        counted(report.constraints.len() as u64, "constraint", "constraints"),
        counted(report.tables.len() as u64, "table", "tables"),
        counted(found as u64, "finding", "findings"),
    )));
    if report.well { out.toned("✓ nothing found", Tone::Good) } else { Ok(()) }
}

fn show_constraint(constraint: &ConstraintReport, out: &mut Output) -> Result<(), Stop> {
    out.toned_start("✗ ", Tone::Bad)?;
    let why = match &constraint.failed {
        Some(why) => format!("{}: {why}", constraint.name),
        None => format!("{}: it returns rows", constraint.name),
    };
    out.line(&clean(&why))?;
    if let Some(since) = &constraint.since {
        out.line(&clean(&format!(
            "  since {} {} {}: {}",
            short(&since.hash),
            since.date,
            since.author,
            since.message
        )))?;
    }
    for row in &constraint.rows {
        let cells = constraint.columns.iter().zip(row).map(|(name, cell)| format!("{name}={}", shown(cell.as_deref())));
        out.line(&clean(&format!("  {}", cells.collect::<Vec<_>>().join("  "))))?;
    }
    if constraint.more { out.line("  … it returns more than these") } else { Ok(()) }
}

fn show_finding(finding: &FindingReport, out: &mut Output) -> Result<(), Stop> {
    let commit = &finding.commit;
    out.toned_start("✗ ", Tone::Bad)?;
    out.line(&clean(&format!(
        "{} {}  {}: {}",
        short(&commit.hash),
        finding.kind,
        report::place(finding),
        finding.what
    )))?;
    let seen = finding.seen.as_ref().map(|seen| format!("; certain at {}", short(&seen.hash))).unwrap_or_default();
    out.line(&clean(&format!("  {} {}: {}{seen}", commit.date, commit.author, commit.message)))?;
    if let Some(counted) = report::counted(&finding.evidence) {
        out.line(&format!("  {counted}:"))?;
    }
    for row in &finding.evidence.rows {
        out.line(&clean(&format!("    {}", row_text(row))))?;
    }
    match finding.diff.as_ref().filter(|_| finding.evidence.has_more()) {
        Some(diff) => out.line(&clean(&format!("    … all of them: {diff}"))),
        None => Ok(()),
    }
}

/// A row on a line: its cells, and of a changed one what changed.
fn row_text(row: &Shown) -> String {
    let sign = match row.change.as_str() {
        "added" => "+",
        "removed" => "-",
        _ => "~",
    };
    let cell = |cell: &history::ShownCell| match sign {
        "~" if cell.before != cell.after => {
            format!("{}={}→{}", cell.column, shown(cell.before.as_deref()), shown(cell.after.as_deref()))
        }
        "-" => format!("{}={}", cell.column, shown(cell.before.as_deref())),
        _ => format!("{}={}", cell.column, shown(cell.after.as_deref())),
    };
    format!("{sign} {}", row.cells.iter().map(cell).collect::<Vec<_>>().join("  "))
}

fn shown(cell: Option<&str>) -> &str {
    cell.unwrap_or("NULL")
}

fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_address_names_a_database_and_no_password() {
        assert_eq!(
            server_database("mysql://root@h:3306/shop?require_ssl=true").ok().flatten().as_deref(),
            Some("shop")
        );
        assert_eq!(server_database("mysql://root@h:3306").ok().flatten(), None);
        for wrong in ["mysql://root:hush@h/shop", "http://h/shop"] {
            let problem = server_database(wrong).expect_err(wrong);
            assert_eq!((problem.kind, problem.field.as_str()), (Kind::Invalid, "server"));
            assert!(!problem.to_string().contains("hush"));
        }
    }
}
