//! What parses outside input, as functions that are fed any bytes.
//!
//! Each target panics where a promise is broken, and only there. They are here, and not in the crate `fuzz/`, because much
//! of what they feed is private; that crate is a driver around [`TARGETS`]. The ordinary tests run each over its corpus.
//!
//! Not here: what handlers do behind the first look at a request, which needs a store.

mod requests;
mod texts;

use crate::console::fuzz as console;

/// A target: what it is called, and what eats the bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 12] = [
    ("configuration", texts::configuration),
    ("conflicts_sql", |bytes| console::conflicts_sql(text(bytes))),
    ("filter", |bytes| console::filter(text(bytes))),
    ("keys", |bytes| console::keys(text(bytes))),
    ("manifests", texts::manifests),
    ("moments", |bytes| console::moments(text(bytes))),
    ("prometheus", texts::prometheus),
    ("requests", requests::requests),
    ("screen", screen),
    ("sql", texts::sql),
    ("theme", |bytes| console::theme(text(bytes))),
    ("user_data", texts::user_data),
];

/// The first byte is how wide the screen is.
fn screen(bytes: &[u8]) {
    let Some((width, bytes)) = bytes.split_first() else { return };
    console::screen(text(bytes), usize::from(*width) % 130);
}

/// The target of that name.
pub fn target(name: &str) -> Option<fn(&[u8])> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, eats)| *eats)
}

/// The bytes as text; most targets take nothing else. What is no text is cut off, so that no bytes are lost to it.
fn text(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => bytes.get(..error.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    /// Each target has a corpus, and eats all of it.
    #[test]
    fn the_corpus_is_eaten() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join("corpus");
        for (name, eats) in TARGETS {
            let folder = corpus.join(name);
            let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
            let mut count = 0;
            for file in files {
                eats(&fs::read(file.expect("a file").path()).expect("read"));
                count += 1;
            }
            assert!(count > 0, "{name} has no corpus");
        }
    }
}
