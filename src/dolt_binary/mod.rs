//! Finds a Dolt binary, or builds one.
//!
//! The first of these that is there decides, and is used or refused: the flag `--dolt`, `DOLTOPS_DOLT`, `dolt` on
//! PATH, the cache folder. With none of them the pinned version is built into the cache folder.
//!
//! Guarantees
//! - What is given back has a version that Doltops works with (see `version`).
//! - A binary in the cache is whole, and was run once: it is built beside and renamed.
//!
//! Why a Dolt that is unfit is refused and not passed over: it stands where someone put it, and a build of minutes in
//! its place would hide why.
//!
//! Everything here blocks: call it on the blocking pool.

mod build;
#[cfg(target_os = "linux")]
#[path = "install/linux.rs"]
mod install;
#[cfg(target_os = "macos")]
#[path = "install/macos.rs"]
mod install;
mod version;

use etcetera::BaseStrategy;
use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Where to look.
#[derive(Clone, Debug)]
pub struct Options {
    /// `--dolt`.
    pub flag: Option<PathBuf>,
    /// `DOLTOPS_DOLT`.
    pub variable: Option<PathBuf>,
    /// PATH.
    pub path: Option<OsString>,
    /// Where a Dolt of our own is kept and built.
    pub cache: PathBuf,
}

impl Options {
    /// Where the environment says to look: `DOLTOPS_DOLT`, PATH, and `DOLTOPS_CACHE` or else the XDG cache folder.
    ///
    /// # Errors
    /// When there is no home folder to keep a cache in.
    pub fn from_environment(flag: Option<PathBuf>) -> Result<Self, Missing> {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let cache = match set("DOLTOPS_CACHE") {
            Some(cache) => cache.into(),
            None => etcetera::choose_base_strategy()
                .map_err(|error| Missing {
                    what: format!("there is no folder to keep Dolt in: {error}"),
                    next: "set HOME, or DOLTOPS_CACHE to a folder that you can write to".to_owned(),
                })?
                .cache_dir()
                .join("doltops"),
        };
        Ok(Self { flag, variable: set("DOLTOPS_DOLT").map(PathBuf::from), path: set("PATH"), cache })
    }
}

/// Why there is no Dolt to run.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{what}; {next}")]
pub struct Missing {
    /// What is wrong, and with what.
    pub what: String,
    /// What to do about it.
    pub next: String,
}

/// A Dolt binary; `progress` is told a line at a time what takes long.
///
/// # Errors
/// Names the binary that does not fit, or what is missing to build one.
pub fn find(options: &Options, progress: impl Fn(&str)) -> Result<PathBuf, Missing> {
    match given(options) {
        Some(given) => {
            let path = given.path()?;
            let found = version::of(&path).map_err(|why| given.unusable(&why))?;
            version::check(found).map_err(|why| Missing {
                what: format!("{} ({}) is Dolt {found}: {why}", path.display(), given.origin),
                next: format!(
                    "upgrade it, or give another with --dolt PATH; without any, Doltops builds Dolt {} itself",
                    build::VERSION
                ),
            })?;
            Ok(path)
        }
        None => build::cached_or_built(&options.cache, options.path.as_deref(), &progress),
    }
}

/// What [`find`] would come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prospect {
    /// There is one.
    Ready {
        /// Where.
        path: PathBuf,
        /// Which.
        version: String,
    },
    /// It would be built, and what that needs is there.
    WouldBuild {
        /// Which.
        version: String,
    },
}

/// What [`find`] would come to; nothing is built or made.
///
/// # Errors
/// The same as [`find`]'s, as far as they can be known before a build.
pub fn prospect(options: &Options) -> Result<Prospect, Missing> {
    if given(options).is_none() {
        return build::prospect(&options.cache, options.path.as_deref());
    }
    // Somebody pointed at it: it is used or refused, and nothing is built.
    let path = find(options, |_| {})?;
    let version = version::of(&path).map(|found| found.to_string()).unwrap_or_default();
    Ok(Prospect::Ready { path, version })
}

/// A binary that someone pointed at.
struct Given {
    /// How, for messages.
    origin: &'static str,
    path: PathBuf,
}

/// The binary that decides, where one was pointed at.
fn given(options: &Options) -> Option<Given> {
    let flag = options.flag.clone().map(|path| Given { origin: "--dolt", path });
    let variable = || options.variable.clone().map(|path| Given { origin: "DOLTOPS_DOLT", path });
    let on_path = || on_path("dolt", options.path.as_deref()).map(|path| Given { origin: "the first on PATH", path });
    flag.or_else(variable).or_else(on_path)
}

impl Given {
    /// Its absolute path: agents are started in folders of their own.
    fn path(&self) -> Result<PathBuf, Missing> {
        let path = fs::canonicalize(&self.path).map_err(|error| self.unusable(&error.to_string()))?;
        if !is_program(&path) {
            return Err(self.unusable("it is not a program that can be run"));
        }
        Ok(path)
    }

    fn unusable(&self, why: &str) -> Missing {
        Missing {
            what: format!("{} ({}) cannot be used as Dolt: {why}", self.path.display(), self.origin),
            next: format!(
                "correct it, or leave it away: Doltops then looks on PATH, and builds Dolt {} itself",
                build::VERSION
            ),
        }
    }
}

/// The first program of that name on a PATH.
fn on_path(name: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    // An empty entry means the folder one stands in, which is nobody's choice of Dolt.
    env::split_paths(path?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|p| is_program(p))
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    /// Returns once the new file can be run: a process that another test began meanwhile may hold it open for writing
    /// until it becomes its own program.
    pub(super) fn runnable(path: &Path) {
        use std::{io::ErrorKind, process::Command};
        while Command::new(path).output().is_err_and(|error| error.kind() == ErrorKind::ExecutableFileBusy) {}
    }

    /// A folder with programs in it that answer `version` like Dolt.
    struct Shelf(tempfile::TempDir);

    impl Shelf {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("a folder"))
        }

        fn put(&self, name: &str, version: &str) -> PathBuf {
            let path = self.0.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(&path, format!("#!/bin/sh\necho dolt version {version}\n")).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("set");
            runnable(&path);
            fs::canonicalize(path).expect("there")
        }

        fn options(&self) -> Options {
            let cache = self.0.path().join("cache");
            Options { flag: None, variable: None, path: Some(self.0.path().join("bin").into()), cache }
        }
    }

    fn quietly(options: &Options) -> Result<PathBuf, Missing> {
        find(options, |line| panic!("nothing takes long here: {line}"))
    }

    #[test]
    fn the_flag_comes_before_the_variable_before_path_before_the_cache() {
        let shelf = Shelf::new();
        let mut options = shelf.options();
        let cached = shelf.put(&format!("cache/dolt-{}", build::VERSION), build::VERSION);
        assert_eq!(quietly(&options), Ok(cached));
        let on_path = shelf.put("bin/dolt", "2.0.1");
        assert_eq!(quietly(&options), Ok(on_path));
        let variable = shelf.put("variable", "1.83.2");
        options.variable = Some(variable.clone());
        assert_eq!(quietly(&options), Ok(variable));
        let flag = shelf.put("flag", "2.2.0");
        options.flag = Some(flag.clone());
        assert_eq!(quietly(&options), Ok(flag));
    }

    #[test]
    fn a_dolt_too_old_is_named_with_its_version_and_not_passed_over() {
        let shelf = Shelf::new();
        let old = shelf.put("bin/dolt", "1.50.3");
        shelf.put(&format!("cache/dolt-{}", build::VERSION), build::VERSION);
        let error = quietly(&shelf.options()).expect_err("too old").to_string();
        for part in [old.to_str().expect("text"), "1.50.3", "1.83.0", "--dolt"] {
            assert!(error.contains(part), "{part} in: {error}");
        }
    }

    #[test]
    fn what_was_pointed_at_and_is_no_dolt_is_named() {
        let shelf = Shelf::new();
        let flag = |path: PathBuf| Options { flag: Some(path), ..shelf.options() };
        let nowhere = shelf.0.path().join("nowhere");
        assert!(quietly(&flag(nowhere)).expect_err("not there").what.contains("--dolt"));
        let text = shelf.0.path().join("text");
        fs::write(&text, "no program").expect("written");
        assert!(quietly(&flag(text)).expect_err("no program").what.contains("not a program"));
        let other = shelf.put("other", "of nothing");
        assert!(quietly(&flag(other)).expect_err("no dolt").what.contains("dolt version"));
    }

    #[test]
    fn without_dolt_go_and_a_compiler_the_error_names_all_that_is_needed() {
        let shelf = Shelf::new();
        let told = RefCell::new(Vec::new());
        let error = find(&shelf.options(), |line| told.borrow_mut().push(line.to_owned())).expect_err("nothing there");
        assert!(
            error.what.contains("Dolt") && error.what.contains("Go") && error.what.contains("C compiler"),
            "{error}"
        );
        assert!(error.next.contains("https://go.dev/dl/"), "{error}");
        assert!(told.borrow().is_empty());
    }
}
