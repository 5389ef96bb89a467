//! Other keys and passwords, where they were asked for: of the agent, and of the database.
//!
//! They come when all else is as it should be, and nothing waits for them: what is there goes on until they have come.

use super::{Next, Wanted, step};
use crate::model::{AgentReport, DoltState, Instance, Step};

/// Another identity for the agent; none: the one that it has will do, or it cannot be given one.
pub(super) fn renew(wanted: &Wanted<'_>, instance: &Instance, report: Option<&AgentReport>) -> Option<Next> {
    let trust = report?.trust.filter(|trust| trust.renews)?;
    let reason = if !trust.in_step {
        "it is to know the control plane by the authorities of now, and to be known by the newest"
    } else if trust.number < wanted.record.identity_wanted {
        "another identity of its agent was asked for"
    } else {
        return None;
    };
    Some(step(wanted, Step::RenewIdentity { instance: instance.id.clone() }, reason))
}

/// Other passwords in its database; none: they were not asked for, or cannot be had now.
pub(super) fn logins(wanted: &Wanted<'_>, instance: &Instance, report: Option<&AgentReport>) -> Option<Next> {
    let report = report.filter(|report| report.dolt == DoltState::Up)?;
    let can = report.trust.is_some_and(|trust| trust.renews);
    let asked = wanted.record.logins_wanted != wanted.record.logins_done;
    let renew = || Step::RenewLogins { instance: instance.id.clone(), id: wanted.record.logins_wanted.clone() };
    (can && asked).then(|| step(wanted, renew(), "other passwords were asked for"))
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{aws, but, some_desired, written_down},
        *,
    };
    use crate::{
        model::{Record, Seen, Trust},
        reconcile::plan,
    };
    use jiff::Timestamp;

    /// As in the other tests of the plan.
    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn next(record: &Record, trust: Option<Trust>, dolt: DoltState) -> Next {
        let observed = but(|observed| {
            if let Seen::Present(report) = &mut observed.agent {
                (report.trust, report.dolt) = (trust, dolt);
            }
        });
        let (desired, site) = (some_desired(), aws());
        plan::next(&Wanted { desired: Some(&desired), record, intended: None, site: &site }, &observed, NOW)
    }

    fn action(next: &Next) -> &'static str {
        match next {
            Next::Do(planned) => planned.step.action(),
            _ => "nothing",
        }
    }

    const IN_STEP: Trust = Trust { number: 5, in_step: true, database: true, renews: true };

    #[test]
    fn it_is_renewed_until_it_shows_what_was_asked_for() {
        let of = |identity_wanted| Record { identity_wanted, ..written_down() };
        assert_eq!(action(&next(&of(6), Some(IN_STEP), DoltState::Up)), "renew-identity");
        assert_eq!(next(&of(5), Some(IN_STEP), DoltState::Up), Next::Settled);
        let out = Trust { in_step: false, ..IN_STEP };
        assert_eq!(action(&next(&of(0), Some(out), DoltState::Up)), "renew-identity");
    }

    /// It would be refused for ever, and its deployment would count as failing.
    #[test]
    fn what_an_older_agent_cannot_do_is_not_asked_of_it() {
        let record = Record { identity_wanted: 9, logins_wanted: "op-1".into(), ..written_down() };
        for trust in [None, Some(Trust { renews: false, in_step: false, ..IN_STEP })] {
            assert_eq!(next(&record, trust, DoltState::Up), Next::Settled);
        }
    }

    #[test]
    fn passwords_are_changed_once_for_each_asking_and_only_where_dolt_answers() {
        let asked = Record { logins_wanted: "op-1".into(), ..written_down() };
        assert_eq!(action(&next(&asked, Some(IN_STEP), DoltState::Up)), "renew-logins");
        assert_ne!(action(&next(&asked, Some(IN_STEP), DoltState::Down)), "renew-logins");
        let done = Record { logins_done: "op-1".into(), ..asked };
        assert_eq!(next(&done, Some(IN_STEP), DoltState::Up), Next::Settled);
    }
}
