//! Files and folders: which are read, and how they are written. The only part that touches the disk.
//!
//! Guarantees
//! - A folder is read with what is below it, in the order of the paths: with `--prune`, a folder that was left out in
//!   silence would cost its deployments. What is hidden is left out, as `.git` is.
//! - A folder without a document, or a file that cannot be read, is refused: nothing is not the same as no deployment.
//! - A file is whole or not there: it is written beside its place and moved. One that says the same already is left
//!   alone, with its comments; one that is no file of deployments is not written over.

use super::{Manifest, Whole, read, write};
use crate::model::{DeploymentName, Refusal};
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Folders nest no deeper; a link that leads back to where it stands would have no end.
const DEEPEST: usize = 16;

/// The standard input or output.
const STANDARD: &str = "-";

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// How it was named.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// Reads these files and folders.
///
/// # Errors
/// Names what cannot be read.
pub fn sources(paths: &[PathBuf]) -> Result<Vec<Source>, Refusal> {
    let mut sources = Vec::new();
    for path in paths {
        if path.as_os_str() == STANDARD {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map_err(|error| unreadable(path, &error))?;
            sources.push(Source { name: STANDARD.to_owned(), text });
            continue;
        }
        let before = sources.len();
        gather(path, 0, &mut sources)?;
        if sources.len() == before {
            let what = format!("there is no .yaml file in {}", path.display());
            return Err(Refusal::invalid("file", what));
        }
    }
    Ok(sources)
}

fn gather(path: &Path, depth: usize, sources: &mut Vec<Source>) -> Result<(), Refusal> {
    if depth > DEEPEST {
        return Err(Refusal::invalid("file", format!("{}: folders nest too deep here", path.display())));
    }
    if !fs::metadata(path).map_err(|error| unreadable(path, &error))?.is_dir() {
        let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        sources.push(Source { name: path.display().to_string(), text });
        return Ok(());
    }
    let entries = fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut paths = paths.map_err(|error| unreadable(path, &error))?;
    paths.sort();
    for path in paths.iter().filter(|path| !is_hidden(path)) {
        let is_folder = fs::metadata(path).map_err(|error| unreadable(path, &error))?.is_dir();
        if is_folder || is_yaml(path) {
            gather(path, depth + 1, sources)?;
        }
    }
    Ok(())
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "yaml" || end == "yml")
}

fn unreadable(path: &Path, error: &io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::NotFound => Refusal::NotFound(format!("there is no file {}", path.display())),
        _ => Refusal::invalid("file", format!("{}: it cannot be read: {error}", path.display())),
    }
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which.
    pub path: PathBuf,
    /// It said the same already.
    pub unchanged: bool,
}

/// Writes deployments to a file, or to a folder with a file each. A folder is one that is there, or a path that ends in
/// a slash.
///
/// # Errors
/// Names what cannot be written, or should not.
pub fn keep(to: &Path, all: &BTreeMap<DeploymentName, Whole>) -> Result<Vec<Kept>, Refusal> {
    if !to.is_dir() && !to.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Ok(vec![keep_file(to, all)?]);
    }
    fs::create_dir_all(to).map_err(|error| unwritable(to, &error))?;
    let there = declared(to)?;
    let mut kept = Vec::new();
    for (name, whole) in all {
        let path = to.join(format!("{name}.yaml"));
        let elsewhere = there.iter().find(|(other, manifest)| manifest.name.value == *name && *other != path);
        kept.push(match elsewhere {
            Some((other, manifest)) if says(manifest, whole) => Kept { path: other.clone(), unchanged: true },
            Some((_, manifest)) => {
                let what = format!("{}: {name} stands here already, and otherwise", manifest.name.at);
                let next = format!("change it there; doltops export {name} shows how it is");
                return Err(Refusal::forbidden(what, next));
            }
            None => keep_file(&path, &BTreeMap::from([(name.clone(), whole.clone())]))?,
        });
    }
    Ok(kept)
}

/// What the files of a folder say, with the file that says it.
fn declared(folder: &Path) -> Result<Vec<(PathBuf, Manifest)>, Refusal> {
    let mut found = Vec::new();
    let mut sources = Vec::new();
    gather(folder, 0, &mut sources)?;
    for source in sources {
        let path = PathBuf::from(&source.name);
        found.extend(read(&source.name, &source.text)?.into_iter().map(|manifest| (path.clone(), manifest)));
    }
    Ok(found)
}

fn keep_file(path: &Path, all: &BTreeMap<DeploymentName, Whole>) -> Result<Kept, Refusal> {
    let name = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => {
            let there = read(&name, &text).map_err(|refusal| {
                let what = format!("{name} holds something else, and is not written over: {refusal}");
                Refusal::forbidden(what, "name another file")
            })?;
            let same = |manifest: &Manifest| all.get(&manifest.name.value).is_some_and(|whole| says(manifest, whole));
            if there.len() == all.len() && there.iter().all(same) {
                return Ok(Kept { path: path.to_owned(), unchanged: true });
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(unreadable(path, &error)),
    }
    let text = write(all).map_err(|error| Refusal::invalid("file", format!("{name}: {error}")))?;
    if !folder_of(path).is_dir() {
        let folder = folder_of(path).display();
        let what =
            format!("{name}: there is no folder {folder}; make it first, or name a folder to be made: {folder}/");
        return Err(Refusal::invalid("file", what));
    }
    put(path, &text).map_err(|error| unwritable(path, &error))?;
    Ok(Kept { path: path.to_owned(), unchanged: false })
}

/// Whether a document says all of this, and nothing else.
fn says(manifest: &Manifest, whole: &Whole) -> bool {
    let Manifest { name: _, instance_type, volume_gib, certificate, power, protected, paused, settings } = manifest;
    instance_type.as_ref().is_some_and(|it| it.value == whole.instance_type)
        && volume_gib.as_ref().is_some_and(|it| it.value == whole.volume_gib)
        && certificate.as_ref().is_some_and(|it| it.value == whole.certificate)
        && *power == Some(whole.power)
        && *protected == Some(whole.protected)
        && *paused == Some(whole.paused)
        && settings.as_ref() == Some(&whole.settings)
}

/// The folder that a file stands in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// There is no secret in it: whoever may read the folder may read the file.
const READABLE: u32 = 0o644;

fn put(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path);
    let mut builder = tempfile::Builder::new();
    let mut file = builder.permissions(fs::Permissions::from_mode(READABLE)).tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn unwritable(path: &Path, error: &io::Error) -> Refusal {
    Refusal::invalid("file", format!("{}: it cannot be written: {error}", path.display()))
}
