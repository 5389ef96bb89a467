//! Files that a person asks for.

use crate::hosted_api::problem::{Kind, Problem};
use std::{io, path::PathBuf};
use tokio::{fs::OpenOptions, io::AsyncWriteExt};

/// Writes a new file and gives its whole path; one that is there is never written over.
pub async fn write(path: String, text: String) -> Result<String, Problem> {
    let wrong = |error: io::Error| {
        let next = match error.kind() {
            io::ErrorKind::AlreadyExists => "choose another name: what is there is not written over",
            io::ErrorKind::NotFound => "its folder is not there: choose another one",
            _ => "choose another folder, or send it to the clipboard",
        };
        Problem::new(Kind::Failed, format!("{path}: {error}")).next(next)
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).await.map_err(wrong)?;
    file.write_all(text.as_bytes()).await.map_err(wrong)?;
    file.flush().await.map_err(wrong)?;
    let whole = std::path::absolute(&path).unwrap_or_else(|_| PathBuf::from(&path));
    Ok(whole.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_there_is_not_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("story.md").display().to_string();
        assert_eq!(write(path.clone(), "first".into()).await, Ok(path.clone()));
        let problem = write(path.clone(), "second".into()).await.expect_err("it is there");
        assert!(problem.next.contains("another name"), "{problem}");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "first");
    }
}
