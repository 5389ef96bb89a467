//! A finding in a sentence.

use super::FindingReport;
use crate::checks::judge::{Figure, Finding, Kind, Sign};

/// What was found, in a sentence.
pub fn sentence(finding: &Finding) -> String {
    let Some(first) = finding.signs.first() else { return String::new() };
    let main = sign(first);
    // Of the others the most telling one: a mean, which a person asks for first.
    let mean = finding.signs.iter().find(|other| other.figure == Figure::Mean && other.kind == first.kind);
    match mean {
        Some(mean) if first.figure != Figure::Mean => format!("{main}; mean {}", from_to(mean)),
        _ => main,
    }
}

/// In which table and column.
pub fn place(finding: &FindingReport) -> String {
    match &finding.column {
        Some(column) => format!("{}.{column}", finding.table),
        None => finding.table.clone(),
    }
}

fn sign(sign: &Sign) -> String {
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
        Kind::Shifted => format!("{} of what came {}", sign.figure.as_str(), from_to(sign)),
        Kind::Spread => format!("what came is spread otherwise: deviation {}", from_to(sign)),
        Kind::Shares => format!("{} of what came has another value than usual", share(sign.value)),
        Kind::Outlier if sign.figure == Figure::Min => {
            format!("{} is far below all before, of which the least is {}", number(sign.value), number(sign.usual))
        }
        Kind::Outlier => {
            format!("{} is far above all before, of which the greatest is {}", number(sign.value), number(sign.usual))
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
        Kind::Drift => format!("{} of what comes has slowly gone {}", sign.figure.as_str(), drift(sign)),
        Kind::Bound => {
            format!("{} is {}, past the bound of {}", sign.figure.as_str(), number(sign.value), number(sign.usual))
        }
    }
}

fn from_to(sign: &Sign) -> String {
    format!("is {}, usually {}", number(sign.value), number(sign.usual))
}

fn drift(sign: &Sign) -> String {
    let shown = if sign.figure == Figure::NullShare { share } else { number };
    format!("from {} to {}", shown(sign.usual), shown(sign.value))
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
            assert_eq!(sentence(&finding(&signs)), said);
        }
    }
}
