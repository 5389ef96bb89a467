//! How texts, sizes and times are written on the screen.
//!
//! Guarantees: [`clean`] leaves nothing that could move the cursor, change a colour or turn the order of a line; every
//! text from outside goes through it (see `incoming`). Ages go in steps, so that time alone redraws little.

use jiff::{Timestamp, tz::TimeZone};
use std::fmt::Display;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Spaces for a tab: logs and SQL results are narrow columns here.
const TAB: &str = "    ";

/// The sign for a character that cannot be shown.
const HIDDEN: char = '�';

/// `text` without escape sequences, control characters, and characters that reorder or hide others.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_escape(&mut chars),
            '\t' => out.push_str(TAB),
            '\n' => out.push(' '),
            c if c.is_control() || is_format(c) => {}
            // A skin's colour: some terminals draw it over the hand before it, others beside it; and it makes one letter
            // of three columns with any other character.
            '\u{1f3fb}'..='\u{1f3ff}' => {}
            c => out.push(c),
        }
    }
    out
}

/// `text` with a sign in place of every character that [`clean`] would take out, one for one: for a text that is to be
/// seen whole before it is run. A tab is a space.
pub fn visible(text: &str) -> String {
    let sign = |c: char| match c {
        '\t' => ' ',
        c if c.is_control() || is_format(c) => HIDDEN,
        c => c,
    };
    text.chars().map(sign).collect()
}

/// Passes over an escape sequence whose ESC was read: CSI up to its final byte, OSC up to its end, or one character.
fn skip_escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match chars.next() {
        Some('[') => while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
        Some(']') => {
            while let Some(c) = chars.next() {
                if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                    return;
                }
            }
        }
        _ => {}
    }
}

/// Zero-width, direction-changing and other invisible format characters; and those that choose between two forms of the
/// one before, of which terminals do not agree how wide it is then.
fn is_format(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// `text` with its lines beside one another, a space between two; what it is made of is not cleaned.
pub fn one_line(text: &str) -> String {
    text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether each character is a letter of its own that takes one column: true of most texts, and known in a tenth of the
/// time that cutting into letters takes. Beside ASCII these are what lines, bars and curves are drawn with.
pub fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        || text.chars().all(|c| matches!(c, ' '..='~' | '–' | '…' | '─'..='▟' | '⠀'..='⣿'))
}

/// Columns that `text` takes, cell by cell: what is one letter to a reader, with all its marks, stands in one cell or two.
pub fn width(text: &str) -> usize {
    if is_plain(text) {
        return text.chars().count();
    }
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// `text` in at most `width` columns; what is cut off is shown by an ellipsis.
pub fn fit(text: &str, width: usize) -> String {
    if self::width(text) <= width {
        return text.to_owned();
    }
    if width == 0 {
        return String::new();
    }
    let mut out = String::new();
    let mut used = 0;
    for letter in text.graphemes(true) {
        used += letter.width();
        if used > width - 1 {
            break;
        }
        out.push_str(letter);
    }
    out.push('…');
    out
}

/// `text` in exactly `width` columns, at the left.
pub fn left(text: &str, width: usize) -> String {
    let text = fit(text, width);
    let gap = width.saturating_sub(self::width(&text));
    text + &" ".repeat(gap)
}

/// `text` in exactly `width` columns, at the right.
pub fn right(text: &str, width: usize) -> String {
    let text = fit(text, width);
    " ".repeat(width.saturating_sub(self::width(&text))) + &text
}

/// A space at which [`wrap`] breaks no line, and which it gives back as a space.
const GLUE: &str = "\u{a0}";

/// `text` as one word for [`wrap`]: a date and its time stay together.
pub fn together(text: &str) -> String {
    text.replace(' ', GLUE)
}

/// `text` in at most so many lines, the first of them of its own width; what is left out is marked at a word's end.
pub fn wrap_within(text: &str, first: usize, width: usize, most: usize) -> Vec<String> {
    let mut end = 0;
    for word in text.split_inclusive(' ') {
        if self::width(text[..end + word.len()].trim_end()) > first {
            break;
        }
        end += word.len();
    }
    let (head, rest) = text.split_at(end);
    let mut lines = match head.trim_end() {
        "" if first == width => Vec::new(),
        head => vec![head.replace(GLUE, " ")],
    };
    if !rest.is_empty() || lines.is_empty() {
        lines.extend(wrap(rest, width));
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            let room = if most == 1 { first } else { width };
            while self::width(last) + 2 > room
                && let Some((kept, _)) = last.rsplit_once(' ')
            {
                *last = kept.trim_end_matches([',', ';']).to_owned();
            }
            last.push_str(" …");
        }
    }
    lines
}

/// `text` broken between words into lines of at most `width` columns; a longer word is broken too.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line_width = lines.last().map_or(0, |line| self::width(line));
        if line_width > 0 && line_width + 1 + self::width(word) > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.into_iter().flat_map(|line| pieces(&line, width)).map(|line| line.replace(GLUE, " ")).collect()
}

/// A line in pieces of at most `width` columns, every character kept.
pub fn pieces(line: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for letter in line.graphemes(true) {
        let wide = letter.width();
        if used + wide > width && used > 0 {
            pieces.push(String::new());
            used = 0;
        }
        used += wide;
        if let Some(piece) = pieces.last_mut() {
            piece.push_str(letter);
        }
    }
    pieces
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How long `ms` is, in its largest unit: `41 s`, `5 min`, `2 h`, `12 d`.
pub fn span(ms: i64) -> String {
    match ms.max(0) {
        ms if ms < MINUTE => format!("{} s", ms / SECOND),
        ms if ms < HOUR => format!("{} min", ms / MINUTE),
        ms if ms < 2 * DAY => format!("{} h", ms / HOUR),
        ms => format!("{} d", ms / DAY),
    }
}

/// Where the text of an age changes, up to three hours, in seconds and as it is written.
///
/// From the first minute on an age is never read as more than a third less than it is, but for the second minute, which
/// everybody counts so. Finer steps would be truer, and each is a moment at which a screen that nobody touches is drawn
/// again: from ten minutes on they are two minutes apart at least, from an hour on half an hour, later an hour and a day.
const STEPS: [(i64, &str); 25] = [
    (0, "now"),
    (10, "10 s"),
    (20, "20 s"),
    (30, "30 s"),
    (45, "45 s"),
    (60, "1 min"),
    (2 * 60, "2 min"),
    (3 * 60, "3 min"),
    (4 * 60, "4 min"),
    (5 * 60, "5 min"),
    (6 * 60, "6 min"),
    (7 * 60, "7 min"),
    (8 * 60, "8 min"),
    (9 * 60, "9 min"),
    (10 * 60, "10 min"),
    (12 * 60, "12 min"),
    (15 * 60, "15 min"),
    (20 * 60, "20 min"),
    (25 * 60, "25 min"),
    (30 * 60, "30 min"),
    (40 * 60, "40 min"),
    (50 * 60, "50 min"),
    (60 * 60, "1 h"),
    (90 * 60, "1.5 h"),
    (120 * 60, "2 h"),
];

/// How long ago `then` was, in steps: now, 10 s, …, 9 min, 10 min, 12 min, …; `–` where it never was.
pub fn age(now: i64, then: i64) -> String {
    if then == 0 {
        return "–".to_owned();
    }
    let ms = (now - then).max(0);
    if ms >= 3 * HOUR {
        return span(ms);
    }
    let step = STEPS.partition_point(|(seconds, _)| ms >= seconds * SECOND);
    STEPS[step.saturating_sub(1)].1.to_owned()
}

/// How long ago `then` was, as part of a sentence: `just now`, `10 s ago`.
pub fn ago(now: i64, then: i64) -> String {
    match age(now, then).as_str() {
        "now" => "just now".to_owned(),
        age => format!("{age} ago"),
    }
}

/// `1 commit`, `3 commits`.
pub fn plural<N: Display + PartialEq + From<u8>>(count: N, one: &str) -> String {
    let ending = if count == N::from(1) { "" } else { "s" };
    format!("{count} {one}{ending}")
}

/// What is left until `then`, in days or hours; `–` where there is no such time.
pub fn left_until(now: i64, then: i64) -> String {
    match then {
        0 => "–".to_owned(),
        then if then <= now => "over".to_owned(),
        then => span(then - now),
    }
}

/// Date and time in `zone`.
pub fn moment(ms: i64, zone: &TimeZone) -> String {
    strftime(ms, zone, "%Y-%m-%d %H:%M:%S")
}

/// Time of day in `zone`.
pub fn clock(ms: i64, zone: &TimeZone) -> String {
    strftime(ms, zone, "%H:%M:%S")
}

fn strftime(ms: i64, zone: &TimeZone, format: &str) -> String {
    match Timestamp::from_millisecond(ms) {
        Ok(time) if ms != 0 => time.to_zoned(zone.clone()).strftime(format).to_string(),
        _ => "–".to_owned(),
    }
}

/// A size: `512 B`, `61.4 MiB`, `1.2 GiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    #[allow(clippy::cast_precision_loss, reason = "three figures are shown")]
    let mut value = count as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// A rate or a count in at most four characters and a unit: `0.4`, `84`, `1.2k`, `35k`, `1.2M`.
pub fn count(value: f64) -> String {
    match value {
        v if !v.is_finite() || v <= 0.0 => "0".to_owned(),
        v if v < 9.95 => format!("{v:.1}").trim_end_matches(".0").to_owned(),
        v if v < 999.5 => format!("{v:.0}"),
        v if v < 9_950.0 => format!("{:.1}k", v / 1e3),
        v if v < 999_500.0 => format!("{:.0}k", v / 1e3),
        v => format!("{:.1}M", v / 1e6),
    }
}

/// A commit's first eight characters, as people read them.
pub fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pasted_lines_do_not_grow_together() {
        assert_eq!(one_line("the shop\r\n  is away\r\rsince 3\n"), "the shop is away since 3");
        assert_eq!(one_line("one line"), "one line");
    }

    #[test]
    fn escape_sequences_are_taken_out_whole() {
        assert_eq!(clean("\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}plain\r\n\u{202e}x\ty"), "red plain x    y");
    }

    /// Found by fuzzing: after an ASCII character it stayed, and both together were one letter of three columns.
    #[test]
    fn a_skins_colour_makes_no_letter_of_three_columns() {
        assert_eq!(clean("&\u{1f3fb} \u{1f44b}\u{1f3fd}"), "& \u{1f44b}");
        assert!(pieces(&clean("a&\u{1f3fb}b"), 2).iter().all(|piece| width(piece) <= 2));
    }

    #[test]
    fn what_is_plain_takes_a_column_a_character() {
        let plain: Vec<String> = (' '..='\u{ffff}').map(String::from).filter(|text| is_plain(text)).collect();
        assert!(plain.iter().all(|text| text.graphemes(true).map(UnicodeWidthStr::width).sum::<usize>() == 1));
        let all = plain.concat();
        assert_eq!(all.graphemes(true).count(), plain.len(), "none joins the one before it");
    }

    #[test]
    fn ages_go_in_steps() {
        let ages: Vec<String> =
            [0, 9, 10, 29, 30, 59, 60, 119, 121, 299, 300, 587, 700, 3_599, 3_600, 6_000, 10_000, 200_000]
                .iter()
                .map(|seconds| age(10_000_000_000, 10_000_000_000 - seconds * SECOND))
                .collect();
        let told = "now,now,10 s,20 s,30 s,45 s,1 min,1 min,2 min,4 min,5 min,9 min,10 min,50 min,1 h,1.5 h,2 h,2 d";
        assert_eq!(ages.join(","), told);
    }

    /// Nobody is misled by half, and nothing is drawn anew twice in a minute for the same age.
    #[test]
    fn an_age_is_never_told_much_too_young() {
        for two in STEPS.windows(2).filter(|two| two[0].0 > 60) {
            assert!((two[1].0 - two[0].0) * 3 <= two[1].0, "{two:?}");
        }
        assert!(STEPS.windows(2).filter(|two| two[0].0 >= 60).all(|two| two[1].0 - two[0].0 >= 60));
        assert!(STEPS.windows(2).filter(|two| two[0].0 >= 600).all(|two| two[1].0 - two[0].0 >= 120));
    }

    #[test]
    fn numbers_keep_their_width() {
        assert_eq!([0.0, 0.44, 8.0, 84.2, 1_234.0, 34_900.0, 1.2e6].map(count).join(" "), "0 0.4 8 84 1.2k 35k 1.2M");
        assert_eq!([5, 2_048, 64 << 20, 5 << 30].map(bytes).join(" "), "5 B 2.0 KiB 64.0 MiB 5.0 GiB");
    }

    #[test]
    fn what_terminals_do_not_agree_on_is_made_plain() {
        assert_eq!(
            clean("\u{2764}\u{fe0f} \u{1f44d}\u{1f3fd} a\u{200d}b \u{2067}שלום\u{2069}"),
            "\u{2764} \u{1f44d} ab שלום"
        );
        assert_eq!([width("لا"), width("e\u{301}"), width("東京"), width("שלום")], [2, 1, 4, 4]);
        assert_eq!((left("e\u{301}e\u{301}e\u{301}", 2), fit("東京都", 4)), ("e\u{301}…".to_owned(), "東…".to_owned()));
    }

    #[test]
    fn a_moment_is_not_torn_and_what_is_left_out_ends_at_a_word() {
        let said = format!("until {}, 71 d left", together("2027-02-21 23:16:31"));
        assert_eq!(wrap(&said, 20), ["until", "2027-02-21 23:16:31,", "71 d left"]);
        let said = "The branch cr/bigger at y2, from a1, and more of it";
        assert_eq!(wrap_within(said, 20, 30, 9), ["The branch cr/bigger", "at y2, from a1, and more of it"]);
        assert_eq!(wrap_within(said, 26, 26, 1), ["The branch cr/bigger at …"]);
        assert_eq!(wrap_within("short", 26, 26, 1), ["short"]);
        assert_eq!(wrap_within("branches of main", 3, 20, 2), ["", "branches of main"]);
    }

    proptest! {
        /// Letters with marks, wide ones, pictures and right-to-left ones: a cell has its width.
        #[test]
        fn a_cell_has_its_width(text in "[a-z\u{300}-\u{36f}\u{5d0}-\u{5ea}\u{621}-\u{64a}\u{4e00}-\u{4e20}\u{1f300}-\u{1f64f}\u{1f1e6}-\u{1f1ff}\u{fe0f}\u{200d}]{0,12}|\\PC{0,12}", room in 0_usize..20) {
            let text = clean(&text);
            prop_assert_eq!(width(&left(&text, room)), room);
            prop_assert_eq!(width(&right(&text, room)), room);
            // No letter is wider than four columns.
            prop_assert!(pieces(&text, room.max(4)).iter().all(|piece| width(piece) <= room.max(4)));
        }

        #[test]
        fn cleaned_text_has_no_control(text in "\\PC*|.*") {
            prop_assert!(!clean(&text).chars().any(|c| c.is_control() || is_format(c)));
        }

        #[test]
        fn wrapping_loses_nothing_and_fits(text in "[a-z ]{0,60}", room in 1_usize..20) {
            let lines = wrap(&text, room);
            prop_assert!(lines.iter().all(|line| width(line) <= room));
            let letters = |text: &str| text.replace(' ', "");
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }

        #[test]
        fn a_fitted_text_fits(text in ".{0,40}", room in 0_usize..30) {
            prop_assert!(width(&fit(&clean(&text), room)) <= room);
        }
    }
}
