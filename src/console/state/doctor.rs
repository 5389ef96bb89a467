//! What `doltops doctor` finds, line by line.

use crate::{
    console::state::{Ticket, list::List, loaded::Loaded},
    doctor::{Finding, Outcome, Report},
};

/// The findings.
#[derive(Clone, Debug)]
pub struct Doctor {
    /// In the order of the checks.
    pub report: Loaded<Report>,
    /// The cursor over them.
    pub list: List,
    /// Names the answer that is awaited.
    pub ticket: Ticket,
}

impl Doctor {
    /// Asked for just now.
    pub fn asked(ticket: Ticket, now: i64) -> Self {
        Self { report: Loaded::asked(now), list: List::default(), ticket }
    }

    /// It was looked at. The cursor goes to what is worst: that is what one looks for.
    pub fn set(&mut self, report: Report) {
        let of = |outcome: Outcome| report.findings.iter().position(|finding| finding.outcome == outcome);
        let worst = of(Outcome::Missing).or_else(|| of(Outcome::Warning)).unwrap_or(0);
        self.list.set_len(report.findings.len());
        self.list.set_cursor(worst);
        self.report.set(Ok(report));
    }

    /// The finding at this place.
    pub fn at(&self, place: usize) -> Option<&Finding> {
        self.report.value.as_ref()?.findings.get(place)
    }

    /// The one under the cursor.
    pub fn selected(&self) -> Option<&Finding> {
        self.at(self.list.cursor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_begins_at_what_is_worst() {
        let mut doctor = Doctor::asked(Ticket(1), 0);
        let findings =
            vec![Finding::ok("dolt", ""), Finding::warning("disk", "", ""), Finding::missing("image", "", "")];
        doctor.set(Report { findings });
        assert_eq!(doctor.selected().map(|it| it.check.as_str()), Some("image"));
        doctor.set(Report { findings: vec![Finding::ok("dolt", "")] });
        assert_eq!(doctor.selected().map(|it| it.check.as_str()), Some("dolt"));
    }
}
