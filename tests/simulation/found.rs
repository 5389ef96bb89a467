//! What the simulation found once, as small as it was made: each of these failed before its mend.

use super::{
    env::simulate,
    run::{Setup, Sim, run},
    schedule::{Ask, Event, Fault},
    settled,
    site::Kind,
    world::{Broken, lock},
};
use std::time::Duration;

fn holds(schedule: &[(u64, Event)]) -> String {
    holds_in(Kind::Local, schedule)
}

fn holds_in(kind: Kind, schedule: &[(u64, Event)]) -> String {
    let schedule: Vec<_> = schedule.iter().map(|(at, event)| (Duration::from_secs(*at), event.clone())).collect();
    let outcome = run(Setup { seed: 0, broken: Broken::Nothing, kind, processes: 1, traced: true }, &schedule);
    assert!(outcome.violation.is_none(), "{:?}\n{}", outcome.violation, outcome.trace.join("\n"));
    outcome.trace.join("\n")
}

fn ask(ask: Ask) -> Event {
    Event::Ask { name: 0, ask }
}

fn create() -> Event {
    ask(Ask::Create { kind: 0, gib: 1, stopped: false })
}

/// Seed 39: it was written down as serving, and its agent, which had only its first identity, was refused for ever.
#[test]
fn what_is_stopped_in_its_first_boot_can_be_started() {
    holds(&[(1, create()), (3, ask(Ask::Stop)), (60, ask(Ask::Start))]);
}

/// Seed 1269: a host that had just begun asked a silent agent for 3 s, and then stopped what was paused meanwhile.
#[test]
fn what_is_paused_during_the_look_is_not_touched() {
    let blind = Event::Blind { lasting: Duration::from_secs(3) };
    let mute = Event::Mute { name: 0, lasting: Duration::from_secs(60) };
    let kill = Event::Kill { process: 0 };
    let (stop, pause) = (ask(Ask::Stop), ask(Ask::Pause));
    let told = holds(&[(1, create()), (100, blind), (100, mute), (101, stop), (102, kill), (105, pause)]);
    assert!(told.contains("Pause orders") && !told.contains("stop-instance"), "{told}");
}

/// Seed 80: the token of its first volume was used again, with other parameters, and refused for ever.
#[test]
fn what_was_deleted_before_it_served_comes_back() {
    let delete = ask(Ask::Delete { right: true });
    holds(&[(1, create()), (3, delete), (300, ask(Ask::Back { all: false, commits: 3 }))]);
}

/// Seed 201: the instance was ended, and launched again, for a volume that did not show yet.
#[test]
fn a_look_that_contradicts_itself_ends_nothing() {
    let stale = Event::Stale { which: 1, age: Duration::from_secs(40), lasting: Duration::from_secs(60) };
    assert!(!holds(&[(1, create()), (3, stale)]).contains("terminate-instance"));
}

/// Seed 316, in the first mend of seed 80: its record went back to the terminated instance of its earlier life.
#[test]
fn what_comes_back_stopped_keeps_its_numbers() {
    let (delete, back) = (Ask::Delete { right: true }, Ask::Back { all: false, commits: 3 });
    holds(&[(1, create()), (100, ask(Ask::Stop)), (200, ask(delete)), (400, ask(back))]);
}

/// Seed 324: what the stopped agent had said was forgotten, and the plan of its start lacked the deploy.
#[test]
fn the_plan_of_a_start_knows_what_was_set_meanwhile() {
    let set = ask(Ask::Set { which: 0 });
    holds(&[(1, create()), (100, ask(Ask::Stop)), (3200, set), (3300, ask(Ask::Start))]);
}

/// A final copy that does not show yet: it came back with an empty volume.
#[test]
fn what_comes_back_never_comes_back_empty() {
    let stale = Event::Stale { which: 2, age: Duration::from_secs(100), lasting: Duration::from_secs(60) };
    let back = ask(Ask::Back { all: false, commits: 3 });
    holds(&[(1, create()), (100, ask(Ask::Delete { right: true })), (190, stale), (191, back)]);
}

/// The machine slept between an agent's first word and its deploy, until its first identity had passed.
#[test]
fn an_agent_whose_first_identity_passed_is_replaced() {
    let refused = |after| Event::Fault { after, fault: Fault::Refused };
    let mut schedule = vec![(1, create())];
    schedule.extend((0..8).map(|after| (2, refused(after))));
    schedule.push((50, Event::Sleep { lasting: Duration::from_secs(3600) }));
    schedule.push((3700, Event::Blind { lasting: Duration::ZERO }));
    holds(&schedule);
}

/// Like AWS, seed 713: a token that was refused for capacity was asked for again later, its answer was lost, and the
/// launch was taken for refused: another one was asked for in the other zone.
#[test]
fn a_launch_that_was_refused_before_may_still_lose_its_answer() {
    let full = Event::Full { kind: 3, zone: 2, lasting: Duration::from_secs(150) };
    let mut schedule = vec![(1, full), (2, create())];
    // The first call after the refusals are forgotten, and the one that writes it down before.
    let lost = || Event::Fault { after: 1, fault: Fault::LosesAnswer };
    schedule.push((20, lost()));
    assert!(holds_in(Kind::Aws, &schedule).contains("LosesAnswer"));
}

/// Like AWS, seed 1616: while its name was somebody else's nothing was written down, and a volume that was detached was
/// attached to the running instance, whose Dolt stayed dead.
#[test]
fn what_lost_its_volume_before_it_was_written_down_boots_with_it() {
    let schedule = [(1, create()), (2, Event::Foreign { name: 0 }), (100, Event::Detached { name: 0 })];
    assert!(holds_in(Kind::Aws, &schedule).contains("stop-instance"));
}

/// Like AWS, seed 329: the process that knew that the instance had its volume before it was detached was killed. The next
/// one had not heard the agent, attached the volume to the running instance, and its filesystem stayed dead.
#[test]
fn what_lost_its_volume_is_booted_by_a_process_that_knows_only_the_agents_word() {
    let schedule = [
        (1, create()),
        (2, Event::Foreign { name: 0 }),
        (100, Event::Detached { name: 0 }),
        (100, Event::Kill { process: 0 }),
    ];
    assert!(holds_in(Kind::Aws, &schedule).contains("stop-instance"));
}

/// EC2 shows a terminated instance for about an hour and knows its token for longer: the token was asked for again for
/// ever.
#[test]
fn a_launch_whose_instance_ended_and_was_forgotten_gives_way_to_the_next() {
    simulate(async {
        let mut sim = Sim::new(Setup { seed: 7, broken: Broken::Nothing, kind: Kind::Aws, processes: 1, traced: true });
        sim.until(Duration::from_secs(1)).await;
        {
            let mut world = lock(&sim.world);
            // The first effect writes the launch down, the second is the launch.
            let launch = world.effects + 1;
            world.faults.insert(launch, Fault::LosesAnswer);
        }
        sim.ask(0, &Ask::Create { kind: 0, gib: 1, stopped: false }).await.expect("it is accepted");
        while lock(&sim.world).machines.is_empty() {
            let now = lock(&sim.world).now();
            assert!(now < Duration::from_secs(60), "an instance begins within a minute");
            sim.until(now + Duration::from_millis(5)).await;
        }
        {
            let mut world = lock(&sim.world);
            world.machines.clear();
            world.remember_view();
        }
        sim.settle().await;
        let world = lock(&sim.world);
        assert_eq!(world.violation, None, "{}", world.trace.clone().unwrap_or_default().join("\n"));
        let serving: Vec<_> = world.machines.values().filter(|machine| machine.agent.deployed.is_some()).collect();
        assert!(matches!(serving[..], [one] if one.told.incarnation.0 == 2), "{}", settled::end(&world));
    });
}

/// The views matrix: by a clock ten minutes ahead of the cloud's each new instance had been silent for ten minutes, and was
/// ended as soon as it ran; so it was when the clock jumped while one booted.
#[test]
fn a_clock_that_is_ahead_or_jumps_ends_no_new_instance() {
    let skew = |seconds| Event::Skew { process: 0, seconds };
    let schedules = [
        vec![(0, skew(600)), (1, create())],
        vec![(1, create()), (12, skew(600)), (22, skew(0))],
        vec![(0, skew(-600)), (1, create())],
    ];
    for schedule in schedules {
        let trace = holds_in(Kind::Aws, &schedule);
        assert!(!trace.contains("terminate"), "{trace}");
    }
}
