//! Colours by meaning: a view says what a thing means, a theme says how that looks.
//!
//! Guarantees
//! - A theme that leaves a meaning out takes the dark theme's, so that an upgrade breaks no one's file.
//! - Without colour, only bold, italics and reversed remain; no view depends on colour alone.
//! - On a terminal with fewer colours each becomes the nearest that there is, and no text vanishes in its background.
//! - In the themes that come with the program every text has a contrast of 4.5 to 1 (WCAG 2.2, AA) on the screen, and
//!   on the row under the cursor.

mod builtin;
mod depth;

pub use builtin::{AUTO, THEMES};
pub use depth::Depth;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use std::collections::BTreeMap;
use thiserror::Error;

/// What something on the screen means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    /// Plain text; its background is that of the screen.
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

/// A theme is not valid.
#[derive(Debug, Error)]
#[error("the theme {path} is not valid: {why}")]
pub struct ThemeError {
    /// Which theme.
    path: String,
    /// Line, key and reason.
    why: String,
}

/// How each meaning looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    styles: BTreeMap<Meaning, Style>,
}

impl Theme {
    /// The theme of that name; `None` where none comes with the program.
    ///
    /// # Errors
    /// Never for a theme that comes with the program: a test reads them all.
    pub fn named(name: &str, depth: Depth) -> Option<Result<Self, ThemeError>> {
        builtin::text(name).map(|text| Self::of_text(name, text, depth))
    }

    /// The theme of a file's text.
    ///
    /// # Errors
    /// When a key or colour in it is unknown, with its line.
    pub fn of_text(path: &str, text: &str, depth: Depth) -> Result<Self, ThemeError> {
        let mut styles = parse("dark", builtin::text("dark").unwrap_or_default(), depth)?;
        styles.extend(parse(path, text, depth)?);
        let screen = styles.get(&Meaning::Text).and_then(|text| text.bg);
        for style in styles.values_mut() {
            // Two colours that were near each other may have become one.
            if style.fg.is_some() && style.fg == style.bg.or(screen) {
                style.fg = style.fg.map(depth::opposite);
            }
        }
        Ok(Self { styles })
    }

    /// No colours at all.
    pub fn plain() -> Self {
        Self { styles: BTreeMap::new() }
    }

    /// How this meaning looks.
    pub fn style(&self, meaning: Meaning) -> Style {
        self.styles.get(&meaning).copied().unwrap_or_default()
    }
}

fn parse(path: &str, text: &str, depth: Depth) -> Result<BTreeMap<Meaning, Style>, ThemeError> {
    let invalid = |why: String| ThemeError { path: path.to_owned(), why };
    let looks: BTreeMap<Meaning, Look> = toml::from_str(text).map_err(|why| invalid(why.to_string()))?;
    let style =
        |(meaning, look): (Meaning, Look)| style(&look, meaning, depth).map(|style| (meaning, style)).map_err(&invalid);
    looks.into_iter().map(style).collect()
}

fn style(look: &Look, meaning: Meaning, depth: Depth) -> Result<Style, String> {
    let read = |text: &Option<String>| -> Result<Option<Color>, String> {
        let parsed = text.as_ref().map(|text| text.parse::<Color>().map_err(|_| format!("'{text}' is no colour")));
        Ok(parsed.transpose()?.and_then(|colour| depth.nearest(colour)))
    };
    let mut style = Style { fg: read(&look.fg)?, bg: read(&look.bg)?, ..Style::default() };
    // A background tells the cursor's row and a field from the rest; without colour, reversing does.
    let stands_out = matches!(meaning, Meaning::Selected | Meaning::Input) && depth == Depth::None;
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

    fn theme(name: &str, depth: Depth) -> Theme {
        Theme::named(name, depth).expect("it comes with the program").expect("valid")
    }

    #[test]
    fn every_theme_names_every_meaning() {
        let dark = parse("dark", builtin::text("dark").expect("dark"), Depth::True).expect("valid");
        assert!(dark.contains_key(&Meaning::ChartSix) && THEMES.len() >= 8);
        for (name, text) in THEMES {
            let named = parse(name, text, Depth::True).expect("valid");
            assert_eq!(named.keys().collect::<Vec<_>>(), dark.keys().collect::<Vec<_>>(), "{name}");
        }
    }

    /// On the screen, and on the row under the cursor, where cells keep their own colours.
    #[test]
    fn every_text_stands_out_from_what_is_behind_it() {
        for (name, _) in THEMES {
            let theme = theme(name, Depth::True);
            let back = |meaning| theme.style(meaning).bg.and_then(depth::rgb);
            // A theme without a background is for terminals whose own is about that.
            let plain = if *name == "light" { (255, 255, 255) } else { (30, 30, 30) };
            let screen = back(Meaning::Text).unwrap_or(plain);
            let least = if *name == "high-contrast" { 7.0 } else { 4.5 };
            for (meaning, style) in &theme.styles {
                let Some(text) = style.fg.and_then(depth::rgb) else { continue };
                // Lines are seen, not read.
                if *meaning == Meaning::Border {
                    continue;
                }
                let own = [back(*meaning).unwrap_or(screen)];
                let on_row = Some(back(Meaning::Selected).unwrap_or(screen)).filter(|_| *meaning != Meaning::Input);
                for behind in own.into_iter().chain(on_row) {
                    let found = depth::contrast(text, behind);
                    assert!(found >= least, "{name}: {meaning:?} {text:?} on {behind:?} is {found:.2}");
                }
            }
        }
    }

    #[test]
    fn no_text_vanishes_on_a_terminal_with_fewer_colours() {
        for (name, _) in THEMES {
            for depth in [Depth::Sixteen, Depth::Indexed, Depth::True] {
                let theme = theme(name, depth);
                let screen = theme.style(Meaning::Text).bg;
                for (meaning, style) in &theme.styles {
                    assert!(style.fg.is_none() || style.fg != style.bg.or(screen), "{name}: {meaning:?} at {depth:?}");
                }
            }
        }
    }

    #[test]
    fn without_colour_none_is_left_and_the_cursor_still_shows() {
        for (name, _) in THEMES {
            let theme = theme(name, Depth::None);
            assert!(theme.styles.values().all(|style| style.fg.is_none() && style.bg.is_none()));
            assert!(theme.style(Meaning::Selected).add_modifier.contains(Modifier::REVERSED));
        }
    }

    #[test]
    fn a_wrong_key_or_colour_is_named() {
        let error =
            Theme::of_text("mine", "goood = { fg = \"red\" }", Depth::True).expect_err("unknown key").to_string();
        assert!(error.contains("goood"), "{error}");
        let error =
            Theme::of_text("mine", "good = { fg = \"rot\" }", Depth::True).expect_err("unknown colour").to_string();
        assert!(error.contains("'rot'"), "{error}");
    }

    #[test]
    fn what_a_theme_leaves_out_is_the_dark_themes() {
        let mine = Theme::of_text("mine", "good = { fg = \"#00ff00\" }", Depth::True).expect("valid");
        assert_eq!(mine.style(Meaning::Good).fg, Some(Color::Rgb(0, 255, 0)));
        assert_eq!(mine.style(Meaning::Bad), theme("dark", Depth::True).style(Meaning::Bad));
    }
}
