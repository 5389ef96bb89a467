//! The console, on whatever control plane there is.

use super::{link, remote};
use crate::{
    cli::{self, Format, Output},
    config::{Config, Provider},
    console::{self, Exit, Hosting, Options, locator::Locator, theme::Theme},
    doctor,
    env::Env,
    hosted_api::problem::{Kind, Problem},
    hosting::{self, Link, StateFolder},
    sql::Settings,
};
use jiff::tz::TimeZone;
use std::{env, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    sync::watch,
    time,
};

/// Whether another would take over is asked this often: `q` must know.
const HEIRS: Duration = Duration::from_millis(500);

/// How the console begins.
pub struct View {
    /// The view to open; none for that of the last session.
    pub locator: Option<String>,
    /// Without what is kept of the last session.
    pub fresh: bool,
}

/// Runs the console until the person leaves, and ends or hands over what this process hosts.
///
/// # Errors
/// When there is no terminal, the configuration names what is not there, or the locator names no view.
pub async fn run(config: &Config, env: Arc<dyn Env>, view: View) -> Result<u8, Problem> {
    let read = view.locator.map(|text| text.parse::<Locator>()).transpose();
    let open = read.map_err(|why| Problem::invalid("locator", why.to_string()))?;
    // https://no-color.org: set and not empty.
    let colour = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let theme = Theme::load(&config.theme, colour).map_err(|error| Problem::invalid("theme", error.to_string()))?;
    if is_first_on_aws(config) && !first_look(config, env.clone()).await {
        return Ok(cli::INTERRUPTED);
    }
    let (told, hosting) = watch::channel(Hosting::default());
    let (client, link) = match &config.connect {
        Some(remote) => (remote::client(remote, &config.identity()?)?, None),
        None => {
            let link = link(config, "console", true, env.clone())?;
            tokio::spawn(tell(link.clone(), told));
            (link.client(), Some(link))
        }
    };
    let exit = console::run(Options {
        client,
        theme,
        hosting,
        env,
        zone: TimeZone::system(),
        open,
        session: session(config),
        fresh: view.fresh,
        settings: Settings {
            production: config.console.production.clone(),
            mysql: config.console.mysql.clone(),
            statement_seconds: config.console.statement_seconds,
        },
        state_dir: config.state_dir.clone(),
    })
    .await;
    let suspend = matches!(exit, Ok(Exit::Quit { suspend: true }));
    if let Some(link) = link {
        link.close(suspend).await?;
    }
    exit.map(|_| 0).map_err(|error| Problem::new(Kind::Failed, error.to_string()))
}

/// Where the session is kept: a control plane elsewhere has other deployments, and a file of its own.
fn session(config: &Config) -> PathBuf {
    let name = match &config.connect {
        None => "console.json".to_owned(),
        Some(remote) => {
            let place = remote.url.uri();
            let host = place.host().unwrap_or_default().trim_matches(['[', ']']).replace(':', "_");
            format!("console-{host}-{}.json", place.port_u16().unwrap_or_default())
        }
    };
    config.state_dir.join(name)
}

/// Before anything is made in an account by this state folder.
fn is_first_on_aws(config: &Config) -> bool {
    config.provider == Provider::Aws && config.connect.is_none() && !StateFolder::is_used(&config.state_dir)
}

/// The doctor's report, where something is not well; gives whether the person goes on.
async fn first_look(config: &Config, env: Arc<dyn Env>) -> bool {
    eprintln!("doltops: looking at the account, as this is its first start here");
    let report = doctor::examine(config, env).await;
    if report.is_well() {
        return true;
    }
    cli::show_examination(&report, &mut Output::of_this_process(Format::Table));
    eprintln!("\nEnter opens the console all the same; Ctrl+C leaves. The same again: doltops doctor");
    let mut line = String::new();
    // An end of the input is as good as leaving: nobody is there.
    matches!(BufReader::new(tokio::io::stdin()).read_line(&mut line).await, Ok(1..))
}

/// Tells the console what this process is to the control plane, as it changes.
async fn tell(link: Arc<Link>, told: watch::Sender<Hosting>) {
    let mut hosting = link.hosting();
    let mut failed = None;
    loop {
        let now = hosting.borrow_and_update().clone();
        let mut tells = Hosting { hosts: now == hosting::Hosting::Host, ..Hosting::default() };
        match now {
            hosting::Hosting::Host => {
                tells.heirs = u32::try_from(link.heirs().await).unwrap_or(u32::MAX);
                failed = None;
            }
            hosting::Hosting::Starting(step) => tells.starting = Some(step.into()),
            hosting::Hosting::Failed(problem) => failed = Some(Arc::new(problem)),
            hosting::Hosting::Looking => {}
            hosting::Hosting::Attached => failed = None,
        }
        tells.failed.clone_from(&failed);
        told.send_if_modified(|last| std::mem::replace(last, tells.clone()) != tells);
        // Who hosts alone has heirs; who is attached sleeps until that changes.
        if tells.hosts {
            let _ = time::timeout(HEIRS, hosting.changed()).await;
        } else if hosting.changed().await.is_err() {
            return;
        }
    }
}
