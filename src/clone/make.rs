//! Makes a clone: receives the copy, has Dolt clone it, looks whether it is what was sent, and puts it in its place.
//!
//! The branches of change requests come along. Dolt takes those that it clones for the remote's, which go with it, so each is
//! made anew as the clone's own before.

use super::{About, DATABASE, failed, receive::Receiver};
use crate::{
    env::Env,
    hosted_api::{
        client::Client,
        convert,
        problem::{Kind, Problem},
    },
    model::BranchName,
};
use doltops_proto::hosted_api::{CloneBegin, CloneRequest};
use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use tokio::process::Command;

/// Clones the control plane that `client` reaches into `folder`, with this Dolt.
///
/// # Errors
/// Names `dir` where the folder cannot be used; whatever fails, nothing is left there.
pub async fn make(mut client: Client, folder: &Path, dolt: &Path, env: &dyn Env) -> Result<About, Problem> {
    let folder = usable(folder)?;
    // Beside its place, so that the last step is a rename.
    let parent = folder.parent().unwrap_or(Path::new("/"));
    let room = TempDir::with_prefix_in(".doltops-clone-", parent)
        .map_err(|error| Problem::invalid("dir", format!("nothing can be written to {}: {error}", parent.display())))?;
    let (remote, made) = (room.path().join("remote"), room.path().join("made"));
    let write = |error: io::Error| failed("the clone cannot be written", error);
    fs::create_dir(&remote).map_err(write)?;
    let data = made.join(DATABASE).join("data");
    fs::create_dir_all(&data).map_err(write)?;
    // Only admins may have a clone, so it is for nobody else on this machine.
    fs::set_permissions(&made, Permissions::from_mode(0o700)).map_err(write)?;

    let mut receiver = Receiver::new(&remote);
    let mut parts = client.clone_database(CloneRequest {}).await?.into_inner();
    while let Some(part) = parts.message().await? {
        receiver.take(part)?;
    }
    let begin = receiver.finish()?;

    let dolt = Dolt { program: dolt, home: &room.path().join("home") };
    dolt.run(&data, &["clone", &format!("file://{}", remote.display()), "doltops"]).await?;
    let database = data.join("doltops");
    verify(&dolt, &database, &begin).await?;
    branches(&dolt, &database).await?;
    // It leads to a folder that goes now.
    dolt.run(&database, &["remote", "remove", "origin"]).await?;
    let about = About::of(&begin, convert::ms(env.now()))?;
    about.write(&made)?;
    place(&made, &folder)?;
    Ok(about)
}

/// The folder's whole path, where a clone can be put there: it is not there yet, or empty.
fn usable(folder: &Path) -> Result<PathBuf, Problem> {
    let wrong = |why: String| Problem::invalid("dir", format!("{}: {why}", folder.display()));
    let whole = std::path::absolute(folder).map_err(|error| wrong(error.to_string()))?;
    match fs::read_dir(&whole).map(Iterator::count) {
        Ok(0) => Ok(whole),
        Ok(_) => Err(wrong("it is not empty".to_owned()).next("name a folder that is empty or not there yet")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(whole),
        Err(error) => Err(wrong(error.to_string())),
    }
}

/// The commit is the one that was promised: Dolt's hashes take in all that is below them.
async fn verify(dolt: &Dolt<'_>, database: &Path, begin: &CloneBegin) -> Result<(), Problem> {
    let head = dolt.run(database, &["sql", "-r", "csv", "-q", "select hashof('main')"]).await?;
    if head.lines().nth(1).map(str::trim) == Some(begin.commit.as_str()) {
        return Ok(());
    }
    let what = format!("the clone's head is not {}, which was sent", begin.commit);
    Err(Problem::new(Kind::Failed, what).next("try again; nothing was kept"))
}

/// Makes the branches of change requests the clone's own. Whatever else the remote may have is nobody's here.
async fn branches(dolt: &Dolt<'_>, database: &Path) -> Result<(), Problem> {
    const THEIRS: &str = "remotes/origin/cr/";
    let listed = dolt.run(database, &["sql", "-r", "csv", "-q", "select name from dolt_remote_branches"]).await?;
    let names = listed.lines().filter_map(|line| line.trim().strip_prefix(THEIRS)?.parse::<BranchName>().ok());
    // A name has no character that means something in SQL.
    let calls: Vec<String> = names.map(|name| format!("call dolt_branch('cr/{name}', '{THEIRS}{name}')")).collect();
    if calls.is_empty() {
        return Ok(());
    }
    dolt.run(database, &["sql", "-q", &calls.join("; ")]).await.map(drop)
}

/// From its room to its place, at once. An empty folder that is there gives way.
fn place(made: &Path, folder: &Path) -> Result<(), Problem> {
    fs::rename(made, folder).map_err(|error| {
        Problem::invalid("dir", format!("the clone cannot be put at {}: {error}", folder.display()))
            .next("see that the folder is still empty")
    })
}

/// Dolt's own commands, with nothing of the user's Dolt.
struct Dolt<'a> {
    program: &'a Path,
    home: &'a Path,
}

impl Dolt<'_> {
    async fn run(&self, folder: &Path, words: &[&str]) -> Result<String, Problem> {
        let cannot = |error: io::Error| failed("Dolt cannot be run", error);
        fs::create_dir_all(self.home).map_err(cannot)?;
        let output = Command::new(self.program)
            .args(words)
            .current_dir(folder)
            .env("HOME", self.home)
            .env("DOLT_ROOT_PATH", self.home)
            .env("DOLT_DISABLE_EVENT_FLUSH", "true")
            .kill_on_drop(true)
            .output();
        let output = output.await.map_err(cannot)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing was said").to_owned();
        Err(failed(&format!("dolt {}", words.first().unwrap_or(&"")), last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_something_in_it_is_refused_by_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(usable(folder.path()).is_ok(), "empty");
        assert!(usable(&folder.path().join("new")).is_ok(), "not there yet");
        fs::write(folder.path().join("file"), "mine").expect("written");
        for wrong in [folder.path().to_owned(), folder.path().join("file")] {
            let problem = usable(&wrong).expect_err("refused");
            assert_eq!((problem.kind, problem.field.as_str()), (Kind::Invalid, "dir"), "{problem}");
        }
    }

    #[test]
    fn a_clone_never_replaces_what_came_meanwhile() {
        let folder = tempfile::tempdir().expect("a folder");
        let (made, place_of) = (folder.path().join("made"), folder.path().join("place"));
        for path in [&made, &place_of] {
            fs::create_dir(path).expect("made");
        }
        fs::write(place_of.join("file"), "mine").expect("written");
        assert!(place(&made, &place_of).is_err());
        fs::remove_file(place_of.join("file")).expect("gone");
        place(&made, &place_of).expect("an empty one gives way");
    }
}
