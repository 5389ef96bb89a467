//! How the console looks: which theme was chosen, and what it comes to on this terminal.
//!
//! Guarantees: there is always a theme to draw with; a choice that cannot be had leaves the one before.

use crate::console::theme::{AUTO, Depth, THEMES, Theme};

/// A theme that was asked for: by its name, or by a file and what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// A theme's name, `auto`, or the path of a file.
    pub name: String,
    /// The file's text, where it is one.
    pub text: Option<String>,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Look {
    /// What is drawn with.
    pub theme: Theme,
    /// What was chosen.
    name: String,
    /// The person's own theme, where the settings name a file.
    own: Option<Wanted>,
    /// How many colours the terminal has.
    depth: Depth,
    /// Whether the terminal's background is light.
    light: bool,
}

impl Look {
    /// The theme that is wanted, on a terminal of that depth; `light`: what is known of its background so far.
    ///
    /// # Errors
    /// When there is no such theme, or it is not valid.
    pub fn new(wanted: Wanted, depth: Depth, light: bool) -> Result<Self, String> {
        let theme = made(&wanted, depth, light)?;
        let own = wanted.text.is_some().then(|| wanted.clone());
        Ok(Self { theme, name: wanted.name, own, depth, light })
    }

    /// The themes that can be chosen: `auto`, those of the program, the person's own.
    pub fn names(&self) -> Vec<String> {
        let known = std::iter::once(AUTO).chain(THEMES.iter().map(|(name, _)| *name)).map(str::to_owned);
        known.chain(self.own.iter().map(|own| own.name.clone())).collect()
    }

    /// What was chosen.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the look depends on the terminal's background.
    pub fn follows_background(&self) -> bool {
        self.name == AUTO && self.depth != Depth::None
    }

    /// Chooses one of [`Look::names`].
    ///
    /// # Errors
    /// When there is no such theme; the look stays.
    pub fn choose(&mut self, name: &str) -> Result<(), String> {
        let own = self.own.clone().filter(|own| own.name == name);
        let wanted = own.unwrap_or(Wanted { name: name.to_owned(), text: None });
        self.theme = made(&wanted, self.depth, self.light)?;
        self.name = wanted.name;
        Ok(())
    }

    /// The settings name another theme, or their file has another text.
    ///
    /// # Errors
    /// When it is not valid; the look stays.
    pub fn reload(&mut self, wanted: Wanted) -> Result<(), String> {
        *self = Self::new(wanted, self.depth, self.light)?;
        Ok(())
    }

    /// The terminal's background is known now.
    pub fn set_light(&mut self, light: bool) {
        self.light = light;
        let name = self.name.clone();
        // What was chosen can be chosen again.
        let _ = self.choose(&name);
    }
}

impl Default for Look {
    /// Dark, in all colours.
    fn default() -> Self {
        let plain = || Theme::of_text("", "", Depth::True).unwrap_or_else(|_| Theme::plain());
        Self { theme: plain(), name: "dark".to_owned(), own: None, depth: Depth::True, light: false }
    }
}

fn made(wanted: &Wanted, depth: Depth, light: bool) -> Result<Theme, String> {
    let made = match (wanted.name.as_str(), &wanted.text) {
        (path, Some(text)) => Some(Theme::of_text(path, text, depth)),
        (AUTO, None) => Theme::named(if light { "light" } else { "dark" }, depth),
        (name, None) => Theme::named(name, depth),
    };
    let known = || THEMES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let unknown =
        || format!("there is no theme {}; there are auto, {}, or the path of a TOML file", wanted.name, known());
    made.ok_or_else(unknown)?.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::theme::Meaning;

    fn wanted(name: &str, text: Option<&str>) -> Wanted {
        Wanted { name: name.to_owned(), text: text.map(str::to_owned) }
    }

    #[test]
    fn auto_follows_the_background_and_a_chosen_theme_does_not() {
        let mut look = Look::new(wanted("auto", None), Depth::True, false).expect("auto");
        let dark = look.theme.clone();
        look.set_light(true);
        assert_ne!(look.theme, dark);
        look.choose("nord").expect("nord");
        let nord = look.theme.clone();
        look.set_light(false);
        assert_eq!((look.theme.clone(), look.name()), (nord, "nord"));
    }

    #[test]
    fn a_file_with_a_mistake_leaves_the_look() {
        let mut look =
            Look::new(wanted("/t.toml", Some("good = { fg = \"#00ff00\" }")), Depth::True, false).expect("valid");
        let before = look.theme.clone();
        assert!(look.reload(wanted("/t.toml", Some("good = 5"))).is_err());
        assert!(look.reload(wanted("north", None)).expect_err("unknown").contains("there is no theme north"));
        assert_eq!(look.theme, before);
        look.choose("light").and_then(|()| look.choose("/t.toml")).expect("one's own is offered again");
        assert_eq!(look.theme, before);
        look.reload(wanted("/t.toml", Some("good = { fg = \"#ff0000\" }"))).expect("valid");
        assert_ne!(look.theme.style(Meaning::Good), before.style(Meaning::Good));
    }
}
