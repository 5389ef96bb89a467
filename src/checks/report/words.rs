//! A finding in a sentence.

use super::FindingReport;
use crate::checks::{
    figures::Class,
    history::{Evidence, Part},
    judge::{Figure, Finding, Kind, Sign},
};
use jiff::{Timestamp, tz::TimeZone};

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// What was found, in a sentence; `class`: how the values of its column are measured.
pub fn sentence(finding: &Finding, class: Class) -> String {
    let Some(first) = finding.signs.first() else { return String::new() };
    let main = sign(first, class);
    // Of the others the most telling one: a mean, which a person asks for first.
    let mean = finding.signs.iter().find(|other| other.figure == Figure::Mean && other.kind == first.kind);
    match mean {
        Some(mean) if first.figure != Figure::Mean => {
            format!("{main}; {} {}", named(mean, class), from_to(mean, class))
        }
        _ => main,
    }
}

/// How many rows have to do with a finding, and how many of them are shown; none where there are none.
pub fn counted(evidence: &Evidence) -> Option<String> {
    let shown = evidence.rows.len();
    let of = if evidence.counted { evidence.of.to_string() } else { format!("at least {}", evidence.of) };
    let did = match evidence.part {
        Part::Each => "that did it",
        Part::Farthest => "that came, those farthest from the usual first",
        Part::Together => "that came",
    };
    match (shown, evidence.has_more()) {
        (0, _) => None,
        (1, false) => Some(format!("the row {did}").replace(", those farthest from the usual first", "")),
        (_, false) => Some(format!("all {of} rows {did}")),
        (_, true) => Some(format!("{shown} of {of} rows {did}")),
    }
}

/// In which table and column.
pub fn place(finding: &FindingReport) -> String {
    match &finding.column {
        Some(column) => format!("{}.{column}", finding.table),
        None => finding.table.clone(),
    }
}

fn sign(sign: &Sign, class: Class) -> String {
    let about = sign.about.as_ref().map(|value| format!("'{value}'")).unwrap_or_default();
    match sign.kind {
        Kind::Emptied => format!("its last row has gone; there were {}", number(sign.usual)),
        Kind::Nulls => format!("{} of what came is NULL, usually {}", share(sign.value), share(sign.usual)),
        Kind::Constant => {
            let value = if about.is_empty() { "one value" } else { &about };
            format!(
                "{} of what came is {value}; the most common value usually has {}",
                share(sign.value),
                share(sign.usual)
            )
        }
        Kind::Vanished if sign.figure == Figure::Rows => {
            format!("{about} is in no row any more; it was in {}", number(sign.usual))
        }
        Kind::Vanished => format!("{about} does not come any more; it usually is {} of what comes", share(sign.usual)),
        Kind::Shifted => format!("{} of what came {}", named(sign, class), from_to(sign, class)),
        Kind::Spread => format!("what came is spread otherwise: {} {}", named(sign, class), from_to(sign, class)),
        Kind::Shares => format!("{} of what came has another value than usual", share(sign.value)),
        Kind::Outlier => {
            let (value, usual) = (amount(sign.figure, class, sign.value), amount(sign.figure, class, sign.usual));
            let value = if class == Class::Text { format!("a length of {value}") } else { value };
            let (below, least) = if sign.figure == Figure::Min { ("below", "least") } else { ("above", "greatest") };
            format!("{value} is far {below} all before, of which the {least} is {usual}")
        }
        Kind::Repeated => {
            format!("{} of the rows that came were there already, usually {}", share(sign.value), share(sign.usual))
        }
        Kind::Rows => format!(
            "{} rows were {}, usually about {}",
            number(sign.value),
            sign.figure.as_str(),
            number(sign.usual.round())
        ),
        Kind::Drift => {
            let (from, to) = (amount(sign.figure, class, sign.usual), amount(sign.figure, class, sign.value));
            format!("{} of what comes has slowly gone from {from} to {to}", named(sign, class))
        }
        Kind::Bound => {
            let (value, bound) = (amount(sign.figure, class, sign.value), amount(sign.figure, class, sign.usual));
            format!("{} is {value}, past the bound of {bound}", named(sign, class))
        }
    }
}

fn from_to(sign: &Sign, class: Class) -> String {
    let shown = |value| amount(sign.figure, class, value);
    format!("is {}, usually {}", shown(sign.value), shown(sign.usual))
}

/// The figure's name; of a text it is one of its length.
fn named(sign: &Sign, class: Class) -> String {
    let figure = sign.figure.as_str();
    if class == Class::Text && sign.figure.is_measured() {
        format!("{figure} of the length")
    } else {
        figure.to_owned()
    }
}

/// How much a figure is, as people say it: shares in percent, moments as their date.
pub fn amount(figure: Figure, class: Class, value: f64) -> String {
    match figure {
        Figure::NullShare | Figure::TopShare | Figure::Repeated => share(value),
        Figure::Deviation if class == Class::Time => format!("{} d", number(value / DAY)),
        figure if class == Class::Time && figure.is_measured() => date(value).unwrap_or_else(|| number(value)),
        _ => number(value),
    }
}

/// `2026-11-23`: a mean of moments is no more precise.
#[allow(clippy::cast_possible_truncation, reason = "a number of seconds that is no moment is refused, also a cut one")]
fn date(seconds: f64) -> Option<String> {
    Some(Timestamp::from_second(seconds as i64).ok()?.to_zoned(TimeZone::UTC).date().to_string())
}

fn share(value: f64) -> String {
    let percent = value * 100.0;
    if percent > 0.0 && percent < 10.0 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// A number with as many digits as say something.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value.fract() == 0.0 && size < 1e15 {
        return format!("{value:.0}");
    }
    match size {
        size if !(1e-4..1e9).contains(&size) => format!("{value:.3e}"),
        size if size >= 1_000.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::history::Shown;

    fn finding(signs: &[(Kind, Figure, f64, f64, Option<&str>)]) -> Finding {
        let sign = |(kind, figure, value, usual, about): &(Kind, Figure, f64, f64, Option<&str>)| Sign {
            kind: *kind,
            figure: *figure,
            value: *value,
            usual: *usual,
            score: None,
            about: about.map(str::to_owned),
        };
        Finding { commit: 0, seen: 0, column: None, signs: signs.iter().map(sign).collect() }
    }

    #[test]
    fn a_sentence_says_what_is_and_what_usually_is() {
        for (signs, said) in [
            (vec![(Kind::Nulls, Figure::NullShare, 0.8, 0.031, None)], "80 % of what came is NULL, usually 3.1 %"),
            (
                vec![
                    (Kind::Shifted, Figure::Q50, 401.5, 40.25, None),
                    (Kind::Shifted, Figure::Mean, 480.0, 48.0, None),
                ],
                "q50 of what came is 401.50, usually 40.25; mean is 480, usually 48",
            ),
            (vec![(Kind::Vanished, Figure::Rows, 0.0, 120.0, Some("DE"))], "'DE' is in no row any more; it was in 120"),
            (vec![(Kind::Rows, Figure::Removed, 900.0, 2.2, None)], "900 rows were removed, usually about 2"),
            (vec![(Kind::Drift, Figure::Q50, 2.6, 2.0, None)], "q50 of what comes has slowly gone from 2 to 2.6000"),
        ] {
            assert_eq!(sentence(&finding(&signs), Class::Number), said);
        }
    }
    /// A text's figures are those of its length, and say so; a date's are dates.
    #[test]
    fn figures_of_texts_and_dates_say_what_they_measure() {
        let shifted = finding(&[
            (Kind::Shifted, Figure::Q50, 40.0, 12.0, None),
            (Kind::Shifted, Figure::Mean, 41.5, 12.25, None),
        ]);
        let said = "q50 of the length of what came is 40, usually 12; mean of the length is 41.50, usually 12.25";
        assert_eq!(sentence(&shifted, Class::Text), said);
        let far = finding(&[(Kind::Outlier, Figure::Max, 4_000.0, 60.0, None)]);
        let said = "a length of 4000 is far above all before, of which the greatest is 60";
        assert_eq!(sentence(&far, Class::Text), said);
        let far = finding(&[(Kind::Outlier, Figure::Min, 0.0, 1_700_000_000.0, None)]);
        let said = "1970-01-01 is far below all before, of which the least is 2023-11-14";
        assert_eq!(sentence(&far, Class::Time), said);
        assert_eq!(amount(Figure::Deviation, Class::Time, 3.0 * DAY), "3 d");
        assert_eq!(amount(Figure::Distinct, Class::Time, 1_763.0), "1763");
        assert_eq!(amount(Figure::NullShare, Class::Text, 0.0307), "3.1 %");
    }

    #[test]
    fn a_sample_of_rows_is_said_to_be_one() {
        let row = Shown { change: "added".into(), cells: Vec::new() };
        let said = |shown: usize, of: usize, counted: bool, part: Part| {
            super::counted(&Evidence { rows: vec![row.clone(); shown], of, counted, part }).unwrap_or_default()
        };
        assert_eq!(said(5, 30, true, Part::Each), "5 of 30 rows that did it");
        assert_eq!(said(5, 5, true, Part::Each), "all 5 rows that did it");
        assert_eq!(said(1, 1, true, Part::Each), "the row that did it");
        assert_eq!(said(5, 30, false, Part::Each), "5 of at least 30 rows that did it");
        assert_eq!(said(5, 60, true, Part::Farthest), "5 of 60 rows that came, those farthest from the usual first");
        assert_eq!(said(1, 1, true, Part::Farthest), "the row that came");
        assert_eq!(said(0, 0, true, Part::Together), "");
    }
}
