//! Where a command's answer goes: one answer on the standard output, everything else on the standard error stream.
//!
//! Guarantees
//! - Under `-o json` the standard output holds JSON and nothing else, so that `doltops … | jq` never meets a message.
//!   Errors are JSON too, and go to the standard error stream as those of gh, aws and kubectl do.
//! - Colour only on a terminal, and not with `NO_COLOR`.
//! - A reader that has gone (`| head`) ends a command quietly.

use super::{json, table::Table};
use crate::hosted_api::problem::{Kind, Problem};
use clap::ValueEnum;
use serde::Serialize;
use std::{
    env,
    io::{self, IsTerminal, Write},
};
use tonic::Status;

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// For programs
    Json,
}

/// Why a command ended early.
#[derive(Debug)]
pub enum Stop {
    /// It did not work.
    Problem(Problem),
    /// Nobody reads any more.
    NobodyReads,
    /// It was done and all is said; scripts learn the outcome by this exit code.
    Outcome(u8),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Stop::Problem(problem)
    }
}

impl From<Status> for Stop {
    fn from(status: Status) -> Self {
        Stop::Problem(status.into())
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::NobodyReads,
            _ => Stop::Problem(Problem::new(Kind::Failed, format!("the answer cannot be written: {error}"))),
        }
    }
}

/// A meaning that a colour carries; words carry it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// No meaning.
    Plain,
    /// Less important.
    Faint,
    /// Well.
    Good,
    /// On its way.
    Busy,
    /// Not quite well.
    Warn,
    /// Not well.
    Bad,
}

impl Tone {
    /// Of a deployment's health.
    pub fn of_health(health: &str) -> Self {
        match health {
            "healthy" => Tone::Good,
            "starting" => Tone::Busy,
            "degraded" => Tone::Warn,
            "unreachable" | "failed" => Tone::Bad,
            "stopped" => Tone::Faint,
            _ => Tone::Plain,
        }
    }

    /// The text in its colour, if there are colours. The sixteen of the terminal's own theme: they suit its background.
    pub fn paint(self, text: &str, colour: bool) -> String {
        let code = match self {
            Tone::Plain => return text.to_owned(),
            Tone::Faint => 2,
            Tone::Good => 32,
            Tone::Busy => 36,
            Tone::Warn => 33,
            Tone::Bad => 31,
        };
        if colour && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// The two streams of a command, and the form they have.
pub struct Output {
    /// The form of the answer.
    pub format: Format,
    colour: bool,
    error_colour: bool,
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").field("format", &self.format).finish_non_exhaustive()
    }
}

impl Output {
    /// The process's own streams.
    pub fn of_this_process(format: Format) -> Self {
        let wanted = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            format,
            colour: wanted && io::stdout().is_terminal(),
            error_colour: wanted && io::stderr().is_terminal(),
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
        }
    }

    /// These streams, without colour.
    pub fn to(format: Format, out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        Self { format, colour: false, error_colour: false, out, err }
    }

    /// Whether the answer is to be JSON.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// A table of the answer.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn table(&mut self, table: &Table) -> Result<(), Stop> {
        let text = table.render(self.colour);
        self.text(&text)
    }

    /// One part of a table that goes on; see [`Table::render_part`].
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn part(&mut self, table: &Table, titles: bool, widths: &mut Vec<usize>) -> Result<(), Stop> {
        let text = table.render_part(titles, widths, self.colour);
        self.text(&text)
    }

    /// A line of the answer.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn line(&mut self, line: &str) -> Result<(), Stop> {
        self.text(&format!("{line}\n"))
    }

    /// A line of the answer in a tone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn toned(&mut self, line: &str, tone: Tone) -> Result<(), Stop> {
        let line = tone.paint(line, self.colour);
        self.line(&line)
    }

    /// The beginning of a line of the answer, in a tone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn toned_start(&mut self, start: &str, tone: Tone) -> Result<(), Stop> {
        let start = tone.paint(start, self.colour);
        self.text(&start)
    }

    /// A text of the answer as it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn text(&mut self, text: &str) -> Result<(), Stop> {
        self.out.write_all(text.as_bytes())?;
        Ok(self.out.flush()?)
    }

    /// The answer as one JSON document.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn json(&mut self, answer: &impl Serialize) -> Result<(), Stop> {
        let text = serde_json::to_string_pretty(answer).map_err(io::Error::other)?;
        self.line(&text)
    }

    /// One of several JSON documents, each on a line of its own: the form of everything that goes on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn json_line(&mut self, part: &impl Serialize) -> Result<(), Stop> {
        let text = serde_json::to_string(part).map_err(io::Error::other)?;
        self.line(&text)
    }

    /// Something to know beside the answer; programs are spared it. A lost note is no reason to stop.
    pub fn note(&mut self, note: &str) {
        if !self.is_json() {
            let note = Tone::Faint.paint(note, self.error_colour);
            let _ = writeln!(self.err, "{note}");
        }
    }

    /// What a person is asked, without a line's end; no part of the answer.
    pub fn prompt(&mut self, prompt: &str) {
        let _ = write!(self.err, "{prompt}").and_then(|()| self.err.flush());
    }

    /// What went wrong, to what, and what to do next.
    pub fn problem(&mut self, problem: &Problem) {
        let text = match self.format {
            Format::Json => serde_json::to_string_pretty(&json::Failure::from(problem)).unwrap_or_default(),
            Format::Table => self.problem_text(problem),
        };
        // There is nowhere left to tell that this failed.
        let _ = writeln!(self.err, "{text}");
    }

    fn problem_text(&self, problem: &Problem) -> String {
        let mut text = Tone::Bad.paint("doltops:", self.error_colour) + " " + &super::text::clean(&problem.to_string());
        if !problem.next.is_empty() {
            text += "\n  next: ";
            text += &super::text::clean(&problem.next);
        }
        if let Some(plan) = &problem.plan {
            text += "\n  the plan now:\n";
            text += super::plan::steps(plan).render(self.error_colour).trim_end();
        }
        text
    }
}
