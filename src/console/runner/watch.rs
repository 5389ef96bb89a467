//! Notices that the settings or a theme's file were changed, on the tick that is there anyway.
//!
//! Guarantees: two files are asked for their times once a second, and read only when those have moved; nothing wakes
//! for it by itself, and a file system that hangs holds this up and nothing else.
//!
//! Why not the operating system's notices: editors write a new file over the old one, so that a folder must be watched
//! and its other files sorted out, on each system in another way; a second is soon enough for a colour.

use crate::console::{message::Message, state::look::Wanted};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// Reads which theme the settings want now.
pub type Read = Arc<dyn Fn() -> Result<Wanted, String> + Send + Sync>;

/// Where the look comes from.
#[derive(Clone)]
pub struct Source {
    /// The file of the settings.
    pub settings: PathBuf,
    /// Reads them.
    pub read: Read,
}

/// When a file was written, and how long it is: two changes within a clock's step differ in length, or are seen once.
type Stamp = Option<(SystemTime, u64)>;

/// What was seen last.
pub struct Watch {
    source: Source,
    theme: PathBuf,
    stamps: [Stamp; 2],
}

impl Watch {
    /// From what is there now; `name`: the theme, which may be a file.
    pub fn new(source: Source, name: &str) -> Self {
        let theme = PathBuf::from(name);
        let stamps = [stamp(&source.settings), stamp(&theme)];
        Self { source, theme, stamps }
    }

    /// What the settings want now, if a file has changed since the last time.
    pub fn look(&mut self) -> Option<Message> {
        let stamps = [stamp(&self.source.settings), stamp(&self.theme)];
        if stamps == self.stamps {
            return None;
        }
        self.stamps = stamps;
        let wanted = (self.source.read)();
        if let Ok(wanted) = &wanted
            && Path::new(&wanted.name) != self.theme
        {
            self.theme = PathBuf::from(&wanted.name);
            self.stamps[1] = stamp(&self.theme);
        }
        Some(Message::Look(wanted))
    }
}

fn stamp(path: &Path) -> Stamp {
    let seen = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((seen.modified().ok()?, seen.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_when_it_has_changed_and_only_then() {
        let folder = tempfile::tempdir().expect("a folder");
        let (settings, theme) = (folder.path().join("doltops.toml"), folder.path().join("mine.toml"));
        fs::write(&settings, "one").expect("written");
        let name = theme.display().to_string();
        let read: Read = {
            let name = name.clone();
            Arc::new(move || {
                let text = fs::read_to_string(&name).map_err(|error| error.to_string())?;
                Ok(Wanted { name: name.clone(), text: Some(text) })
            })
        };
        let mut watch = Watch::new(Source { settings: settings.clone(), read }, "dark");
        assert!(watch.look().is_none());
        fs::write(&settings, "another").expect("written");
        assert!(matches!(watch.look(), Some(Message::Look(Err(_)))), "the theme is not there yet");
        assert!(watch.look().is_none(), "the same failure is told once");
        fs::write(&theme, "a").expect("written");
        fs::write(&settings, "a third").expect("written");
        assert!(matches!(watch.look(), Some(Message::Look(Ok(_)))));
        fs::write(&theme, "ab").expect("written");
        let Some(Message::Look(Ok(wanted))) = watch.look() else { panic!("not read") };
        assert_eq!(wanted.text.as_deref(), Some("ab"));
        assert!(watch.look().is_none());
    }
}
