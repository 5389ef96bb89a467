//! Colours by meaning: a view says what a thing means, a theme says how that looks.
//!
//! Guarantees
//! - A theme that leaves a meaning out takes the dark theme's, so that an upgrade breaks no one's file.
//! - Without colour, only bold, italics and reversed remain; no view depends on colour alone.

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};
use thiserror::Error;

const DARK: &str = include_str!("../../themes/dark.toml");
const LIGHT: &str = include_str!("../../themes/light.toml");

/// What something on the screen means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    /// Plain text.
    Text,
    /// Text that explains or comes second.
    Muted,
    /// Where one is.
    Title,
    /// A column's or a panel's name.
    Heading,
    /// The row or field under the cursor.
    Selected,
    /// Lines around panels.
    Border,
    /// A key to press.
    Key,
    /// It is well.
    Good,
    /// It is being worked on.
    Busy,
    /// It needs attention.
    Warning,
    /// It is broken, or would destroy.
    Bad,
    /// Stopped on purpose.
    Off,
    /// Where text is typed.
    Input,
    /// New in a diff.
    Added,
    /// Gone in a diff.
    Removed,
    /// Older than it should be.
    Stale,
    /// A chart's first line.
    Chart,
    /// A chart's second line, or the second of several deployments.
    ChartTwo,
    /// A word of SQL's own.
    Keyword,
    /// A text or a number in SQL.
    Literal,
    /// The third.
    ChartThree,
    /// The fourth.
    ChartFour,
    /// The fifth.
    ChartFive,
    /// The sixth.
    ChartSix,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Look {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    italic: bool,
    reversed: bool,
}

/// Why a theme cannot be used.
#[derive(Debug, Error)]
pub enum ThemeError {
    /// The file cannot be read.
    #[error("the theme {path} cannot be read: {why}; use dark, light, or the path of a TOML file")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        why: std::io::Error,
    },
    /// It is no theme.
    #[error("the theme {path} is not valid: {why}")]
    Invalid {
        /// Which theme.
        path: String,
        /// Line, key and reason.
        why: String,
    },
}

/// How each meaning looks.
#[derive(Clone, Debug)]
pub struct Theme {
    styles: BTreeMap<Meaning, Style>,
}

impl Theme {
    /// The theme `dark`, `light`, or that of a file; without colours where `colour` is false.
    ///
    /// # Errors
    /// When the file cannot be read, or a key or colour in it is unknown.
    pub fn load(choice: &str, colour: bool) -> Result<Self, ThemeError> {
        let mut styles = parse("dark", DARK, colour)?;
        match choice {
            "dark" => {}
            "light" => styles.extend(parse("light", LIGHT, colour)?),
            path => {
                let text = std::fs::read_to_string(Path::new(path))
                    .map_err(|why| ThemeError::Unreadable { path: path.to_owned(), why })?;
                styles.extend(parse(path, &text, colour)?);
            }
        }
        Ok(Self { styles })
    }

    /// How this meaning looks.
    pub fn style(&self, meaning: Meaning) -> Style {
        self.styles.get(&meaning).copied().unwrap_or_default()
    }
}

fn parse(path: &str, text: &str, colour: bool) -> Result<BTreeMap<Meaning, Style>, ThemeError> {
    let invalid = |why: String| ThemeError::Invalid { path: path.to_owned(), why };
    let looks: BTreeMap<Meaning, Look> = toml::from_str(text).map_err(|why| invalid(why.to_string()))?;
    let style = |(meaning, look): (Meaning, Look)| {
        style(&look, meaning, colour).map(|style| (meaning, style)).map_err(&invalid)
    };
    looks.into_iter().map(style).collect()
}

fn style(look: &Look, meaning: Meaning, colour: bool) -> Result<Style, String> {
    let read = |text: &Option<String>| -> Result<Option<Color>, String> {
        let parsed = text.as_ref().map(|text| text.parse::<Color>().map_err(|_| format!("'{text}' is no colour")));
        Ok(parsed.transpose()?.filter(|_| colour))
    };
    let mut style = Style { fg: read(&look.fg)?, bg: read(&look.bg)?, ..Style::default() };
    // A background tells the cursor's row and a field from the rest; without colour, reversing does.
    let stands_out = matches!(meaning, Meaning::Selected | Meaning::Input) && !colour;
    for (wanted, modifier) in [
        (look.bold, Modifier::BOLD),
        (look.italic, Modifier::ITALIC),
        (look.reversed || stands_out, Modifier::REVERSED),
    ] {
        if wanted {
            style = style.add_modifier(modifier);
        }
    }
    Ok(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_themes_name_every_meaning() {
        let (dark, light) = (parse("dark", DARK, true).expect("dark"), parse("light", LIGHT, true).expect("light"));
        assert_eq!(dark.len(), 24);
        assert_eq!(dark.keys().collect::<Vec<_>>(), light.keys().collect::<Vec<_>>());
    }

    #[test]
    fn without_colour_none_is_left_and_the_cursor_still_shows() {
        let theme = Theme::load("dark", false).expect("dark");
        assert!(theme.styles.values().all(|style| style.fg.is_none() && style.bg.is_none()));
        assert!(theme.style(Meaning::Selected).add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn a_wrong_key_or_colour_is_named() {
        let error = parse("mine", "goood = { fg = \"red\" }", true).expect_err("unknown key").to_string();
        assert!(error.contains("goood"), "{error}");
        let error = parse("mine", "good = { fg = \"rot\" }", true).expect_err("unknown colour").to_string();
        assert!(error.contains("'rot'"), "{error}");
    }
}
