//! `doltops doctor`: what is missing before anything is created, and how to mend it.

use super::{
    Output, Stop, json,
    output::Tone,
    text::{clean, width},
};
use crate::doctor::{Finding, Outcome, Report};

/// Something is missing: the command has done its work, and scripts are to stop here.
const SOMETHING_MISSING: u8 = 1;

/// Shows what was found; gives the exit code.
pub fn show(report: &Report, out: &mut Output) -> u8 {
    let shown = if out.is_json() { out.json(&json::Examination::from(report)) } else { table(report, out) };
    match (super::finish(shown, out), report.is_well()) {
        (0, false) => SOMETHING_MISSING,
        (code, _) => code,
    }
}

/// A line a finding, what to do about it below: commands are to be copied whole, and columns would break them.
fn table(report: &Report, out: &mut Output) -> Result<(), Stop> {
    let widest = |of: fn(&Finding) -> usize| report.findings.iter().map(of).max().unwrap_or(0);
    let (outcomes, checks) = (widest(|it| width(it.outcome.as_str())), widest(|it| width(&it.check)));
    for finding in &report.findings {
        let (symbol, word) = (finding.outcome.symbol(), finding.outcome.as_str());
        let outcome = format!("{symbol} {word}{}", " ".repeat(outcomes - width(word)));
        let check = clean(&finding.check);
        let gap = " ".repeat(checks.saturating_sub(width(&check)));
        out.toned_start(&outcome, tone(finding.outcome))?;
        out.line(format!("  {check}{gap}  {}", clean(&finding.found)).trim_end())?;
        if !finding.next.is_empty() {
            // Under what was found: "✓ ", the columns and their gaps.
            let indent = " ".repeat(2 + outcomes + 2 + checks + 2);
            out.line(&format!("{indent}→ {}", clean(&finding.next)))?;
        }
    }
    out.note(&report.summary());
    Ok(())
}

fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Ok => Tone::Good,
        Outcome::NotChecked => Tone::Faint,
        Outcome::Warning => Tone::Warn,
        Outcome::Missing => Tone::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Format;
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex},
    };

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("whole").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn shown(format: Format, report: &Report) -> (u8, String) {
        let written = Written::default();
        let mut out = Output::to(format, Box::new(written.clone()), Box::new(io::sink()));
        let code = show(report, &mut out);
        let text = String::from_utf8(written.0.lock().expect("whole").clone()).expect("text");
        (code, text)
    }

    fn report() -> Report {
        let findings = vec![
            Finding::ok("dolt", "2.2.0"),
            Finding::missing("image arm64", "there is none", "packer build"),
            Finding::not_checked("delegation", "no answer"),
        ];
        Report { findings }
    }

    #[test]
    fn lines_line_up_and_say_what_to_do() {
        let expected = "\
✓ ok           dolt         2.2.0
✗ missing      image arm64  there is none
                            → packer build
? not checked  delegation   no answer
";
        assert_eq!(shown(Format::Table, &report()), (1, expected.to_owned()));
    }

    #[test]
    fn programs_get_the_same_and_warnings_do_not_fail() {
        let (code, text) = shown(Format::Json, &report());
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((code, &json["well"]), (1, &serde_json::json!(false)));
        assert_eq!(json["findings"][2]["outcome"], "not-checked");
        assert_eq!(json["findings"][0]["next"], serde_json::Value::Null);
        let warning = Report { findings: vec![Finding::warning("memory", "little", "more")] };
        assert_eq!(shown(Format::Json, &warning).0, 0);
    }
}
