//! From the text of a file to what it says, or to what is wrong with it and where.
//!
//! Pure. Every scalar is taken as the text that stands there and read by the model's own rules, so that a refusal names
//! the field and has the words that a command's argument would get.

use super::{FORMAT, Manifest, Place, Placed};
use crate::model::{DeploymentName, OFFERED, Refusal, Settings, spec};
use serde::{Deserialize, Deserializer};
use serde_saphyr::{Error, Options, Spanned};
use std::{collections::BTreeMap, str::FromStr, sync::Arc};

/// A document as it stands there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    doltops: Text,
    name: Text,
    #[serde(default, deserialize_with = "there")]
    instance_type: Option<Text>,
    #[serde(default, deserialize_with = "there")]
    volume_gib: Option<Text>,
    #[serde(default, deserialize_with = "there")]
    certificate: Option<Text>,
    #[serde(default, deserialize_with = "there")]
    power: Option<Text>,
    #[serde(default, deserialize_with = "there")]
    protected: Option<Text>,
    #[serde(default, deserialize_with = "there")]
    paused: Option<Text>,
    #[serde(default, deserialize_with = "there")]
    settings: Option<BTreeMap<String, Text>>,
}

type Text = Spanned<String>;

/// The version alone: of a newer format every other field may be unknown, and that is not what is wrong with it.
#[derive(Deserialize)]
struct Versioned {
    doltops: Option<Text>,
}

/// A field that stands there says something: `volume_gib:` with nothing behind it is a slip, and not "as it is".
fn there<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads every document of a file.
///
/// # Errors
/// Names file, line and field.
pub fn read(file: &str, text: &str) -> Result<Vec<Manifest>, Refusal> {
    let source = Source { file: file.into(), text };
    let versions: Vec<Versioned> = source.parse()?;
    for version in versions.iter().filter_map(|document| document.doltops.as_ref()) {
        source.version(version)?;
    }
    source.parse::<Document>()?.into_iter().map(|document| source.manifest(document)).collect()
}

/// The file that is read.
struct Source<'a> {
    file: Arc<str>,
    text: &'a str,
}

impl Source<'_> {
    fn parse<T: for<'de> Deserialize<'de>>(&self) -> Result<Vec<T>, Refusal> {
        serde_saphyr::from_multiple_with_options(self.text, options()).map_err(|error| self.refusal(&error))
    }

    fn at(&self, line: u64) -> Place {
        Place { file: self.file.clone(), line }
    }

    fn place(&self, text: &Text) -> Place {
        self.at(text.referenced.line())
    }

    fn version(&self, version: &Text) -> Result<(), Refusal> {
        let what = match version.value.parse::<u32>() {
            Ok(FORMAT) => return Ok(()),
            Ok(newer) if newer > FORMAT => {
                format!("it is of format {newer}, and this doltops reads {FORMAT}: use a newer one")
            }
            _ => format!("'{}' is no version of the format; write doltops: {FORMAT}", version.value),
        };
        Err(self.place(version).refuse("format", what))
    }

    /// A value by the model's rules. The refusal's own field is the argument's name, which here is the file's.
    fn value<T>(&self, field: &str, text: &Text, read: Result<T, Refusal>) -> Result<Placed<T>, Refusal> {
        let at = self.place(text);
        match read {
            Ok(value) => Ok(Placed { value, at }),
            Err(Refusal::Invalid { what, .. }) => Err(at.refuse(field, what)),
            Err(other) => Err(at.refuse(field, other)),
        }
    }

    fn word<T: FromStr<Err = Refusal>>(&self, field: &str, text: Option<Text>) -> Result<Option<Placed<T>>, Refusal> {
        text.map(|text| self.value(field, &text, text.value.parse())).transpose()
    }

    fn switch(&self, field: &str, text: Option<Text>) -> Result<Option<bool>, Refusal> {
        let read = |text: &Text| match text.value.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(self.place(text).refuse(field, format!("'{other}' is neither true nor false"))),
        };
        text.as_ref().map(read).transpose()
    }

    fn manifest(&self, document: Document) -> Result<Manifest, Refusal> {
        self.version(&document.doltops)?;
        let name = document.name.value.parse::<DeploymentName>();
        let gib = |text: Text| {
            let number = text.value.parse::<u64>();
            let number = number.map_err(|_| Refusal::invalid("", format!("'{}' is no whole number", text.value)));
            self.value("volume_gib", &text, number.and_then(spec::volume_gib))
        };
        let named = |text: Text| match text.value.as_str() {
            "" => Err(self.place(&text).refuse("instance_type", "a type is needed; or leave the line out")),
            _ => Ok(Placed { at: self.place(&text), value: text.value }),
        };
        Ok(Manifest {
            name: self.value("name", &document.name, name)?,
            instance_type: document.instance_type.map(named).transpose()?,
            volume_gib: document.volume_gib.map(gib).transpose()?,
            certificate: self.word("certificate", document.certificate)?,
            power: self.word("power", document.power)?.map(|power| power.value),
            protected: self.switch("protected", document.protected)?,
            paused: self.switch("paused", document.paused)?,
            settings: document.settings.map(|settings| self.settings(settings)).transpose()?,
        })
    }

    fn settings(&self, written: BTreeMap<String, Text>) -> Result<Settings, Refusal> {
        let mut settings = Settings::default();
        for (key, text) in written {
            settings = match settings.with(&key, &text.value) {
                Ok(settings) => settings,
                Err(Refusal::Invalid { field, what }) => {
                    let offered = OFFERED.iter().map(|offered| offered.key);
                    let what = if offered.clone().any(|other| other == key) {
                        what
                    } else {
                        unknown(&key, "setting that can be changed", &offered.collect::<Vec<_>>())
                    };
                    return Err(self.place(&text).refuse(&format!("settings.{field}"), what));
                }
                Err(other) => return Err(self.place(&text).refuse("settings", other)),
            };
        }
        Ok(settings)
    }

    /// What the parser has to say, in our words where it is about the form of our documents.
    fn refusal(&self, error: &Error) -> Refusal {
        let error = error.without_snippet();
        let place = self.at(error.location().map_or(1, |location| location.line()));
        let here = key_at(self.text, place.line);
        match error {
            Error::SerdeUnknownField { field, expected, .. } => place.refuse(field, unknown(field, "field", expected)),
            Error::SerdeMissingField { field: "doltops", .. } => {
                place.refuse("format", format!("its version is needed: doltops: {FORMAT}"))
            }
            Error::SerdeMissingField { field, .. } => place.refuse(field, "it is needed"),
            Error::NullIntoString { .. } => place.refuse(&here, "it says nothing; leave the line out"),
            Error::Unexpected { expected: "mapping start", .. } if here == "settings" => {
                place.refuse(&here, "KEY: VALUE is needed below it; write {} for none, or leave the line out")
            }
            Error::Unexpected { expected: "mapping start", .. } => {
                place.refuse("file", "this is no document of a deployment: fields and their values are needed")
            }
            Error::Unexpected { .. } => place.refuse(&here, "one value is needed"),
            Error::DuplicateMappingKey { key, .. } => {
                place.refuse(key.as_deref().unwrap_or(&here), "it stands there twice")
            }
            other => {
                let said = other.to_string();
                let what = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
                place.refuse("file", format!("it is no YAML: {what}"))
            }
        }
    }
}

fn options() -> Options {
    serde_saphyr::options! { with_snippet: false }
}

/// The key that stands on a line.
fn key_at(text: &str, line: u64) -> String {
    let line = usize::try_from(line).ok().and_then(|line| text.lines().nth(line.checked_sub(1)?));
    let key = line.and_then(|line| line.split_once(':')).map_or("", |(key, _)| key.trim());
    if key.is_empty() { "file".to_owned() } else { key.to_owned() }
}

/// How far a word may be from one that is known to be taken for a slip; clap's own bound.
const NEAR: f64 = 0.7;

fn unknown(word: &str, what: &str, known: &[&str]) -> String {
    let near = known.iter().map(|known| (strsim::jaro(word, known), known)).filter(|(nearness, _)| *nearness > NEAR);
    let nearest = near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| format!("; did you mean {known}?"));
    format!("'{word}' is no {what}{}; there are {}", nearest.unwrap_or_default(), known.join(", "))
}
