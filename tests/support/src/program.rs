//! Other people's servers as children of ours.
//!
//! Guarantees: a program ends when its value is dropped, and also when this process ends in any other way, killed
//! included; nothing keeps a port or writes on.
//!
//! How: a shell starts the program and holds the read end of a pipe whose only write end is ours. When the pipe closes,
//! whoever closed it, the shell kills the program. (Linux could do it with `prctl`, which is `unsafe` and Linux only.)

use crate::Error;
use std::{
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};
use tokio::time;

/// `$@` is the program. The reader of the pipe is told its file as 3, as a shell gives its background jobs an empty
/// standard input; the program itself does not get it.
const WARD: &str = r#"exec 3<&0
"$@" 3<&- </dev/null & program=$!
{ cat <&3 >/dev/null; kill -KILL "$program"; } 2>/dev/null & reader=$!
exec 3<&-
wait "$program"; code=$?
kill "$reader" 2>/dev/null
exit "$code""#;

/// How long a server may take until it answers. moto takes a second, and several on a machine with two busy cores ten.
const COMES_UP: Duration = Duration::from_secs(60);

/// How often it is looked at until then: below what a person notices.
const LOOK: Duration = Duration::from_millis(20);

/// How much of a log stands in an error: the end of a Python traceback.
const LOG_END: usize = 2_000;

/// A running program.
#[derive(Debug)]
pub struct Program {
    name: &'static str,
    ward: Child,
    /// None once it is being ended.
    pipe: Option<ChildStdin>,
    log: PathBuf,
}

impl Program {
    /// Starts it, with all that it prints in the file `log`.
    pub fn start<A: AsRef<OsStr>>(
        name: &'static str,
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        environment: &[(&str, &OsStr)],
        log: &Path,
    ) -> Result<Self, Error> {
        let failed = |error: std::io::Error| Error::NotStarted { program: name, why: error.to_string() };
        let output = File::create(log).map_err(failed)?;
        let mut ward = Command::new("sh")
            .args(["-c", WARD, name])
            .arg(program)
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(output.try_clone().map_err(failed)?)
            .stderr(output)
            .spawn()
            .map_err(failed)?;
        let pipe = ward.stdin.take();
        Ok(Self { name, ward, pipe, log: log.to_owned() })
    }

    /// Waits until `ready` finds what it looks for in the log; tells why when the program ends instead, or takes too
    /// long.
    pub async fn comes_up<T>(&mut self, ready: impl Fn(&str) -> Option<T>) -> Result<T, Error> {
        let looking = async {
            loop {
                // Looked at before the log is read: what it printed last is in the log then.
                let ended = self.ward.try_wait().map_err(Error::io(format!("waiting for {}", self.name)))?;
                if let Some(found) = ready(&self.printed()) {
                    return Ok(found);
                }
                if let Some(status) = ended {
                    return Err(self.failed(&format!("it ended with {status}")));
                }
                time::sleep(LOOK).await;
            }
        };
        match time::timeout(COMES_UP, looking).await {
            Ok(answer) => answer,
            Err(_) => Err(self.failed(&too_late())),
        }
    }

    /// Waits until `asked` succeeds; tells why when the program ends instead, or takes too long.
    pub async fn comes_up_with<T, F>(&mut self, asked: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let asking = async {
            loop {
                match asked().await {
                    Ok(answer) => return answer,
                    Err(_) => time::sleep(LOOK).await,
                }
            }
        };
        let answered = time::timeout(COMES_UP, asking);
        tokio::select! {
            answer = answered => answer.map_err(|_| self.failed(&too_late())),
            error = self.comes_up(|_| None::<T>) => error,
        }
    }

    /// All that it has printed.
    fn printed(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    fn failed(&self, what: &str) -> Error {
        let printed = self.printed();
        let from = printed.char_indices().rev().nth(LOG_END).map_or(0, |(at, _)| at);
        Error::NotStarted { program: self.name, why: format!("{what}; its log ends: {}", printed[from..].trim()) }
    }
}

fn too_late() -> String {
    format!("it was not ready within {} s", COMES_UP.as_secs())
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // It can only fail when somebody else has waited for it.
        let _ = self.ward.wait();
    }
}

/// The program that a script of ours prints the path of, after it has put it there; `variable` names another.
pub async fn installed(name: &'static str, variable: &str, script: &str) -> Result<PathBuf, Error> {
    if let Some(named) = std::env::var_os(variable) {
        return Ok(named.into());
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    let output = tokio::process::Command::new(&script).stdin(Stdio::null()).kill_on_drop(true).output().await;
    let failed = |why: String| Error::NotStarted { program: name, why };
    let output = output.map_err(|error| failed(format!("{} does not run: {error}", script.display())))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use doltops_agent::process::Process;
    use tokio::io::{AsyncBufReadExt, BufReader};

    fn start(script: &str) -> (Program, tempfile::TempDir) {
        let folder = tempfile::tempdir().expect("a folder");
        let program = Program::start("test", Path::new("sh"), ["-c", script], &[], &folder.path().join("log"));
        (program.expect("it starts"), folder)
    }

    async fn process(program: &mut Program) -> Process {
        let pid = program.comes_up(|log| log.trim().parse().ok()).await.expect("it tells its id");
        Process::of(pid).expect("it runs")
    }

    #[tokio::test]
    async fn a_program_ends_with_its_value() {
        let (mut program, _folder) = start("echo $$; exec sleep 600");
        let process = process(&mut program).await;
        drop(program);
        assert!(!process.is_alive());
    }

    /// Not a test by itself: what the next one kills.
    #[tokio::test]
    #[ignore = "it only waits to be killed"]
    async fn waits_to_be_killed() {
        let (mut program, _folder) = start("echo $$; exec sleep 600");
        println!("holds {}", process(&mut program).await.pid);
        std::future::pending::<()>().await;
    }

    #[tokio::test]
    async fn a_program_ends_when_its_holder_is_killed() {
        let mut holder = tokio::process::Command::new(std::env::current_exe().expect("this program"))
            .args(["program::tests::waits_to_be_killed", "--exact", "--ignored", "--nocapture"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(holder.stdout.take().expect("piped")).lines();
        let process = loop {
            let line = lines.next_line().await.expect("read").expect("it tells its id");
            if let Some((_, pid)) = line.split_once("holds ") {
                break Process::of(pid.parse().expect("an id")).expect("it runs");
            }
        };
        holder.kill().await.expect("killed");
        time::timeout(Duration::from_secs(10), process.gone()).await.expect("it ends");
    }

    #[tokio::test]
    async fn a_program_that_ends_tells_its_last_words() {
        let (mut program, _folder) = start("echo no such luck; exit 3");
        let error = program.comes_up(|log| log.contains("ready").then_some(())).await.expect_err("it ended");
        assert!(error.to_string().contains("no such luck"), "{error}");
    }
}
