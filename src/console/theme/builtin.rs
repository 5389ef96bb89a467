//! The themes that come with the program.

/// A name for people, and the file.
macro_rules! themes {
    ($($name:literal),* $(,)?) => {
        /// Every theme by its name, in the order in which they are offered.
        pub const THEMES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../themes/", $name, ".toml")))),*];
    };
}

themes![
    "dark",
    "light",
    "high-contrast",
    "colour-blind",
    "sixteen",
    "solarized-dark",
    "solarized-light",
    "nord",
    "gruvbox",
    "dracula",
];

/// What follows the terminal's background: the first two themes.
pub const AUTO: &str = "auto";

/// The text of the theme of that name.
pub fn text(name: &str) -> Option<&'static str> {
    THEMES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
