//! What was drawn, as an SVG picture: a grid of cells in the theme's colours.
//!
//! Guarantees: the same cells give the same text; every run of characters has the width of its cells, whatever font the
//! reader has; nothing is fetched from anywhere.

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};
use std::{fmt::Write, time::Duration};
use unicode_width::UnicodeWidthStr;

/// Pixels of a cell: what the usual monospace fonts take at [`FONT`], so that lines of boxes meet.
const CELL: (f64, f64) = (8.4, 16.4);
const FONT: u32 = 14;
/// Where letters stand in the height of a cell.
const BASE: f64 = 13.0;
/// Around all of it.
const MARGIN: f64 = 10.0;

/// What the theme leaves to the terminal: letters and ground.
#[derive(Clone, Copy)]
pub struct Ground {
    pub text: &'static str,
    pub ground: &'static str,
}

/// A dark terminal.
pub const DARK: Ground = Ground { text: "#d0d0d0", ground: "#1c1c1c" };
/// A light terminal.
pub const LIGHT: Ground = Ground { text: "#303030", ground: "#fafafa" };

/// One moment of a recording.
pub struct Moment {
    pub drawn: Buffer,
    /// What is said under it.
    pub says: String,
    pub holds: Duration,
}

/// One picture.
pub fn picture(drawn: &Buffer, ground: Ground) -> String {
    let mut svg = open(drawn, 0.0, ground);
    cells(&mut svg, drawn, ground);
    svg + "</svg>\n"
}

/// Moments one after another, again and again.
pub fn recording(moments: &[Moment], ground: Ground) -> String {
    let Some(first) = moments.first() else { return String::new() };
    let mut svg = open(&first.drawn, CELL.1 * 1.5, ground);
    let whole: f64 = moments.iter().map(|moment| moment.holds.as_secs_f64()).sum();
    let mut at = 0.0;
    svg.push_str("<style>\n");
    for (index, moment) in moments.iter().enumerate() {
        let (from, to) = (at * 100.0 / whole, (at + moment.holds.as_secs_f64()) * 100.0 / whole);
        at += moment.holds.as_secs_f64();
        // The first is shown where nothing moves.
        let (before, still) = if index == 0 { ("", "visible") } else { ("0%{visibility:hidden}", "hidden") };
        let _ = writeln!(
            svg,
            "@keyframes m{index}{{{before}{from:.2}%{{visibility:visible}}{to:.2}%,100%{{visibility:hidden}}}}"
        );
        let _ = writeln!(svg, "#m{index}{{visibility:{still};animation:m{index} {whole}s step-end infinite}}");
    }
    svg.push_str("</style>\n");
    let below = f64::from(first.drawn.area.height) * CELL.1 + CELL.1;
    for (index, moment) in moments.iter().enumerate() {
        let _ = writeln!(svg, "<g id=\"m{index}\">");
        cells(&mut svg, &moment.drawn, ground);
        let _ = writeln!(svg, "<text y=\"{below:.1}\" fill=\"{}\">{}</text>", ground.text, escaped(&moment.says));
        svg.push_str("</g>\n");
    }
    svg + "</svg>\n"
}

fn open(drawn: &Buffer, more: f64, ground: Ground) -> String {
    let width = f64::from(drawn.area.width) * CELL.0 + 2.0 * MARGIN;
    let height = f64::from(drawn.area.height) * CELL.1 + 2.0 * MARGIN + more;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{0} {0} {width:.1} {height:.1}\" width=\"{width:.0}\" \
         xml:space=\"preserve\" font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" \
         font-size=\"{FONT}\">\n<rect x=\"{0}\" y=\"{0}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"6\" \
         fill=\"{1}\"/>\n",
        -MARGIN, ground.ground
    )
}

/// How a run of characters looks.
#[derive(Clone, Copy, PartialEq)]
struct Look {
    text: Color,
    ground: Color,
    modifier: Modifier,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        Self { text: cell.fg, ground: cell.bg, modifier: cell.modifier }
    }

    /// The colours of letters and ground; none where that is the terminal's own ground.
    fn colours(self, own: Ground) -> (String, Option<String>) {
        let text = colour(self.text).unwrap_or_else(|| own.text.to_owned());
        let ground = colour(self.ground);
        if self.modifier.contains(Modifier::REVERSED) {
            (ground.unwrap_or_else(|| own.ground.to_owned()), Some(text))
        } else {
            (text, ground)
        }
    }
}

/// Characters of one look, side by side.
struct Run {
    from: u16,
    cells: u16,
    look: Look,
    text: String,
    /// Characters that fonts draw in widths of their own stand apart from plain ones.
    plain: bool,
}

fn cells(svg: &mut String, drawn: &Buffer, ground: Ground) {
    for y in 0..drawn.area.height {
        for run in runs(drawn, y) {
            write_run(svg, &run, f64::from(y) * CELL.1, ground);
        }
    }
}

fn runs(drawn: &Buffer, y: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut x = 0;
    while let Some(cell) = drawn.cell((x, y)).filter(|_| x < drawn.area.width) {
        let (symbol, look) = (cell.symbol(), Look::of(cell));
        let cells = u16::try_from(symbol.width().max(1)).unwrap_or(1);
        let plain = symbol.is_ascii();
        match runs.last_mut() {
            Some(run) if run.look == look && run.plain == plain && cells == 1 => {
                run.text.push_str(symbol);
                run.cells += cells;
            }
            _ => runs.push(Run { from: x, cells, look, text: symbol.to_owned(), plain }),
        }
        x += cells;
    }
    runs
}

fn write_run(svg: &mut String, run: &Run, top: f64, own: Ground) {
    let (text, ground) = run.look.colours(own);
    let (left, width) = (f64::from(run.from) * CELL.0, f64::from(run.cells) * CELL.0);
    if let Some(ground) = ground {
        let height = CELL.1;
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height}\" fill=\"{ground}\"/>"
        );
    }
    if run.text.trim().is_empty() {
        return;
    }
    // Blanks at either side need no letters.
    let before = run.text.len() - run.text.trim_start().len();
    let shown = run.text.trim();
    let left = left + f64::from(u16::try_from(before).unwrap_or_default()) * CELL.0;
    let width = f64::from(u16::try_from(shown.width()).unwrap_or_default()) * CELL.0;
    let _ = write!(svg, "<text x=\"{left:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" fill=\"{text}\"", top + BASE);
    for (modifier, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        (Modifier::DIM, " opacity=\"0.6\""),
    ] {
        if run.look.modifier.contains(modifier) {
            svg.push_str(attribute);
        }
    }
    // Lines and bars are stretched to meet; letters keep their shape.
    if !run.plain {
        svg.push_str(" lengthAdjust=\"spacingAndGlyphs\"");
    }
    let _ = writeln!(svg, ">{}</text>", escaped(shown));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// As terminals show it; none for the terminal's own.
fn colour(colour: Color) -> Option<String> {
    /// The sixteen, as xterm has them.
    const NAMED: [&str; 16] = [
        "#000000", "#cd0000", "#00cd00", "#cdcd00", "#0000ee", "#cd00cd", "#00cdcd", "#e5e5e5", "#7f7f7f", "#ff0000",
        "#00ff00", "#ffff00", "#5c5cff", "#ff00ff", "#00ffff", "#ffffff",
    ];
    let named = |index: u8| NAMED[usize::from(index % 16)].to_owned();
    Some(match colour {
        Color::Reset => return None,
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Indexed(index @ 0..16) => named(index),
        Color::Indexed(index @ 16..232) => {
            let level = |part: u8| if part == 0 { 0 } else { 55 + part * 40 };
            let cube = index - 16;
            format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        Color::Indexed(index) => {
            let grey = 8 + (index - 232) * 10;
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => named(8),
        Color::LightRed => named(9),
        Color::LightGreen => named(10),
        Color::LightYellow => named(11),
        Color::LightBlue => named(12),
        Color::LightMagenta => named(13),
        Color::LightCyan => named(14),
        Color::White => named(15),
    })
}

#[test]
fn wide_characters_take_two_cells_and_nothing_of_a_text_is_markup() {
    let mut drawn = Buffer::empty(ratatui::layout::Rect::new(0, 0, 8, 1));
    drawn.set_string(0, 0, "a日<b", ratatui::style::Style::new().fg(Color::Indexed(114)));
    assert!(picture(&drawn, LIGHT).contains(LIGHT.ground));
    let svg = picture(&drawn, DARK);
    assert!(svg.contains("<text x=\"8.4\" y=\"13.0\" textLength=\"16.8\" fill=\"#87d787\""), "{svg}");
    assert!(svg.contains("<text x=\"25.2\" y=\"13.0\" textLength=\"16.8\" fill=\"#87d787\">&lt;b</text>"), "{svg}");
}
