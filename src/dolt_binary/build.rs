//! Builds the pinned Dolt from the Go module proxy.
//!
//! `packaging/dolt/go.mod` and `go.sum` say exactly what is built; `-mod=readonly` keeps Go to it. The tests' own
//! `packaging/dolt/build` makes the same binary under the same name.
//!
//! Guarantees
//! - One build at a time in a cache folder: the others wait, and use what it made.
//! - The binary appears whole, after it has told its version. What a build that died has left is removed by the next.

use super::{Missing, Prospect, install, on_path, version};
use std::{
    collections::VecDeque,
    ffi::{OsStr, OsString},
    fs::{self, File, TryLockError},
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What `go.mod` pins; a binary that says otherwise is not used.
pub const VERSION: &str = include_str!("../../packaging/dolt/VERSION").trim_ascii();

const GO_MOD: &str = include_str!("../../packaging/dolt/go.mod");
const GO_SUM: &str = include_str!("../../packaging/dolt/go.sum");
const PACKAGE: &str = "github.com/dolthub/dolt/go/cmd/dolt";

/// How a build's folder begins, in the cache folder.
const BESIDE: &str = ".build-";
/// How many packages a first build compiles (`go list -deps`), so that its progress has an end; one that finds some of
/// them in Go's own cache compiles fewer.
const PACKAGES: u32 = 1_243;
/// How much of Go's output an error shows: its last words name the cause.
const LAST_WORDS: usize = 8;

/// The binary in the cache folder, built where it is missing.
pub fn cached_or_built(cache: &Path, path: Option<&OsStr>, progress: &dyn Fn(&str)) -> Result<PathBuf, Missing> {
    let binary = cache.join(format!("dolt-{VERSION}"));
    if super::is_program(&binary) {
        return absolute(&binary);
    }
    let tools = Tools::find(path)?;
    fs::create_dir_all(cache).map_err(|error| unusable(cache, &error))?;
    let _alone = lock(cache, progress)?;
    if !super::is_program(&binary) {
        remove_leftovers(cache).map_err(|error| unusable(cache, &error))?;
        build(cache, &binary, &tools, progress)?;
    }
    absolute(&binary)
}

/// What [`cached_or_built`] would come to.
pub fn prospect(cache: &Path, path: Option<&OsStr>) -> Result<Prospect, Missing> {
    let (binary, version) = (cache.join(format!("dolt-{VERSION}")), VERSION.to_owned());
    if super::is_program(&binary) {
        return Ok(Prospect::Ready { path: absolute(&binary)?, version });
    }
    Tools::find(path).map(|_| Prospect::WouldBuild { version })
}

fn absolute(binary: &Path) -> Result<PathBuf, Missing> {
    fs::canonicalize(binary).map_err(|error| unusable(binary, &error))
}

fn unusable(path: &Path, error: &io::Error) -> Missing {
    Missing {
        what: format!("Dolt cannot be kept in {}: {error}", path.display()),
        next: "set DOLTOPS_CACHE to a folder that you can write to, or give a Dolt with --dolt PATH".to_owned(),
    }
}

/// What a build needs.
struct Tools {
    go: PathBuf,
}

impl Tools {
    fn find(path: Option<&OsStr>) -> Result<Self, Missing> {
        let go = on_path("go", path);
        // Go's own choice is told by `go env CC`; without Go the usual names have to do.
        let compilers = match go.as_deref().and_then(compiler) {
            Some(chosen) => vec![chosen],
            None => ["cc", "gcc", "clang"].map(OsString::from).to_vec(),
        };
        let compiler = compilers.iter().any(|name| {
            Path::new(name).is_absolute() && super::is_program(Path::new(name))
                || name.to_str().is_some_and(|name| on_path(name, path).is_some())
        });
        match go {
            Some(go) if compiler => Ok(Self { go }),
            go => Err(lacking(go.is_none(), !compiler)),
        }
    }
}

/// The C compiler that Go would call.
fn compiler(go: &Path) -> Option<OsString> {
    let output = Command::new(go).args(["env", "CC"]).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    // It may carry arguments.
    text.split_whitespace().next().map(OsString::from)
}

fn lacking(go: bool, compiler: bool) -> Missing {
    let tools = [go.then_some(("Go", install::GO)), compiler.then_some(("C compiler", install::COMPILER))];
    let (names, ways): (Vec<&str>, Vec<&str>) = tools.into_iter().flatten().unzip();
    Missing {
        what: format!("no Dolt was found, and to build one there is no {} on PATH", names.join(" and no ")),
        next: format!("{}; {}", ways.join("; "), install::DOLT),
    }
}

/// Waits until no other build is under way; ends with the file.
fn lock(cache: &Path, progress: &dyn Fn(&str)) -> Result<File, Missing> {
    let path = cache.join("build.lock");
    let file = File::create(&path).map_err(|error| unusable(&path, &error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            progress("Another doltops is building Dolt: waiting for it");
            file.lock().map_err(|error| unusable(&path, &error))?;
        }
        Err(TryLockError::Error(error)) => return Err(unusable(&path, &error)),
    }
    Ok(file)
}

fn remove_leftovers(cache: &Path) -> io::Result<()> {
    for entry in fs::read_dir(cache)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(BESIDE) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn build(cache: &Path, binary: &Path, tools: &Tools, progress: &dyn Fn(&str)) -> Result<(), Missing> {
    let failed = |error: io::Error| unusable(cache, &error);
    let beside = tempfile::Builder::new().prefix(BESIDE).tempdir_in(cache).map_err(failed)?;
    fs::write(beside.path().join("go.mod"), GO_MOD).map_err(failed)?;
    fs::write(beside.path().join("go.sum"), GO_SUM).map_err(failed)?;
    progress(&format!("Building Dolt {VERSION}, once: this takes some minutes"));
    run(command(tools, beside.path()), progress)?;
    let built = beside.path().join("dolt");
    match version::of(&built) {
        Ok(version) if version.to_string() == VERSION => {}
        Ok(other) => return Err(broken(&format!("it says that it is {other}"))),
        Err(why) => return Err(broken(&why)),
    }
    File::open(&built).and_then(|file| file.sync_all()).map_err(failed)?;
    fs::rename(&built, binary).map_err(failed)?;
    progress(&format!("Dolt {VERSION} is built"));
    Ok(())
}

fn command(tools: &Tools, folder: &Path) -> Command {
    let mut command = Command::new(&tools.go);
    command
        .args(["build", "-v", "-mod=readonly", "-tags", "gms_pure_go", "-ldflags=-s -w", "-o", "dolt", PACKAGE])
        .current_dir(folder)
        .env("CGO_ENABLED", "1")
        // In place of the user's, which are for their own programs. The cache folder may be inside a repository.
        .env("GOFLAGS", "-buildvcs=false")
        .env("GOWORK", "off")
        // Dolt is to run here, whatever else is built from this shell. GOTOOLCHAIN stays as the user has it.
        .env_remove("GOOS")
        .env_remove("GOARCH")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Runs Go and tells its progress: with `-v` it names each module that it fetches and each package that it compiles.
fn run(mut command: Command, progress: &dyn Fn(&str)) -> Result<(), Missing> {
    let failed = |why: &str| broken(&format!("go build cannot be run: {why}"));
    let mut child = command.spawn().map_err(|error| failed(&error.to_string()))?;
    let output = child.stderr.take().ok_or_else(|| failed("it has no output"))?;
    let (mut modules, mut packages, mut last_words) = (0u32, 0u32, VecDeque::new());
    for line in BufReader::new(output).lines() {
        // Text that is not UTF-8 is no progress.
        let Ok(line) = line else { continue };
        if line.starts_with("go: downloading ") {
            modules += 1;
            progress(&format!("Building Dolt {VERSION}: {modules} modules fetched"));
        } else if is_package(&line) {
            packages += 1;
            progress(&format!("Building Dolt {VERSION}: {packages} of {PACKAGES} packages compiled"));
        } else {
            last_words.push_back(line);
            if last_words.len() > LAST_WORDS {
                last_words.pop_front();
            }
        }
    }
    let status = child.wait().map_err(|error| failed(&error.to_string()))?;
    if status.success() { Ok(()) } else { Err(explained(&Vec::from(last_words).join("\n"))) }
}

/// `-v` prints import paths, one a line; whatever else Go says has spaces or colons in it.
fn is_package(line: &str) -> bool {
    !line.is_empty()
        && !line.starts_with('#')
        && line.chars().all(|c| c.is_ascii_alphanumeric() || "/._-~+".contains(c))
}

/// What Go said when it failed, and what to do about it.
fn explained(output: &str) -> Missing {
    // The words of Go 1.21 and later, and of those before.
    if output.contains("requires go >=")
        || output.contains("invalid go version")
        || output.contains("unknown directive")
    {
        let needed = GO_MOD.lines().find_map(|line| line.strip_prefix("go ")).unwrap_or_default();
        return Missing {
            what: format!(
                "Dolt {VERSION} cannot be built with the Go that is installed: it needs Go {needed}\n{output}"
            ),
            next: format!("{}, or set GOTOOLCHAIN=auto to have Go fetch it; {}", install::GO, install::DOLT),
        };
    }
    broken(output)
}

fn broken(why: &str) -> Missing {
    Missing {
        what: format!("Dolt {VERSION} could not be built: {why}"),
        next: format!("see that the Go module proxy can be reached and start again; {}", install::DOLT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_go_that_is_too_old_is_told_apart_from_other_failures() {
        let old = "go: go.mod requires go >= 1.26.2 (running go 1.24.1; GOTOOLCHAIN=local)";
        assert!(explained(old).what.contains("needs Go 1.26"), "{}", explained(old));
        assert!(explained("dial tcp: lookup proxy.golang.org: no such host").next.contains("module proxy"));
    }

    #[test]
    fn packages_are_told_apart_from_complaints() {
        assert!(
            is_package("github.com/dolthub/dolt/go/cmd/dolt") && is_package("gopkg.in/yaml.v3") && is_package("fmt")
        );
        for other in ["# runtime/cgo", "", "cgo: C compiler \"gcc\" not found", "go: downloading x v1"] {
            assert!(!is_package(other), "{other}");
        }
    }

    /// A build that needs a network has no place in a unit test; `tests/run` does a real one on a fresh machine.
    #[test]
    fn a_build_that_fails_says_why_and_leaves_nothing() {
        let shelf = tempfile::tempdir().expect("a folder");
        let bin = shelf.path().join("bin");
        fs::create_dir(&bin).expect("made");
        let program = |name: &str, text: &str| {
            use std::os::unix::fs::PermissionsExt;
            fs::write(bin.join(name), text).expect("written");
            fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).expect("set");
            crate::dolt_binary::tests::runnable(&bin.join(name));
        };
        program("mycc", "#!/bin/sh\n");
        program(
            "go",
            "#!/bin/sh\n[ $1 = env ] && echo mycc -m64 && exit\necho fmt >&2; echo no space left >&2; exit 1\n",
        );
        let cache = shelf.path().join("cache");
        let told = std::cell::RefCell::new(Vec::new());
        let error = cached_or_built(&cache, Some(bin.as_os_str()), &|line| told.borrow_mut().push(line.to_owned()));
        assert!(error.expect_err("it failed").what.contains("no space left"));
        assert!(told.borrow().last().is_some_and(|line| line.contains("1 of ")), "{told:?}");
        let left: Vec<_> = fs::read_dir(&cache).expect("there").flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(left, ["build.lock"]);
    }
}
