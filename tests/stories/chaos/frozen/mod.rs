//! The holder of the lease is frozen, longer than its lease lasts, and thawed: another daemon acts by then.
//!
//! Two daemons with state folders of their own, on one store and one account, as on two machines. Each speaks to the store
//! and to AWS through a [`witness`], so that what reached them after the thaw is known by whose it is; what agents let in
//! they say themselves.
//!
//! The frozen one is in the middle of something each time. What it had asked for before it froze may be carried out once
//! more, since it is asked for under the same token; nothing else may come of it.

mod cloud;
mod sql;
mod witness;

use super::{asked, clients::Client, length, seed};
use crate::{
    aws::Aws,
    simulation::random::Random,
    support::{
        dolt::{self, Dolt, PASSWORD},
        sandbox::{DOLTOPS, Sandbox, send, wait_for_within},
        writer,
    },
};
use doltops_agent::clock;
use doltops_stand_in::{Options, keeper::Agents, settings};
use serde_json::Value;
use std::{path::Path, thread, time::Duration};
use tokio::runtime::Runtime;
use witness::Witness;

/// A lease lasts 10 s: the frozen one wakes up when it is another's.
const FROZEN: Duration = Duration::from_secs(16);

/// The one that was thawed is watched for so long: its own timers have all come by then.
const WATCHED: Duration = Duration::from_secs(15);

/// Everything takes at most this on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// How often it is done where a length was asked for: each time at another moment of what is under way.
const ROUNDS: u32 = 4;

/// One daemon, and who reads along.
struct Daemon {
    folder: Sandbox,
    pid: u32,
    store: Witness,
    cloud: Witness,
}

impl Daemon {
    /// On a machine of its own, as it were.
    fn start(runtime: &Runtime, aws: &Aws, store: &Dolt, number: usize) -> Self {
        let (store, cloud) = runtime.block_on(async {
            let proxy = aws.stand_in.proxy.address;
            (Witness::before::<sql::Sql>(store.address).await, Witness::before::<cloud::Cloud>(proxy).await)
        });
        let file = settings::write(&aws.stand_in).expect("a configuration");
        let mut table: toml::Table = std::fs::read_to_string(&file).expect("read").parse().expect("valid");
        let section = table["aws"].as_table_mut().expect("a table");
        section.insert("endpoint_url".to_owned(), format!("http://{}", cloud.address).into());
        let file = file.with_file_name(format!("daemon-{number}.toml"));
        std::fs::write(&file, table.to_string()).expect("written");
        let mut folder = Aws::folder(&file);
        folder.set("DOLTOPS_STORE", format!("mysql://root:{PASSWORD}@{}/doltops", store.address));
        let pid = folder.host();
        Self { folder, pid, store, cloud }
    }

    fn status(&self) -> Value {
        let said = self.folder.ask("status");
        if said.code == 0 { said.json() } else { Value::Null }
    }

    fn holds(&self) -> bool {
        self.status()["lease"] == "held"
    }

    fn settled(&self, what: &str) -> Vec<Value> {
        wait_for_within(PATIENCE, what, || {
            let said = self.folder.ask("list");
            let list = (said.code == 0).then(|| said.json().as_array().cloned())??;
            list.iter().all(|it| it["phase"] == "settled" && it["health"] == "healthy").then_some(list)
        })
    }
}

/// What came of one frozen daemon.
#[derive(Debug, Default)]
struct Outcome {
    frozen: Duration,
    took_over: Duration,
    store: Vec<String>,
    agents: Vec<String>,
    cloud: Vec<String>,
    looks: usize,
}

/// Everything that agents have let in, a line for each.
fn let_in(hardware: &Path) -> Vec<String> {
    let folders = std::fs::read_dir(hardware).into_iter().flatten().flatten();
    let logs = folders.filter_map(|folder| std::fs::read_to_string(folder.path().join("agent.log")).ok());
    logs.flat_map(|log| {
        log.lines().filter(|line| line.contains("a change is let in")).map(str::to_owned).collect::<Vec<_>>()
    })
    .collect()
}

/// Freezes the holder in the middle of `work`, has the other take over, thaws, and watches.
fn freeze(aws: &Aws, holder: &Daemon, other: &Daemon, round: u32, random: &mut Random) -> Outcome {
    let length = asked("FREEZE").map_or(FROZEN, |s| Duration::from_secs(s.parse().expect("seconds are a number")));
    let epoch = holder.status()["epoch"].as_u64().expect("an epoch");
    for words in [format!("create fresh-{round}"), format!("set orders max_connections={}", 60 + round)] {
        holder.folder.ask(&words).json();
    }
    thread::park_timeout(Duration::from_millis(random.below(3_000)));
    let began = clock::instant();
    send(holder.pid, "STOP");
    wait_for_within(PATIENCE, "the other to act", || other.holds().then_some(()));
    let took_over = clock::instant() - began;
    other.folder.ask(&format!("set orders max_connections={}", 90 + round)).json();
    other.settled("the other to do all that was asked for");
    while clock::instant() - began < length {
        thread::park_timeout(length.saturating_sub(clock::instant() - began));
    }

    let (store, cloud) = (holder.store.so_far(), holder.cloud.so_far());
    let before = let_in(&aws.hardware());
    let of_the_frozen = format!("epoch={epoch} ");
    let saw_it_before = before.iter().any(|line| line.contains(&of_the_frozen));
    assert!(store > 0 && cloud > 0 && saw_it_before, "the witnesses are blind: {before:?}");
    send(holder.pid, "CONT");
    let thawed = clock::instant();
    let frozen = thawed - began;
    wait_for_within(PATIENCE, "it to see that another acts", || (holder.status()["lease"] == "waiting").then_some(()));
    other.folder.ask("restart orders").json();
    wait_for_within(PATIENCE, "its timers", || (clock::instant() - thawed > WATCHED).then_some(()));
    let calls = holder.cloud.since(cloud);
    let agents = let_in(&aws.hardware()).into_iter().filter(|line| !before.contains(line));
    Outcome {
        frozen,
        took_over,
        store: holder.store.since(store),
        agents: agents.filter(|line| line.contains(&of_the_frozen)).collect(),
        looks: calls.iter().filter(|call| !cloud::changes(call)).count(),
        cloud: calls.into_iter().filter(|call| cloud::changes(call)).collect(),
    }
}

fn print(outcomes: &[Outcome], acknowledged: u64, lost: u64) {
    println!("\nthe lease's holder frozen and thawed, on the AWS stand-in, two daemons on one store");
    println!(
        "  frozen  taken over after   accepted of it: store  agents   calls that reached the cloud: changing  reading"
    );
    for it in outcomes {
        let (frozen, took) = (it.frozen.as_secs_f64(), it.took_over.as_secs_f64());
        let (store, agents, cloud) = (it.store.len(), it.agents.len(), it.cloud.len());
        println!("  {frozen:>5.1}s  {took:>15.1}s {store:>22} {agents:>7} {cloud:>40} {:>8}", it.looks);
    }
    for call in outcomes.iter().flat_map(|it| &it.cloud) {
        println!("  it was in flight: {call}");
    }
    println!("  rows acknowledged {acknowledged}, lost {lost}");
}

/// What it does after the thaw is refused, or does not happen; what it did before is there once; no client notices.
#[test]
fn a_frozen_holder_does_nothing_once_it_is_thawed() {
    if !super::is_asked("aws") {
        return;
    }
    let runtime = Runtime::new().expect("a runtime");
    let store = runtime.block_on(Dolt::in_the_clear());
    let agents = Agents::Processes { launcher: DOLTOPS.into(), dolt: dolt::binary() };
    let aws = Aws::on(Options { agents: Some(agents), acme: false, ..Options::default() }, &[]);
    let first = Daemon::start(&runtime, &aws, &store, 1);
    wait_for_within(PATIENCE, "the first to act", || first.holds().then_some(()));
    let second = Daemon::start(&runtime, &aws, &store, 2);
    first.folder.create("orders");
    let login = first.folder.ask("credentials orders").json();
    let host = login["host"].as_str().expect("a host name");
    let options = writer::options(&login, aws.look_up(host).expect("its address"));

    let client = Client::new("orders");
    let mut outcomes = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| client.run(|| Some(options.clone())));
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            client.goes_on();
            let mut random = Random::new(seed());
            let rounds = if length().is_some() && asked("FREEZE").is_none() { ROUNDS } else { 1 };
            for round in 0..rounds {
                let (holder, other) = if round % 2 == 0 { (&first, &second) } else { (&second, &first) };
                outcomes.push(freeze(&aws, holder, other, round, &mut random));
            }
            let list = second.settled("everything to settle");
            let (instances, volumes) = aws.deployments_in_the_cloud();
            assert_eq!((instances.len(), volumes.len()), (list.len(), list.len()), "{instances:?} {volumes:?}");
            assert_eq!((aws.agents().len(), aws.dolts().len()), (list.len(), list.len()));
            client.goes_on();
        }));
        client.stop();
        if let Err(panic) = told {
            std::panic::resume_unwind(panic);
        }
    });
    let rows = client.count(|| Some(options.clone()));
    print(&outcomes, rows.acknowledged, rows.lost);
    assert_eq!(rows.lost, 0);
    for it in outcomes {
        assert!(it.store.is_empty() && it.agents.is_empty(), "accepted of a daemon that had lost the lease: {it:#?}");
        assert!(it.cloud.len() <= 1, "more than the call in flight: {it:#?}");
    }
}
