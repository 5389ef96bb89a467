//! How many colours a terminal has, and the nearest of those to the one that a theme names.
//!
//! Guarantees: a text that stands out from its background does so after the change too, if only in black on white.

use ratatui::style::Color;

/// How many colours there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: `NO_COLOR`, or a terminal that has none.
    None,
    /// The sixteen of the terminal's own theme.
    Sixteen,
    /// The palette of 256.
    Indexed,
    /// Any.
    #[default]
    True,
}

/// A colour by red, green and blue.
pub type Rgb = (u8, u8, u8);

/// The steps of the palette's cube of 6×6×6 colours, from index 16 on.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The sixteen as xterm has them: a terminal's own may differ, but red is red.
const SIXTEEN: [(Color, Rgb); 16] = [
    (Color::Black, (0, 0, 0)),
    (Color::Red, (205, 0, 0)),
    (Color::Green, (0, 205, 0)),
    (Color::Yellow, (205, 205, 0)),
    (Color::Blue, (0, 0, 238)),
    (Color::Magenta, (205, 0, 205)),
    (Color::Cyan, (0, 205, 205)),
    (Color::Gray, (229, 229, 229)),
    (Color::DarkGray, (127, 127, 127)),
    (Color::LightRed, (255, 0, 0)),
    (Color::LightGreen, (0, 255, 0)),
    (Color::LightYellow, (255, 255, 0)),
    (Color::LightBlue, (92, 92, 255)),
    (Color::LightMagenta, (255, 0, 255)),
    (Color::LightCyan, (0, 255, 255)),
    (Color::White, (255, 255, 255)),
];

impl Depth {
    /// What the environment says of the terminal.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        // https://no-color.org: set and not empty.
        if set("NO_COLOR").is_some() {
            return Depth::None;
        }
        if set("COLORTERM").is_some_and(|value| matches!(value.as_str(), "truecolor" | "24bit")) {
            return Depth::True;
        }
        match set("TERM").as_deref() {
            None | Some("dumb") => Depth::None,
            Some(term) if term.ends_with("-direct") => Depth::True,
            Some(term) if term.contains("256color") => Depth::Indexed,
            Some(_) => Depth::Sixteen,
        }
    }

    /// The nearest colour that there is; `None` where there is none.
    pub fn nearest(self, colour: Color) -> Option<Color> {
        match (self, colour) {
            (Depth::None, _) => None,
            (_, Color::Reset) | (Depth::True, _) => Some(colour),
            (Depth::Indexed, Color::Rgb(r, g, b)) => Some(indexed((r, g, b))),
            (Depth::Sixteen, Color::Rgb(..) | Color::Indexed(16..)) => rgb(colour).map(sixteen),
            (Depth::Indexed | Depth::Sixteen, _) => Some(colour),
        }
    }
}

/// Red, green and blue of a colour that every terminal shows alike; the sixteen are the terminal's own business.
pub fn rgb(colour: Color) -> Option<Rgb> {
    match colour {
        Color::Rgb(r, g, b) => Some((r, g, b)),
        Color::Indexed(index @ 232..) => {
            let grey = 8 + 10 * (index - 232);
            Some((grey, grey, grey))
        }
        Color::Indexed(index @ 16..) => {
            let at = usize::from(index - 16);
            Some((CUBE[at / 36], CUBE[at / 6 % 6], CUBE[at % 6]))
        }
        _ => None,
    }
}

/// How far apart two colours are, by a weighting of what the eye sees best (green), for choosing the nearest.
fn distance(one: Rgb, other: Rgb) -> u32 {
    let apart = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    2 * apart(one.0, other.0) + 4 * apart(one.1, other.1) + 3 * apart(one.2, other.2)
}

fn indexed(wanted: Rgb) -> Color {
    let away = |index: &u8| rgb(Color::Indexed(*index)).map_or(u32::MAX, |found| distance(wanted, found));
    (16..=255).min_by_key(away).map_or(Color::Reset, Color::Indexed)
}

fn sixteen(wanted: Rgb) -> Color {
    SIXTEEN.iter().min_by_key(|(_, found)| distance(wanted, *found)).map_or(Color::Reset, |(colour, _)| *colour)
}

/// Black or white, whichever is further from this one.
pub fn opposite(colour: Color) -> Color {
    let of_sixteen = || SIXTEEN.iter().find(|(name, _)| *name == colour).map(|(_, rgb)| *rgb);
    let light =
        rgb(colour).or_else(of_sixteen).is_some_and(|rgb| contrast(rgb, (0, 0, 0)) > contrast(rgb, (255, 255, 255)));
    if light { Color::Black } else { Color::White }
}

/// The contrast of WCAG 2.2, from 1 (the same) to 21 (black on white).
pub fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance((r, g, b): Rgb) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_tells_how_many_colours_there_are() {
        let of = |set: &[(&str, &str)]| {
            Depth::of(|asked| set.iter().find(|(name, _)| *name == asked).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(of(&[("TERM", "xterm-256color"), ("NO_COLOR", "1"), ("COLORTERM", "truecolor")]), Depth::None);
        assert_eq!(of(&[("TERM", "xterm-256color"), ("NO_COLOR", ""), ("COLORTERM", "24bit")]), Depth::True);
        assert_eq!(of(&[("TERM", "tmux-256color")]), Depth::Indexed);
        assert_eq!(of(&[("TERM", "xterm-direct")]), Depth::True);
        assert_eq!(of(&[("TERM", "linux")]), Depth::Sixteen);
        assert_eq!((of(&[("TERM", "dumb")]), of(&[])), (Depth::None, Depth::None));
    }

    #[test]
    fn a_colour_becomes_the_nearest_that_there_is() {
        assert_eq!(Depth::Indexed.nearest(Color::Rgb(95, 175, 255)), Some(Color::Indexed(75)));
        assert_eq!(Depth::Sixteen.nearest(Color::Rgb(250, 20, 10)), Some(Color::LightRed));
        assert_eq!(Depth::Sixteen.nearest(Color::Indexed(244)), Some(Color::DarkGray));
        assert_eq!(Depth::Sixteen.nearest(Color::Cyan), Some(Color::Cyan));
        assert_eq!(Depth::None.nearest(Color::Cyan), None);
        assert!((contrast((0, 0, 0), (255, 255, 255)) - 21.0).abs() < 0.01);
    }
}
