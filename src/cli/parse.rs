//! From the words that were typed to a [`Cli`], or to a refusal in the form that was asked for.
//!
//! Guarantees: a wrong argument is refused here, before anything is started, with the field's name and exit code 2;
//! under `-o json` as JSON too, as far as the flag can be seen in what was typed.

use super::{
    args::{Cli, Command, Sees},
    output::{Format, Output},
};
use crate::{config::HEADING, hosted_api::problem::Problem, model::Refusal};
use clap::{
    CommandFactory, FromArgMatches,
    error::{ContextKind, ContextValue, ErrorKind},
};
use std::{error::Error, ffi::OsString, io::Write};

/// Under the help of a command.
const MORE: &str = "Options of every command, such as --state-dir and --connect: doltops --help";

/// Reads the command line. `Err` is the exit code, when all is said already: help, the version, or a refusal.
///
/// # Errors
/// 0 after help and version, else 2.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Cli, u8> {
    let words: Vec<OsString> = words.into_iter().collect();
    match read(&words) {
        Ok(cli) => Ok(cli),
        Err(Refused::Shown(text)) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            Err(0)
        }
        Err(Refused::Wrong(problem)) => {
            Output::of_this_process(asked_for(&words)).problem(&problem);
            Err(problem.kind.exit_code())
        }
    }
}

/// Why there is no [`Cli`].
#[derive(Debug)]
pub enum Refused {
    /// Help or the version was asked for.
    Shown(String),
    /// Something is wrong with the words.
    Wrong(Problem),
}

/// The same, with nothing printed.
///
/// # Errors
/// See [`Refused`].
pub fn read(words: &[OsString]) -> Result<Cli, Refused> {
    let command = if asks_for_help(words) { helpful() } else { Cli::command() };
    let matches = command.try_get_matches_from(words);
    let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(refused)?;
    check(&cli).map_err(Refused::Wrong)?;
    Ok(cli)
}

/// Whether help may be asked for: a word too many costs a moment, and is parsed the same.
fn asks_for_help(words: &[OsString]) -> bool {
    words.iter().any(|word| matches!(word.to_str(), Some("-h" | "--help" | "help")))
}

/// The command line as help tells it: what stands for a setting is told once, by `doltops --help`. With it each command
/// would have a page of which nine tenths are the same.
fn helpful() -> clap::Command {
    let mut all = Cli::command();
    // Only then a command has the arguments that all have.
    all.build();
    of_its_own(all)
}

fn of_its_own(command: clap::Command) -> clap::Command {
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |sub| {
            let is_setting = |argument: &clap::Arg| argument.get_help_heading() == Some(HEADING);
            let had = sub.get_arguments().any(is_setting);
            let sub = sub.mut_args(|argument| if is_setting(&argument) { argument.hide(true) } else { argument });
            of_its_own(if had { sub.after_help(MORE) } else { sub })
        })
    })
}

/// What one argument demands of another.
fn check(cli: &Cli) -> Result<(), Problem> {
    if cli.daemon && cli.command.is_some() {
        return Err(Problem::invalid("daemon", "a daemon takes no command").next("leave one of the two out"));
    }
    if cli.fresh && (cli.daemon || !matches!(cli.command, None | Some(Command::Open(_) | Command::At(_)))) {
        return Err(Problem::invalid("fresh", "only the console has a session to leave out").next("leave --fresh out"));
    }
    if cli.clone.is_some() && cli.daemon {
        let what = "nothing is hosted on a clone";
        return Err(Problem::invalid("clone", what).next("leave --daemon out"));
    }
    if cli.clone.is_some() && cli.flags.layer.connect.is_some() {
        let what = "a clone is on this machine, and not elsewhere";
        return Err(Problem::invalid("clone", what).next("give --clone or --connect, not both"));
    }
    if cli.clone.is_some() && matches!(cli.command, Some(Command::Doctor)) {
        let what = "the doctor looks at what a control plane needs, and a clone needs none of it";
        return Err(Problem::invalid("clone", what).next("leave --clone out"));
    }
    if cli.clone.is_some() && cli.command.as_ref().is_some_and(Command::waits) {
        let what = "nothing runs on a clone that could be waited for";
        return Err(Problem::invalid("wait", what).next("leave --wait out"));
    }
    sight(cli)?;
    if let Some(Command::Delete(args)) = &cli.command
        && args.confirm != args.name.as_str()
    {
        return Err(Problem::invalid("confirm", format!("'{}' is not the name '{}'", args.confirm, args.name))
            .next(format!("doltops delete {0} --confirm {0}", args.name)));
    }
    match &cli.command {
        Some(Command::At(args)) => Ok(args.when().map(drop)?),
        Some(Command::Resize(args)) if args.instance_type.is_none() && args.volume.is_none() => {
            Err(Problem::invalid("type", "nothing is to change").next("give --type, --volume, or both"))
        }
        Some(Command::Plan(args)) if args.instance_type.is_none() && args.volume.is_none() && args.to.is_none() => {
            Err(Problem::invalid("type", "nothing is to change").next("give --type, --volume, or both; or --to"))
        }
        Some(Command::Rollback(args)) if args.confirms_nothing() => {
            Err(Problem::invalid("name", "going back with one deployment deletes nothing").next("leave --confirm out"))
        }
        _ => Ok(()),
    }
}

/// Whether what is asked for can be had on the state that it is asked for on.
fn sight(cli: &Cli) -> Result<(), Problem> {
    let (field, word) = match (&cli.sight.at, &cli.sight.branch) {
        (None, None) => return Ok(()),
        // They may stand on two levels of the command line, where clap does not see the one from the other.
        (Some(_), Some(_)) => {
            let what = "a moment of the past is main's, and on no branch";
            return Err(Problem::invalid("at", what).next("give --at or --branch, not both"));
        }
        (Some(_), None) => ("at", "the past"),
        (None, Some(_)) => ("branch", "a branch"),
    };
    if field == "branch" && cli.command.as_ref().is_some_and(Command::waits) {
        let what = "nothing runs on a branch that could be waited for";
        return Err(Problem::invalid("wait", what).next("leave --wait out; doltops branch merge takes it"));
    }
    // The console itself.
    let none = if cli.daemon { Sees::Nothing } else { Sees::Past };
    let sees = cli.command.as_ref().map_or(none, Command::sees);
    let fits = matches!((field, sees), (_, Sees::Both) | ("at", Sees::Past) | ("branch", Sees::Branches));
    if fits {
        return Ok(());
    }
    Err(Problem::invalid(field, format!("this is not for {word}")).next(format!("leave --{field} out")))
}

fn refused(error: clap::Error) -> Refused {
    if !error.use_stderr() {
        return Refused::Shown(error.render().to_string());
    }
    Refused::Wrong(problem(&error))
}

fn problem(error: &clap::Error) -> Problem {
    let about = context(error, ContextKind::InvalidArg);
    let field = about.first().map(|argument| field(argument)).unwrap_or_default();
    let source = error.source();
    let problem = match source.and_then(|source| source.downcast_ref::<Refusal>()) {
        // The key of a setting says more than the name of the argument.
        Some(Refusal::Invalid { field: key, what }) if field == "setting" => Problem::invalid(key, what),
        Some(Refusal::Invalid { what, .. }) => Problem::invalid(field, what),
        _ => Problem::invalid(field, source.map_or_else(|| words(error, &about), ToString::to_string)),
    };
    problem.next(next(error))
}

/// The argument's bare name: `--volume <GIB>` is `volume`.
fn field(argument: &str) -> String {
    let first = argument.split_whitespace().next().unwrap_or_default();
    let bare = first.trim_start_matches('-').trim_matches(['<', '>', '[', ']', '.']).to_lowercase();
    // What stands between the angle brackets there is its form.
    if bare == "key=value" { "setting".to_owned() } else { bare }
}

/// clap's own first paragraph, without its prefix; where an argument is missing, in a line.
fn words(error: &clap::Error, about: &[String]) -> String {
    if error.kind() == ErrorKind::MissingRequiredArgument {
        return format!("needed here: {}", about.join(" "));
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "a command is needed".to_owned();
    }
    let text = error.render().to_string();
    let paragraph = text.split("\n\n").next().unwrap_or(&text);
    let line: Vec<&str> = paragraph.split_whitespace().collect();
    line.join(" ").trim_start_matches("error: ").to_owned()
}

fn next(error: &clap::Error) -> String {
    let nearest = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue]
        .into_iter()
        // The likeliest is the last.
        .find_map(|kind| context(error, kind).into_iter().next_back());
    if let Some(nearest) = nearest {
        return format!("did you mean {nearest}?");
    }
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => String::new(),
    };
    usage.lines().next().unwrap_or_default().trim().trim_start_matches("Usage: ").to_owned()
}

fn context(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(one)) => vec![one.clone()],
        Some(ContextValue::Strings(many)) => many.clone(),
        _ => Vec::new(),
    }
}

/// The form that the words ask for, although they could not be read as a whole.
fn asked_for(words: &[OsString]) -> Format {
    let mut previous = "";
    for word in words.iter().filter_map(|word| word.to_str()) {
        let value = word.strip_prefix("--output=").or_else(|| word.strip_prefix("-o"));
        let value = if matches!(previous, "-o" | "--output") { Some(word) } else { value };
        if value.map(|value| value.trim_start_matches('=')) == Some("json") {
            return Format::Json;
        }
        previous = word;
    }
    Format::Table
}

#[cfg(test)]
mod tests;
