//! Snapshots of every view at the three sizes that matter. `cargo insta review` shows what has changed.
//!
//! Below each picture stands what each of its cells means, a letter a cell (see [`LETTERS`]; upper case under the
//! cursor), so that a colour that changes is seen as well as a word. How a meaning looks in the two themes in which all
//! of them are drawn stands once, in `styles.snap`.

use super::{Rig, every::every, views};
use crate::console::{
    message::Message,
    theme::{Depth, Meaning, Theme},
    view,
};
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// One where the terminal's own background shows through, one that has its own.
const THEMES: [&str; 2] = ["dark", "high-contrast"];

/// What stands for each meaning.
const LETTERS: [(Meaning, char); 24] = {
    use Meaning::*;
    [
        (Text, 't'),
        (Muted, 'm'),
        (Title, 'n'),
        (Heading, 'h'),
        (Selected, 's'),
        (Border, 'l'),
        (Key, 'k'),
        (Good, 'g'),
        (Busy, 'b'),
        (Warning, 'w'),
        (Bad, 'x'),
        (Off, 'o'),
        (Input, 'i'),
        (Added, 'a'),
        (Removed, 'd'),
        (Stale, 'z'),
        (Chart, 'c'),
        (ChartTwo, 'u'),
        (Keyword, 'q'),
        (Literal, 'v'),
        (ChartThree, 'f'),
        (ChartFour, 'j'),
        (ChartFive, 'p'),
        (ChartSix, 'y'),
    ]
};

/// A theme in which no two meanings look alike: what is drawn in it tells them apart.
fn told_apart() -> Theme {
    let mut text = String::new();
    for (place, (meaning, _)) in LETTERS.iter().enumerate() {
        let name = kebab(*meaning);
        let behind = match meaning {
            Meaning::Selected | Meaning::Input => format!(", bg = \"#00{place:02x}00\""),
            _ => String::new(),
        };
        writeln!(text, "{name} = {{ fg = \"#0000{place:02x}\"{behind} }}").expect("written");
    }
    Theme::of_text("told apart", &text, Depth::True).expect("valid")
}

fn kebab(meaning: Meaning) -> String {
    let mut name = String::new();
    for c in format!("{meaning:?}").chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// What a cell means: what its text is, on what, and how it is marked besides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Means {
    text: Meaning,
    on: Option<Meaning>,
    /// The bits of a [`Modifier`], which has no order.
    marks: u16,
}

impl Means {
    /// Of a cell that was drawn in the theme that tells meanings apart.
    fn of(cell: &Cell) -> Self {
        let meaning = |colour, place: fn(u8, u8, u8) -> u8| match colour {
            Color::Rgb(r, g, b) => LETTERS.get(usize::from(place(r, g, b))).map(|(meaning, _)| *meaning),
            _ => None,
        };
        let text = meaning(cell.fg, |_, _, b| b).expect("every text has a meaning");
        Self { text, on: meaning(cell.bg, |_, g, _| g), marks: cell.modifier.bits() }
    }

    fn letter(self) -> char {
        let marks = Modifier::from_bits_truncate(self.marks);
        let letter = LETTERS.iter().find(|(meaning, _)| *meaning == self.text).map_or('?', |(_, letter)| *letter);
        match self.on {
            _ if marks.contains(Modifier::REVERSED) => '#',
            _ if marks.contains(Modifier::UNDERLINED) => '_',
            Some(Meaning::Selected) => letter.to_ascii_uppercase(),
            _ => letter,
        }
    }

    fn in_words(self) -> String {
        let on = self.on.map(|on| format!(" on {on:?}")).unwrap_or_default();
        let marks = Modifier::from_bits_truncate(self.marks);
        let marks = if marks.is_empty() { String::new() } else { format!(" {marks:?}") };
        format!("{:?}{on}{marks}", self.text)
    }
}

/// Nothing is seen of what is written in a blank that has no background.
fn is_seen(cell: &Cell) -> bool {
    cell.symbol() != " " || cell.bg != Color::Reset || cell.modifier.contains(Modifier::REVERSED)
}

impl Rig {
    fn in_theme(&mut self, theme: &Theme, (width, height): (u16, u16)) -> Buffer {
        self.send(Message::Resized(width, height));
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
        terminal.draw(|frame| view::draw(frame, &self.state, theme)).expect("drawn");
        terminal.backend().buffer().clone()
    }
}

/// Row by row, one text a cell.
fn rows(buffer: &Buffer, cell: impl Fn(&Cell) -> String) -> String {
    let width = usize::from(buffer.area.width);
    let row = |row: &[Cell]| row.iter().map(&cell).collect::<String>().trim_end().to_owned();
    buffer.content.chunks(width).map(row).collect::<Vec<_>>().join("\n")
}

/// A view at every size: what is read, and what it means.
fn at_all_sizes(rig: &mut Rig) -> String {
    let theme = told_apart();
    let mut told = String::new();
    for (width, height) in SIZES {
        let drawn = rig.in_theme(&theme, (width, height));
        let read = rows(&drawn, |cell| cell.symbol().to_owned());
        let means = rows(&drawn, |cell| match Means::of(cell) {
            // Plain text is what is left blank: the rest stands out.
            Means { text: Meaning::Text, on: None, .. } if cell.modifier.is_empty() => " ".to_owned(),
            means if is_seen(cell) => means.letter().to_string(),
            _ => " ".to_owned(),
        });
        write!(told, "── {width}×{height}\n{read}\n── {width}×{height}, what it means\n{means}\n").expect("written");
    }
    told
}

#[test]
fn every_view_at_every_size() {
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        for (name, rig) in views::all() {
            insta::assert_snapshot!(name, at_all_sizes(&mut rig()));
        }
    });
}

/// A style, as a theme's file says it.
fn style(cell: &Cell) -> String {
    let colour = |colour, name| match colour {
        Color::Reset => String::new(),
        colour => format!(" {name} {colour}"),
    };
    let marks = if cell.modifier.is_empty() { String::new() } else { format!(" {:?}", cell.modifier) };
    format!("{}{}{marks}", colour(cell.fg, "fg"), colour(cell.bg, "bg")).trim().to_owned()
}

/// What is behind a text is the screen, the row under the cursor or a field, and nothing else: in a theme that has a
/// background of its own, a text that brings it along tears a hole into the row. How each meaning looks is seen when it
/// changes.
#[test]
fn every_view_in_two_themes() {
    let (apart, [one, other]) =
        (told_apart(), THEMES.map(|name| Theme::named(name, Depth::True).expect("a theme").expect("valid")));
    let mut looks: BTreeMap<Means, BTreeSet<(String, String)>> = BTreeMap::new();
    let mut behind: BTreeMap<Option<Meaning>, (Color, Color)> = BTreeMap::new();
    for (name, rig) in views::all() {
        let mut rig = rig();
        for size in SIZES {
            let [apart, one, other] = [&apart, &one, &other].map(|theme| rig.in_theme(theme, size));
            for ((cell, one), other) in apart.content.iter().zip(&one.content).zip(&other.content) {
                assert_eq!((cell.symbol(), cell.symbol()), (one.symbol(), other.symbol()), "a theme changes no text");
                if is_seen(cell) {
                    let here = (one.bg, other.bg);
                    let usual = *behind.entry(Means::of(cell).on).or_insert(here);
                    assert_eq!(
                        here,
                        usual,
                        "a hole in {name}, behind {:?} {}",
                        cell.symbol(),
                        Means::of(cell).in_words()
                    );
                    looks.entry(Means::of(cell)).or_default().insert((style(one), style(other)));
                }
            }
        }
    }
    let mut told = format!("{:<28} {:<32} {}\n", "", THEMES[0], THEMES[1]);
    for (means, looks) in looks {
        for (one, other) in looks {
            writeln!(told, "{:<28} {one:<32} {other}", means.in_words()).expect("written");
        }
    }
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("styles", told);
    });
}

#[test]
fn every_meaning_has_a_letter_of_its_own() {
    let all = every!(
        Meaning: Text, Muted, Title, Heading, Selected, Border, Key, Good, Busy, Warning, Bad, Off, Input, Added, Removed,
        Stale, Chart, ChartTwo, Keyword, Literal, ChartThree, ChartFour, ChartFive, ChartSix,
    );
    for meaning in all {
        assert_eq!(LETTERS.iter().filter(|(other, _)| *other == meaning).count(), 1, "{meaning:?}");
    }
    let letters: BTreeSet<char> = LETTERS.iter().map(|(_, letter)| *letter).collect();
    assert_eq!(letters.len(), LETTERS.len());
}

#[test]
fn too_small() {
    insta::assert_snapshot!(Rig::new().screen(20, 5), @r"
    20×5 is too small:
    make it 60×16, or q
    to quit.
    ");
}
