//! Takes the parts of a copy in, and writes them to a folder.
//!
//! Guarantees
//! - Nothing is written outside the folder, whatever names come.
//! - No more is written than the first part has said, and what ends early or differs in one bit is refused.

use super::failed;
use crate::hosted_api::problem::{Kind, Problem};
use doltops_proto::hosted_api::{CloneBegin, ClonePart, clone_part::Part};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

/// How many files there may be: Dolt's own bound for a database's table files is far below.
const MOST_FILES: u32 = 10_000;

/// A copy on its way.
pub struct Receiver {
    folder: PathBuf,
    begin: Option<CloneBegin>,
    files: u32,
    bytes: u64,
    /// The file that is being written, and what is still to come of it.
    open: Option<(File, u64)>,
    hash: Sha256,
    whole: bool,
}

impl Receiver {
    /// Into this folder, which is there and empty.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            begin: None,
            files: 0,
            bytes: 0,
            open: None,
            hash: Sha256::new(),
            whole: false,
        }
    }

    /// Takes one part.
    ///
    /// # Errors
    /// It does not fit what came before, or cannot be written.
    pub fn take(&mut self, part: ClonePart) -> Result<(), Problem> {
        match part.part {
            Some(Part::Begin(begin)) if self.begin.is_none() && begin.files <= MOST_FILES => self.begin = Some(begin),
            Some(Part::File(file)) if self.may_open() => self.open(&file.path, file.bytes)?,
            Some(Part::Data(data)) if !self.whole => self.write(&data)?,
            Some(Part::End(end)) if self.is_complete() && !self.whole => {
                if self.hash.finalize_reset().as_slice() != end.sha256.as_slice() {
                    return Err(broken("what came is not what was sent"));
                }
                self.whole = true;
            }
            _ => return Err(broken("its parts come in no order")),
        }
        Ok(())
    }

    /// All of it was taken.
    ///
    /// # Errors
    /// It ended early.
    pub fn finish(self) -> Result<CloneBegin, Problem> {
        self.begin.filter(|_| self.whole).ok_or_else(|| broken("it ended early"))
    }

    fn may_open(&self) -> bool {
        let done = self.open.as_ref().is_none_or(|(_, left)| *left == 0);
        done && !self.whole && self.begin.as_ref().is_some_and(|begin| self.files < begin.files)
    }

    fn is_complete(&self) -> bool {
        let done = self.open.as_ref().is_none_or(|(_, left)| *left == 0);
        done && self.begin.as_ref().is_some_and(|begin| (begin.files, begin.bytes) == (self.files, self.bytes))
    }

    fn open(&mut self, name: &str, bytes: u64) -> Result<(), Problem> {
        let path = self.folder.join(inside(name).ok_or_else(|| broken("it names a file that it may not"))?);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| failed("the clone cannot be written", error))?;
        }
        let file = File::create_new(&path).map_err(|error| failed("the clone cannot be written", error))?;
        self.files += 1;
        self.open = Some((file, bytes));
        Ok(())
    }

    fn write(&mut self, data: &[u8]) -> Result<(), Problem> {
        let size = data.len() as u64;
        let Some((file, left)) = &mut self.open else { return Err(broken("its parts come in no order")) };
        *left = left.checked_sub(size).ok_or_else(|| broken("a file is longer than was said"))?;
        self.bytes += size;
        if self.begin.as_ref().is_none_or(|begin| self.bytes > begin.bytes) {
            return Err(broken("it is longer than was said"));
        }
        self.hash.update(data);
        file.write_all(data).map_err(|error| failed("the clone cannot be written", error))
    }
}

fn broken(what: &str) -> Problem {
    Problem::new(Kind::Failed, format!("the clone did not come through: {what}")).next("try again; nothing was kept")
}

/// The name as a path below the folder: at most one folder, and only letters, digits, dots, hyphens and underscores.
fn inside(name: &str) -> Option<PathBuf> {
    let plain = |part: &str| {
        let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        !part.is_empty() && part.len() <= 128 && !part.starts_with('.') && part.bytes().all(known)
    };
    let parts: Vec<&str> = name.split('/').collect();
    (parts.len() <= 2 && parts.iter().all(|part| plain(part))).then(|| parts.iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use doltops_proto::hosted_api::{CloneEnd, CloneFile};
    use proptest::prelude::*;

    fn part(part: Part) -> ClonePart {
        ClonePart { part: Some(part) }
    }

    fn file(path: &str, bytes: u64) -> ClonePart {
        part(Part::File(CloneFile { path: path.to_owned(), bytes }))
    }

    fn data(text: &str) -> ClonePart {
        part(Part::Data(text.as_bytes().to_vec()))
    }

    fn begin(files: u32, bytes: u64) -> ClonePart {
        part(Part::Begin(CloneBegin { files, bytes, commit: "c".into(), ..CloneBegin::default() }))
    }

    fn end(text: &str) -> ClonePart {
        part(Part::End(CloneEnd { sha256: Sha256::digest(text).to_vec() }))
    }

    fn received(parts: Vec<ClonePart>) -> (tempfile::TempDir, Result<CloneBegin, Problem>) {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("in");
        fs::create_dir(&inner).expect("made");
        let mut receiver = Receiver::new(&inner);
        let taken = parts.into_iter().try_for_each(|part| receiver.take(part));
        let done = taken.and_then(|()| receiver.finish());
        (folder, done)
    }

    #[test]
    fn what_was_sent_is_there() {
        let parts = vec![
            begin(2, 5),
            file("manifest", 2),
            data("ab"),
            file("oldgen/x.darc", 3),
            data("c"),
            data("de"),
            end("abcde"),
        ];
        let (folder, done) = received(parts);
        assert_eq!(done.expect("whole").commit, "c");
        assert_eq!(fs::read_to_string(folder.path().join("in/manifest")).expect("there"), "ab");
        assert_eq!(fs::read_to_string(folder.path().join("in/oldgen/x.darc")).expect("there"), "cde");
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        for (parts, why) in [
            (vec![], "early"),
            (vec![begin(1, 2), file("a", 2), data("ab")], "early"),
            (vec![begin(1, 2), file("a", 2), data("ab"), end("ax")], "not what was sent"),
            (vec![begin(1, 2), file("a", 2), data("abc")], "longer"),
            (vec![begin(1, 2), file("a", 9), data("abc")], "longer"),
            (vec![begin(1, 2), file("a", 2), file("b", 2)], "no order"),
            (vec![begin(1, 2), data("ab")], "no order"),
            (vec![begin(2, 2), file("a", 2), data("ab"), end("ab")], "no order"),
            (vec![begin(1, 0), begin(1, 0)], "no order"),
            (vec![file("a", 2)], "no order"),
            (vec![begin(0, 0), end(""), data("x")], "no order"),
            (vec![begin(MOST_FILES + 1, 0)], "no order"),
        ] {
            let problem = received(parts).1.expect_err(why);
            assert!(problem.what.contains(why), "{why}: {problem}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_written_outside(name in "[a./\\\\]{0,8}|\\PC{0,12}") {
            let (folder, _) = received(vec![begin(1, 0), file(&name, 0), end("")]);
            let around: Vec<_> = fs::read_dir(folder.path()).expect("there").flatten().map(|it| it.file_name()).collect();
            prop_assert_eq!(around, ["in"]);
        }
    }
}
