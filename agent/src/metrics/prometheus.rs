//! Prometheus' text format, as far as it is needed: series with their values; no types, no help, no timestamps.
//!
//! Pure. A line that it does not understand is left out, and nothing makes it fail: it reads what another program says.

use std::collections::BTreeMap;

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The metric's name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its value.
    pub value: f64,
}

/// Every line that is a series.
pub fn parse(text: &str) -> impl Iterator<Item = Series> {
    text.lines().filter_map(line)
}

fn line(line: &str) -> Option<Series> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    let end = line.find(|character: char| character == '{' || character.is_whitespace())?;
    let (name, rest) = line.split_at(end);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (BTreeMap::new(), rest),
    };
    let value = rest.split_whitespace().next()?.parse().ok()?;
    (!name.is_empty()).then(|| Series { name: name.to_owned(), labels, value })
}

/// `a="b",c="d"}`, and what follows the bracket.
fn labels(mut rest: &str) -> Option<(BTreeMap<String, String>, &str)> {
    let mut labels = BTreeMap::new();
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((labels, rest));
        }
        let (name, after) = rest.split_once("=\"")?;
        let (value, after) = quoted(after)?;
        labels.insert(name.trim().to_owned(), value);
        rest = after;
    }
}

/// Up to the closing quote, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_dolt_writes_is_read() {
        let text = "# HELP dss_connects Count\n# TYPE dss_connects counter\ndss_connects 3\n\
                    dss_query_duration_bucket{le=\"0.01\"} 12\ndss_query_duration_bucket{le=\"+Inf\"} 14\n\
                    go_info{version=\"go\\\"1\\\"\", os=\"x\"} 1 1700000000\nnonsense\nsys_mem_usage 3.3685504e+07\n";
        let series: Vec<Series> = parse(text).collect();
        assert_eq!(series.len(), 5);
        assert_eq!(series[1].labels["le"], "0.01");
        assert_eq!(series[3].labels["version"], "go\"1\"");
        assert!((series[4].value - 33_685_504.0).abs() < f64::EPSILON);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fail(text in "(?s).{0,200}") {
            parse(&text).for_each(drop);
        }

        #[test]
        fn nothing_that_looks_like_a_series_makes_it_fail(text in r#"[a-z]{0,3}(\{[a-z="\\,}é]{0,12}){0,2} ?[0-9eE+.Inf-]{0,6}"#) {
            parse(&text).for_each(drop);
        }

        #[test]
        fn what_is_written_is_read(name in "[a-z_:]{1,12}", label in "[a-z]{1,8}", value in any::<u32>()) {
            let text = format!("{name}{{x=\"{label}\"}} {value}");
            let read: Vec<Series> = parse(&text).collect();
            prop_assert_eq!(read.len(), 1);
            prop_assert_eq!(&read[0].labels["x"], &label);
            prop_assert!((read[0].value - f64::from(value)).abs() < f64::EPSILON);
        }
    }
}
