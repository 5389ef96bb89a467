//! The store has a standby: its primary dies, the standby is promoted, and the control plane goes on.

use crate::support::{
    pair::Pair,
    sandbox::{Sandbox, send, wait_for},
};
use doltops_agent::clock;
use mysql_async::{Conn, Opts, prelude::Queryable};
use serde_json::{Value, json};
use std::time::Duration;

/// Short times, so that the story is.
const SETTINGS: &str = "[incidents]\nstandby_seconds = 1\nsettled_seconds = 1\n";

struct House {
    sandbox: Sandbox,
    pair: Pair,
}

impl House {
    fn start() -> Self {
        let pair = Pair::start();
        let mut sandbox = Sandbox::new();
        sandbox.set("DOLTOPS_STORE", pair.urls());
        let settings = sandbox.path().join("doltops.toml");
        std::fs::write(&settings, SETTINGS).expect("written");
        sandbox.set("DOLTOPS_CONFIG", settings.display());
        Self { sandbox, pair }
    }

    /// What `doltops store status` tells of one of them.
    fn standing(&self, at: usize) -> Value {
        self.sandbox.ask("store status").json()["servers"][at].clone()
    }

    fn wait_for_role(&self, at: usize, role: &str) -> Value {
        wait_for(&format!("server {at} to be {role}"), || {
            Some(self.standing(at)).filter(|standing| standing["role"] == role)
        })
    }

    fn status(&self) -> Value {
        self.sandbox.ask("status").json()
    }

    /// Sets it, as often as the store is away; how long that took.
    fn set_as_soon_as_possible(&self, value: u32) -> Duration {
        let began = clock::instant();
        let ask = format!("set orders max_connections={value}");
        wait_for("a change to be taken", || (self.sandbox.ask(&ask).code == 0).then_some(()));
        began.elapsed()
    }

    fn max_connections(&self) -> Value {
        self.sandbox.get("orders")["desired"]["settings"]["max_connections"].clone()
    }
}

/// A row that was acknowledged before the primary was killed is there after the promotion; the control plane is the same
/// process all along; the old primary follows the new one; and back, as planned.
#[test]
fn the_primary_dies_and_the_standby_is_promoted() {
    let mut house = House::start();
    let daemon = house.sandbox.host();
    house.sandbox.create("orders");
    house.sandbox.ask("set orders max_connections=40").json();
    house.wait_for_role(0, "primary");
    let before = house.status();

    house.pair.kill(0);
    // Nobody is promoted by a slip: the primary may run, and only be out of reach.
    let refused = house.sandbox.ask("store promote").refusal(4);
    assert!(refused["next"].as_str().expect("words").contains("--force"), "{refused}");
    assert_eq!(house.standing(1)["role"], "standby");

    let began = clock::instant();
    let promoted = house.sandbox.ask("store promote --force").json();
    assert_eq!(promoted["primary"], json!(house.pair.place(1)));
    assert!(promoted["lost"].as_str().expect("words").contains("is lost"), "{promoted}");
    house.set_as_soon_as_possible(50);
    println!("kill -9 of the primary: {:?} from the promotion to the first change", began.elapsed());
    let history = house.sandbox.ask("history").json().to_string();
    let last = before["commit"].as_str().expect("a commit");
    assert!(history.contains(last), "{last} was acknowledged: {history}");
    // With the next renewal.
    let above = |it: &Value| it["lease"] == "held" && it["epoch"].as_u64() > before["epoch"].as_u64();
    let status = wait_for("the lease under a higher epoch", || Some(house.status()).filter(above));
    assert_eq!(status["host_pid"], json!(daemon));

    // The old one comes back as what it was, hears of the new one, and follows.
    house.pair.run(0);
    house.wait_for_role(0, "standby");
    house.set_as_soon_as_possible(60);
    assert_eq!(house.max_connections(), json!("60"));

    // Planned, and back.
    let began = clock::instant();
    let promoted = wait_for("the standby to have caught up", || {
        let said = house.sandbox.ask("store promote");
        (said.code == 0).then(|| said.json())
    });
    assert_eq!((&promoted["primary"], &promoted["lost"]), (&json!(house.pair.place(0)), &json!("")));
    house.set_as_soon_as_possible(70);
    println!("planned: {:?} from the command to the first change", began.elapsed());
    assert_eq!(house.max_connections(), json!("70"));
    house.wait_for_role(1, "standby");
}

/// A primary that was cut off from its standby acknowledges what the standby has not; it dies, and the standby is promoted:
/// that is lost, and said to be. What follows is consistent, and the epoch is above the lost one.
#[test]
fn what_only_a_lost_primary_had_is_lost_and_the_rest_goes_on() {
    let mut house = House::start();
    house.sandbox.host();
    house.sandbox.create("orders");
    house.sandbox.ask("set orders max_connections=40").json();
    send(house.pair.pid(1), "STOP");
    house.set_as_soon_as_possible(41);
    let lost = house.status();
    assert_eq!(house.standing(1)["role"], "away");
    house.pair.kill(0);
    send(house.pair.pid(1), "CONT");
    house.wait_for_role(1, "standby");
    house.sandbox.ask("store promote --force").json();
    wait_for("what was asked for before", || (house.max_connections() == json!("40")).then_some(()));
    wait_for("an epoch above the lost one", || {
        let now = house.status();
        assert_ne!(now["commit"], lost["commit"]);
        (now["epoch"].as_u64() > lost["epoch"].as_u64()).then_some(())
    });
    house.set_as_soon_as_possible(42);
    house.sandbox.wait_until("orders", "it to be settled", |it| it["phase"] == "settled" && it["health"] == "healthy");
}

/// The standby dies: what is written then is on one server, and somebody is told; it comes back, catches up, and it is over.
#[test]
fn a_standby_that_does_not_follow_is_an_incident() {
    let mut house = House::start();
    house.sandbox.host();
    let open = |house: &House| house.sandbox.ask("incidents").json().to_string();
    house.pair.kill(1);
    wait_for("an incident", || open(&house).contains("standby has not followed").then_some(()));
    house.pair.run(1);
    wait_for("its end", || (!open(&house).contains("standby has not followed")).then_some(()));
}

/// A store that was restored knows less than the agents have seen: the control plane goes above it, and is obeyed again.
#[test]
fn a_restored_store_begins_above_what_agents_obey() {
    let mut house = House::start();
    let mut daemon = house.sandbox.host();
    house.sandbox.create("orders");
    for _ in 0..2 {
        house.sandbox.end_daemon(daemon, "TERM");
        daemon = house.sandbox.host();
        wait_for("the lease", || (house.status()["lease"] == "held").then_some(()));
    }
    let before = house.status()["epoch"].as_u64().expect("a number");
    house.sandbox.ask("set orders max_connections=40 --wait").json();
    house.sandbox.end_daemon(daemon, "TERM");
    let primary = house.pair.url(0);
    sql(&primary, "UPDATE live_lease SET epoch = 0");
    house.sandbox.host();
    wait_for("an epoch above", || (house.status()["epoch"].as_u64() > Some(before)).then_some(()));
    house.sandbox.ask("set orders max_connections=50 --wait").json();
}

/// Two were primary in one epoch: both stop, which is told; a person says which is kept.
#[test]
fn a_split_brain_is_told_and_mended_by_a_persons_word() {
    let mut house = House::start();
    house.sandbox.host();
    house.sandbox.create("orders");
    house.wait_for_role(0, "primary");
    house.sandbox.ask("set orders max_connections=40").json();
    // Each alone, promoted by hand past `doltops store`.
    house.pair.kill(1);
    assume(&house.pair.url(0), 7);
    house.set_as_soon_as_possible(41);
    house.pair.kill(0);
    house.pair.run(1);
    assume(&house.pair.url(1), 7);
    house.pair.run(0);
    house.wait_for_role(0, "split brain");
    house.wait_for_role(1, "split brain");
    let next = house.sandbox.ask("store status").json()["next"].to_string();
    assert!(next.contains("split brain") && next.contains("--force"), "{next}");
    house.sandbox.ask("store promote").refusal(4);
    house.sandbox.ask(&format!("store promote {}", house.pair.place(0))).refusal(4);

    house.sandbox.ask(&format!("store promote {} --force", house.pair.place(0))).json();
    house.wait_for_role(1, "standby");
    wait_for("the store", || (house.status()["store"] == "up").then_some(()));
    assert_eq!(house.max_connections(), json!("41"));
}

fn assume(url: &str, epoch: u32) {
    sql(url.trim_end_matches("/doltops"), &format!("CALL dolt_assume_cluster_role('primary', {epoch})"));
}

/// Past the program, as somebody with a SQL client.
fn sql(url: &str, statement: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = Conn::new(Opts::from_url(url).expect("an address")).await.expect("it answers");
        connection.query_drop(statement).await.expect(statement);
    });
}
