//! The console, on whatever control plane there is.

use super::{ends::Ends, keys, link, remote};
use crate::{
    cli::{self, Format, Output},
    clone,
    config::{self, Config, ControlPlaneUrl, Flags, Provider},
    console::{
        self, CloneOf, Examine, Exit, Hosting, Look, Options, Source, Wanted,
        locator::Locator,
        theme::{AUTO, Depth, THEMES},
    },
    doctor,
    env::Env,
    hosted_api::problem::{Kind, Problem},
    hosting::{self, Link, StateFolder},
    model::When,
    sql::Settings,
};
use jiff::tz::TimeZone;
use std::{env, io::IsTerminal, path::PathBuf, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    sync::watch,
    time,
};

/// Whether another would take over is asked this often: `q` must know.
const HEIRS: Duration = Duration::from_millis(500);

/// A console that was told to end has ended by then: it draws nothing more, and writes its session down.
const HEARS: Duration = Duration::from_secs(2);

/// Said while the account is looked at; shorter than any terminal is wide, so that it can be taken back.
const FIRST_LOOK: &str = "doltops: first start here, looking at the account";

/// How the console begins.
pub struct View {
    /// The view to open; none for that of the last session.
    pub locator: Option<String>,
    /// Without what is kept of the last session.
    pub fresh: bool,
    /// The clone to open; none: the control plane.
    pub clone: Option<PathBuf>,
    /// The moment to begin at; none: now.
    pub at: Option<When>,
}

/// Runs the console until the person leaves, and ends or hands over what this process hosts.
///
/// # Errors
/// When there is no terminal, the configuration names what is not there, or the locator names no view.
pub async fn run(config: &Config, flags: &Flags, env: Arc<dyn Env>, view: View) -> Result<u8, Problem> {
    let read = view.locator.map(|text| text.parse::<Locator>()).transpose();
    let open = read.map_err(|why| Problem::invalid("locator", why.to_string()))?;
    let look = look(config).map_err(|why| Problem::invalid("theme", why))?;
    if view.clone.is_none() && is_first_on_aws(config) && !first_look(config, env.clone()).await {
        return Ok(cli::INTERRUPTED);
    }
    let (told, hosting) = watch::channel(Hosting::default());
    let mut ends = view.clone.is_some().then(Ends::listen).transpose()?;
    let opened = match (&view.clone, &mut ends) {
        (Some(folder), Some(ends)) => {
            let dolt = clone::find_dolt(config.dolt.clone()).await?;
            let mut code = 0;
            let told = async { code = ends.told().await };
            let Some(opened) = clone::Opened::open(folder, &dolt, env.clone(), told).await? else { return Ok(code) };
            Some(opened)
        }
        _ => None,
    };
    let (client, link) = match (&opened, &config.connect) {
        (Some(opened), _) => (opened.client(), None),
        (None, Some(remote)) => (remote::client(remote, &config.identity()?)?, None),
        (None, None) => {
            let link = link(config, "console", true, env.clone())?;
            tokio::spawn(tell(link.clone(), told));
            (link.client(), Some(link))
        }
    };
    let then = match &view.at {
        // Before the terminal is taken: a commit that there is not is said as any command says it.
        Some(when) => match cli::resolve(&client, when, env.as_ref()).await {
            Ok(then) => Some((then.commit, then.time_ms)),
            Err(problem) => {
                end(link, opened, false).await?;
                return Err(problem);
            }
        },
        None => None,
    };
    let (keymap, findings) = keys::keymap(config);
    let options = Options {
        client,
        look,
        source: source(config, flags),
        mouse: config.mouse,
        keymap,
        read_only: config.read_only,
        screen_reader: config.screen_reader,
        said: keys::said(&findings),
        hosting,
        zone: TimeZone::system(),
        then,
        open,
        session: session(config),
        clone_of: opened.as_ref().map(|opened| clone_of(opened.about())),
        fresh: view.fresh,
        settings: Settings {
            production: config.console.production.clone(),
            mysql: config.console.mysql.clone(),
            statement_seconds: config.console.statement_seconds,
        },
        examine: examine(config, env.clone()),
        // For those who drive it by a program: its tests do.
        tells_idle: env::var_os("DOLTOPS_TELL_IDLE").is_some(),
        state_dir: config.state_dir.clone(),
        env,
    };
    let exit = match &mut ends {
        Some(ends) => unless_told(console::run(options), ends).await,
        None => console::run(options).await,
    };
    let suspend = matches!(exit, Ok(Exit::Quit { suspend: true }));
    end(link, opened, suspend).await?;
    exit.map(|_| 0).map_err(|error| Problem::new(Kind::Failed, error.to_string()))
}

fn examine(config: &Config, env: Arc<dyn Env>) -> Examine {
    let config = Arc::new(config.clone());
    Arc::new(move || {
        let (config, env) = (config.clone(), env.clone());
        Box::pin(async move { doctor::examine(&config, env).await })
    })
}

/// What the title says of a clone.
fn clone_of(about: &clone::About) -> CloneOf {
    CloneOf { commit: about.commit.clone(), taken: about.taken_ms }
}

/// The console until its end. It hears the signals itself; one that came before it did is heard here.
async fn unless_told(
    console: impl Future<Output = Result<Exit, console::Error>>,
    ends: &mut Ends,
) -> Result<Exit, console::Error> {
    let mut console = pin!(console);
    tokio::select! {
        biased;
        exit = &mut console => return exit,
        _ = ends.told() => {}
    }
    time::timeout(HEARS, console).await.unwrap_or(Ok(Exit::Terminated))
}

/// Ends or hands over what this process has started.
async fn end(link: Option<Arc<Link>>, opened: Option<clone::Opened>, suspend: bool) -> Result<(), Problem> {
    if let Some(opened) = opened {
        opened.close().await;
    }
    match link {
        Some(link) => link.close(suspend).await,
        None => Ok(()),
    }
}

/// How the console looks on this terminal, as far as is known before it is asked.
fn look(config: &Config) -> Result<Look, String> {
    let variable = |name: &str| env::var(name).ok();
    // "15;0": text and background, by some terminals and multiplexers. 7 and 15 are the light ones.
    let background = variable("COLORFGBG").and_then(|value| value.rsplit(';').next().map(str::to_owned));
    let light = background.is_some_and(|index| matches!(index.as_str(), "7" | "15"));
    Look::new(wanted(&config.theme)?, Depth::of(variable), light)
}

/// The theme of that name, or that of a file.
fn wanted(theme: &str) -> Result<Wanted, String> {
    let is_name = theme == AUTO || THEMES.iter().any(|(name, _)| *name == theme);
    let read = || {
        std::fs::read_to_string(theme).map_err(|error| {
            let names: Vec<&str> = THEMES.iter().map(|(name, _)| *name).collect();
            format!(
                "the theme {theme} cannot be read: {error}; there are auto, {}, or the path of a TOML file",
                names.join(", ")
            )
        })
    };
    let text = if is_name { None } else { Some(read()?) };
    Ok(Wanted { name: theme.to_owned(), text })
}

/// The settings that the theme is from, to be read again when they change; a flag still wins over them.
fn source(config: &Config, flags: &Flags) -> Source {
    let flags = flags.clone();
    let read = move || wanted(&config::load(&flags).map_err(|problem| problem.to_string())?.theme);
    Source { settings: config.file.clone(), read: Arc::new(read) }
}

/// Where the session is kept: a control plane elsewhere has other deployments, and a file of its own.
fn session(config: &Config) -> PathBuf {
    let name = match &config.connect {
        None => "console.json".to_owned(),
        Some(remote) => {
            // Whichever of its daemons acts, it is the same fleet.
            let place = remote.urls.first().map(ControlPlaneUrl::uri).unwrap_or_default();
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
    eprint!("{FIRST_LOOK}");
    let report = doctor::examine(config, env).await;
    if report.is_well() {
        // Of a look that found nothing, nothing stays behind the console.
        eprint!("{}", if std::io::stderr().is_terminal() { "\r\u{1b}[K" } else { "\n" });
        return true;
    }
    eprintln!();
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
