//! Two daemons on one store, in one account: one acts, the other stands by and takes over; consoles follow.

use super::support::Aws;
use crate::support::{
    dolt,
    pair::Pair,
    sandbox::{DOLTOPS, Sandbox, send, wait_for},
    screen::Screen,
};
use doltops_agent::clock;
use doltops_stand_in::keeper::Agents;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::Stdio,
};

/// Both daemons, each on a state folder of its own, as on two machines.
struct House {
    // Ended before what they speak to, in this order.
    other: Sandbox,
    aws: Aws,
    store: Pair,
    urls: Vec<String>,
    pids: Vec<u32>,
}

impl House {
    fn start() -> Self {
        let agents = Agents::Processes { launcher: PathBuf::from(DOLTOPS), dolt: dolt::binary() };
        let said = [("aws", "secrets", "secrets-manager".into())];
        let mut aws = Aws::without_daemon(agents, &said);
        let store = Pair::start();
        let mut other = Sandbox::new();
        for (name, value) in aws.sandbox.variables().to_vec() {
            other.set(name, value);
        }
        for sandbox in [&mut aws.sandbox, &mut other] {
            sandbox.set("DOLTOPS_STORE", store.urls());
        }
        let mut house = Self { other, aws, store, urls: Vec::new(), pids: Vec::new() };
        for at in [0, 1] {
            let (url, pid) = house.sandbox_mut(at).listening_daemon_and_pid();
            house.urls.push(url);
            house.pids.push(pid);
        }
        house.wait_for_lease(0, "held");
        house.wait_for_lease(1, "waiting");
        house
    }

    fn sandbox(&self, at: usize) -> &Sandbox {
        if at == 0 { &self.aws.sandbox } else { &self.other }
    }

    fn sandbox_mut(&mut self, at: usize) -> &mut Sandbox {
        if at == 0 { &mut self.aws.sandbox } else { &mut self.other }
    }

    fn status(&self, at: usize) -> Value {
        self.sandbox(at).ask("status").json()
    }

    fn wait_for_lease(&self, at: usize, word: &str) -> Value {
        wait_for(&format!("daemon {at} to be {word}"), || Some(self.status(at)).filter(|it| it["lease"] == word))
    }

    /// A person elsewhere, who knows both addresses.
    fn elsewhere(&self) -> Sandbox {
        let identity = self.sandbox(0).path().join("op1.pem");
        if !identity.exists() {
            let file = identity.display().to_string();
            let made = self.sandbox(0).run(["client-certificate", "op1", "--role", "operator", "--file", &file]);
            assert_eq!(made.code, 0, "{made:?}");
        }
        let mut person = Sandbox::new();
        person.set("DOLTOPS_CONNECT", self.urls.join(","));
        person.set("DOLTOPS_IDENTITY", identity.display());
        person
    }
}

/// The one that stands by says so and for whom, shows the same fleet, and refuses changes with where to go; it takes over
/// from a clean end within a second, and from a crash within the lease's time; a console follows both times; nothing is
/// made twice.
#[test]
fn a_daemon_that_stands_by_takes_over_and_consoles_follow() {
    let mut house = House::start();
    let person = house.elsewhere();
    let made = person.ask("create orders --wait").json();
    assert_eq!(made["deployment"]["health"], "healthy", "{made}");
    let instance = person.get("orders")["observed"]["instance_id"].clone();

    let told = house.status(1);
    let acts = told["acts"].as_str().expect("a word").to_owned();
    assert!(acts.contains(&house.urls[0]), "{told}");
    let states: Vec<&Value> = told["daemons"].as_array().expect("a list").iter().map(|it| &it["state"]).collect();
    assert!(states.contains(&&json!("acting")) && states.contains(&&json!("standing by")), "{told}");
    wait_for("the standby to show the fleet as it is", || {
        let seen = house.sandbox(1).ask("get orders");
        (seen.code == 0 && seen.json()["health"] == "healthy").then_some(())
    });
    let refused = house.sandbox(1).ask("set orders max_connections=40").refusal(4);
    assert!(refused["message"].as_str().expect("words").contains("stands by"), "{refused}");
    assert!(refused["next"].as_str().expect("words").contains(&house.urls[0]), "{refused}");

    revoked_there_is_ended_here(&house);

    let mut screen = Screen::open(&person, 120, 30);
    screen.see(&["orders", "● healthy", "live"]);

    // A clean end.
    let (pid, epoch) = (house.pids[0], house.status(0)["epoch"].as_u64());
    let began = clock::instant();
    house.sandbox_mut(0).end_daemon(pid, "TERM");
    let ended = clock::instant();
    let now = house.wait_for_lease(1, "held");
    println!("a clean end: {:?} from its signal, {:?} from its end", began.elapsed(), ended.elapsed());
    assert!(now["epoch"].as_u64() > epoch, "{now}");
    person.ask("set orders max_connections=50 --wait").json();
    screen.see(&["orders", "● healthy", "live"]);

    // The first comes back, and stands by; the second is killed.
    let (url, pid) = house.sandbox_mut(0).listening_daemon_and_pid();
    (house.urls[0], house.pids[0]) = (url, pid);
    house.wait_for_lease(0, "waiting");
    let pid = house.pids[1];
    let began = clock::instant();
    house.sandbox_mut(1).end_daemon(pid, "KILL");
    house.wait_for_lease(0, "held");
    println!("a crash: {:?}", began.elapsed());
    let mut person = house.elsewhere();
    person.set("DOLTOPS_CONNECT", house.urls.join(","));
    person.ask("set orders max_connections=60 --wait").json();
    assert_eq!(person.get("orders")["observed"]["instance_id"], instance, "the same instance");
    screen.press("q");
    screen.end();
}

/// Somebody leaves, and is revoked by the daemon that acts: what they follow on the other ends.
fn revoked_there_is_ended_here(house: &House) {
    let identity = house.sandbox(0).path().join("vera.pem").display().to_string();
    let made = house.sandbox(0).run(["client-certificate", "vera", "--role", "viewer", "--file", &identity]);
    assert_eq!(made.code, 0, "{made:?}");
    let mut vera = Sandbox::new();
    vera.set("DOLTOPS_CONNECT", &house.urls[1]);
    vera.set("DOLTOPS_IDENTITY", identity);
    wait_for("the standby to let her in", || (vera.ask("list").code == 0).then_some(()));
    let mut follows = vera.program();
    follows.args(["events", "--follow"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let out = vera.start(follows).expect("piped");
    let mut lines = BufReader::new(out).lines();
    lines.next().expect("an event").expect("text");
    house.sandbox(0).ask("revoke vera").json();
    // To its end.
    for line in lines {
        line.expect("text");
    }
}

/// Who acts is frozen past its time and thawed: it finds that another acts, and stands by.
#[test]
fn a_frozen_daemon_stands_by_when_it_is_thawed() {
    let house = House::start();
    let person = house.elsewhere();
    person.ask("create orders --wait").json();
    send(house.pids[0], "STOP");
    let began = clock::instant();
    house.wait_for_lease(1, "held");
    println!("frozen: {:?} until the other acts", began.elapsed());
    person.ask("set orders max_connections=50 --wait").json();
    send(house.pids[0], "CONT");
    house.wait_for_lease(0, "waiting");
    house.sandbox(0).ask("set orders max_connections=60").refusal(4);
    person.ask("set orders max_connections=70 --wait").json();
}

/// A slip of an operator: a daemon whose folder, cloud or secrets are another control plane's is refused before it touches
/// anything.
#[test]
fn a_daemon_that_belongs_elsewhere_is_refused() {
    let house = House::start();
    let refused = |sandbox: &Sandbox, words: &[&str]| {
        let said = sandbox.run(["status", "-o", "json"]);
        assert_ne!(said.code, 0, "{said:?}");
        for word in words {
            assert!(said.err.contains(word), "{word}: {said:?}");
        }
    };
    // Instances on this machine, where the fleet is in an account.
    let mut local = Sandbox::new();
    local.set("DOLTOPS_STORE", house.store.urls());
    refused(&local, &["whose instances are processes of another machine"]);
    // A folder that was another's.
    let mut used = Sandbox::new();
    let pid = used.host();
    used.end_daemon(pid, "TERM");
    used.set("DOLTOPS_STORE", house.store.urls());
    refused(&used, &["is the state of the control plane cp-"]);
    // Secrets in a folder of its own.
    let mut folder = Sandbox::new();
    let config =
        house.aws.sandbox.variables().iter().find(|(name, _)| *name == "DOLTOPS_CONFIG").expect("set").1.clone();
    let text = std::fs::read_to_string(config).expect("read").replace("\"secrets-manager\"", "\"folder\"");
    let changed = folder.path().join("doltops.toml");
    std::fs::write(&changed, text).expect("written");
    for (name, value) in house.other.variables().to_vec() {
        folder.set(name, value);
    }
    folder.set("DOLTOPS_CONFIG", changed.display());
    refused(&folder, &["the same secrets"]);
}
