//! What holds whatever is wanted and whatever was seen.

use super::{
    any::{any_desired, any_observed, any_record, any_site},
    *,
};

fn position(preview: &Preview, which: impl Fn(&Step) -> bool) -> Option<usize> {
    preview.steps.iter().position(|planned| which(&planned.step))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn every_plan_has_an_end(desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site()) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &site };
        let plan = preview(&wanted, &observed, NOW);
        prop_assert!(!plan.blocked.as_ref().is_some_and(|why| why.contains("no end")), "{plan:#?}");
    }

    #[test]
    fn data_goes_only_by_request_and_after_its_copy(
        desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site(),
    ) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &site };
        let plan = preview(&wanted, &observed, NOW);
        prop_assert!(desired.is_some() || plan.away_seconds == 0, "what goes for good is not away for a while");
        if let Some(destroyed) = position(&plan, Step::destroys_data) {
            prop_assert!(desired.is_none() && record.deletion.is_some());
            let copied = position(&plan, |step| matches!(step, Step::TakeFinalCopy { .. })).is_some_and(|at| at < destroyed);
            let volume = observed.volume.present().map(|volume| &volume.id);
            let was_there = observed.copy.present().is_some_and(|copy| Some(&copy.volume) == volume);
            prop_assert!(copied || was_there, "{plan:#?}");
            let name = position(&plan, |step| matches!(step, Step::WithdrawName { .. }));
            prop_assert!(name.is_none_or(|at| at < destroyed), "its name goes first: {plan:#?}");
            let reason = &plan.steps[destroyed].reason;
            prop_assert!(was_there || reason.ends_with("; its data is kept in the final copy"), "{reason}");
        }
    }

    #[test]
    fn nothing_is_launched_beside_what_lives(desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site()) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &site };
        if let Next::Do(PlannedStep { step: Step::LaunchInstance { incarnation, .. }, .. }) = next(&wanted, &observed, NOW) {
            prop_assert!(living(&observed).is_none() && observed.older.is_empty());
            prop_assert!(incarnation > record.incarnation);
        }
    }

    #[test]
    fn what_is_unknown_is_never_acted_on(desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site()) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &site };
        for unknown_one in [
            Observed { instance: Seen::Unknown, ..observed.clone() },
            Observed { volume: Seen::Unknown, ..observed.clone() },
            Observed { name: Seen::Unknown, ..observed.clone() },
            Observed { address: Seen::Unknown, ..observed.clone() },
        ] {
            if !unknown(&site, &unknown_one) {
                continue;
            }
            let next = next(&wanted, &unknown_one, NOW);
            prop_assert!(matches!(next, Next::Settled | Next::Wait(Waiting::Look)), "{next:?}");
        }
    }

    #[test]
    fn a_paused_deployment_is_left_alone(desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site()) {
        let paused = desired.map(|desired| Desired { paused: true, ..desired });
        if let Some(desired) = &paused {
            let wanted = Wanted { desired: Some(desired), record: &record, intended: None, site: &site };
            prop_assert_eq!(next(&wanted, &observed, NOW), Next::Settled);
        }
    }

    #[test]
    fn a_name_leads_only_to_what_serves(
        desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site(),
    ) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &site };
        if let Next::Do(PlannedStep { step: Step::PublishName { .. }, .. }) = next(&wanted, &observed, NOW) {
            let instance = living(&observed).expect("it leads somewhere");
            prop_assert_eq!(instance.state, InstanceState::Running);
            prop_assert!(observed.agent.present().is_some_and(|report| report.dolt == DoltState::Up));
            prop_assert!(!site.volume_follows || observed.volume.present().is_some_and(|v| v.attached.as_ref() == Some(&instance.id)));
            prop_assert!(observed.name.present().is_none_or(|found| found.owner == Some(id())), "nobody else's is overwritten");
        }
        // And the whole plan of something that is to run ends with its name where it serves.
        let plan = preview(&wanted, &observed, NOW);
        let runs = desired.as_ref().is_some_and(|desired| desired.power == Power::Running && !desired.paused);
        if let (Some(published), true) = (position(&plan, |step| matches!(step, Step::PublishName { .. })), runs) {
            prop_assert_eq!(published + 1, plan.steps.len(), "{:#?}", plan);
        }
    }

    #[test]
    fn no_name_leads_to_what_is_stopped(
        desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site(),
    ) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &site };
        let ours = observed.name.present().is_some_and(|found| site.names && found.owner == Some(id()));
        let on_purpose = desired.as_ref().is_none_or(|desired| desired.power == Power::Stopped);
        if let (Next::Do(PlannedStep { step: Step::StopInstance { .. }, .. }), true) = (next(&wanted, &observed, NOW), on_purpose) {
            prop_assert!(!ours);
        }
    }

    #[test]
    fn a_volume_is_made_and_attached_only_where_its_instance_is(
        desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site(),
    ) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &site };
        let Next::Do(planned) = next(&wanted, &observed, NOW) else { return Ok(()) };
        match planned.step {
            Step::CreateVolume { zone, .. } => {
                prop_assert!(record.volume.is_none(), "never in place of a lost one");
                let at = living(&observed).map(|instance| instance.zone.clone()).unwrap_or_default();
                prop_assert_eq!(zone.unwrap_or_default(), at);
                prop_assert_eq!(site.volume_follows, living(&observed).is_some());
            }
            Step::AttachVolume { instance, .. } => {
                let (at, volume) = (living(&observed).expect("one lives"), observed.volume.present().expect("a volume"));
                prop_assert_eq!(&at.id, &instance);
                prop_assert!(volume.attached.is_none());
                prop_assert!(at.zone == volume.zone || at.zone.is_empty() || volume.zone.is_empty());
            }
            Step::LaunchInstance { zone, .. } if site.volume_follows => {
                let bound = observed.volume.present().map(|volume| volume.zone.clone()).filter(|zone| !zone.is_empty());
                prop_assert_eq!(zone, bound);
            }
            _ => {}
        }
    }
}
