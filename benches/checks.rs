//! What `doltops check` finds, and what it takes.
//!
//! `cargo bench --bench checks` prints the figures of one run; none is asserted. By words after `--`:
//! - `seeds FROM TO [ROWS [COMMITS]]`: precision and recall over these seeds, each with ten planted anomalies and once
//!   clean, on generated diffs without Dolt. The thresholds were set on seeds 1 to 10; 101 to 120 were not looked at.
//! - `dolt SEED COMMITS ROWS [START]`: on a real Dolt: the history is made, then checked twice. `ROWS` come with a commit;
//!   `START` rows are there from the first.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark that cannot go on says so and ends")]
#![allow(dead_code, reason = "the stories use more of their support than this does")]

#[path = "../tests/stories/support/dolt.rs"]
mod dolt;
#[path = "../tests/stories/support/orders.rs"]
mod orders;

use doltops::{
    checks::{
        figures::{Change, Class, Column, Table},
        history,
        judge::{Finding, Judge},
        report,
        rules::Rules,
    },
    env::{Env, System},
    sql::Session,
};
use orders::{COLUMNS, Orders, Planted};
use std::collections::BTreeMap;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let number = |at: usize, default: usize| words.get(at).map_or(default, |word| word.parse().expect("a number"));
    match words.first().map(String::as_str) {
        None => seeds(101, 120, 60.0, 1_000),
        Some("seeds") => seeds(number(1, 101), number(2, 120), number(3, 60) as f64, number(4, 1_000)),
        Some("dolt") => {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(real(number(1, 101), number(2, 1_000), number(3, 60) as f64, number(4, 0)));
        }
        Some(other) => panic!("{other} is none of seeds, dolt"),
    }
}

/// How well what was found fits what was planted.
#[derive(Default)]
struct Score {
    planted: usize,
    found: usize,
    right: usize,
    wrong: usize,
    missed: BTreeMap<String, usize>,
}

impl Score {
    fn add(&mut self, findings: &[(usize, usize, Option<String>)], planted: &[Planted]) {
        let about = |planted: &Planted, (commit, seen, column): &(usize, usize, Option<String>)| {
            planted.is_about(*commit, *seen, column.as_deref())
        };
        let right = findings.iter().filter(|found| planted.iter().any(|planted| about(planted, found))).count();
        self.right += right;
        self.wrong += findings.len() - right;
        for planted in planted {
            self.planted += 1;
            if findings.iter().any(|found| about(planted, found)) {
                self.found += 1;
            } else {
                *self.missed.entry(format!("{:?}", planted.anomaly)).or_default() += 1;
            }
        }
    }

    fn print(&self, what: &str) {
        println!(
            "{what}: {} of {} planted anomalies found (recall {:.3}); {} findings, {} of them wrong (precision {:.3}); missed {:?}",
            self.found,
            self.planted,
            self.found as f64 / self.planted.max(1) as f64,
            self.right + self.wrong,
            self.wrong,
            self.right as f64 / (self.right + self.wrong).max(1) as f64,
            self.missed,
        );
    }
}

fn columns() -> Vec<Column> {
    let class = |kind: &str| Class::of(kind.split('(').next().unwrap_or_default());
    let column = |(name, kind): &(&str, &str)| Column {
        name: (*name).to_owned(),
        class: class(kind),
        watched: true,
        repeats: true,
    };
    COLUMNS.iter().map(column).collect()
}

/// Counts and judges a history without a database.
fn judged(history: &mut Orders, commits: usize) -> Vec<Finding> {
    let columns = columns();
    let mut table = Table::new(columns.clone());
    let mut judge = Judge::new(Rules::default().settings("orders"));
    for at in 0..commits {
        let edits = history.next_commit();
        let mut commit = table.commit(at);
        edits.into_iter().for_each(|edit| commit.change(&Change { before: edit.before, after: edit.after }));
        judge.see(&commit.end(), &columns);
    }
    judge.findings().to_vec()
}

fn told(finding: &Finding) -> (usize, usize, Option<String>) {
    (finding.commit, finding.seen, finding.column.clone())
}

fn seeds(from: usize, to: usize, rows: f64, commits: usize) {
    let clock = System::new();
    let began = clock.elapsed();
    let (mut all, mut false_alarms, mut noisy) = (Score::default(), 0, 0);
    for seed in from..=to {
        let mut history = Orders::with_anomalies(seed as u64, rows, commits);
        let findings = judged(&mut history, commits);
        all.add(&findings.iter().map(told).collect::<Vec<_>>(), &history.planted);
        let alarms = judged(&mut Orders::clean(1_000 + seed as u64, rows), commits);
        false_alarms += alarms.len();
        noisy += usize::from(!alarms.is_empty());
        for alarm in &alarms {
            let place = alarm.column.as_deref().unwrap_or("the table");
            let said = report::sentence(alarm, class_of(place));
            println!("  seed {seed}, clean: commit {}, {place}: {said}", alarm.commit);
        }
    }
    let count = to - from + 1;
    all.print(&format!("seeds {from} to {to}, {commits} commits of about {rows} rows"));
    println!("clean: {false_alarms} false alarms in {count} histories of {commits} commits, in {noisy} of them");
    let each = (clock.elapsed() - began) / u32::try_from(2 * count * commits).expect("few");
    println!("{each:?} a commit, the making of it included");
}

async fn real(seed: usize, commits: usize, rows: f64, start: usize) {
    let clock = System::new();
    let dolt = dolt::Dolt::start().await;
    let url = format!("mysql://root@{}/shop?require_ssl=true&verify_ca=false&verify_identity=false", dolt.address);
    let direct = async |database: &str| {
        let url = url.replace("/shop", database);
        Session::direct(&url, Some(dolt::PASSWORD)).await.expect("opened")
    };
    let mut session = direct("/mysql").await;
    session.run("create database shop; use shop", 1).await.expect("made");
    session.run(&orders::create(), 1).await.expect("made");
    let mut history = Orders::with_anomalies(seed as u64, rows, commits);
    let began = clock.elapsed();
    fill(&mut session, &mut history, start).await;
    session.run("call dolt_commit('-Am', 'table')", 1).await.expect("committed");
    for commit in 0..commits {
        for statement in orders::statements(&history.next_commit()) {
            session.run(&statement, 1).await.expect("written");
        }
        session.run(&format!("call dolt_commit('-am', 'commit {commit}')"), 1).await.expect("committed");
    }
    println!("{commits} commits and {} rows were made in {:?}", history.rows().len(), clock.elapsed() - began);
    let folder = tempfile::tempdir().expect("a folder");
    let path = history::path(folder.path(), ("bench", "shop", "main"), &Rules::default());
    let mut score = Score::default();
    for run in ["first", "again", "after one more commit"] {
        if run.starts_with("after") {
            session.run("use shop; update orders set quantity = quantity + 1 limit 10", 1).await.expect("written");
            session.run("call dolt_commit('-am', 'one more')", 1).await.expect("committed");
        }
        let mut reader = direct("/shop").await;
        let rules = Rules::default();
        let began = clock.elapsed();
        let done = history::run(&mut reader, ("shop", "main"), &rules, &path, |_| ()).await;
        let (kept, progress, notes) = done.expect("checked");
        let took = clock.elapsed() - began;
        let subject = report::Subject { source: "bench", database: "shop", branch: "main" };
        let report = report::report(subject, &kept, progress, &rules, None, notes);
        println!(
            "{run}: {took:?} for {} new commits, {} rows read, {} findings, {} KiB kept",
            progress.commits,
            progress.rows,
            report.findings.len(),
            std::fs::metadata(&path).map_or(0, |file| file.len() >> 10)
        );
        if run == "first" {
            // The line begins with the empty repository and the table's own commit.
            let shift = kept.commits.iter().position(|commit| commit.message == "commit 0").expect("there");
            let findings = kept.tables.values().flat_map(history::Watched::findings);
            let findings: Vec<_> = findings
                .map(|found| {
                    let (commit, seen, column) = told(found.finding);
                    (commit.saturating_sub(shift), seen.saturating_sub(shift), column)
                })
                .collect();
            score.add(&findings, &history.planted);
        }
    }
    score.print("on a real Dolt");
}

fn class_of(column: &str) -> Class {
    let kind = COLUMNS.iter().find(|(name, _)| *name == column).map_or("", |(_, kind)| kind);
    Class::of(kind.split('(').next().unwrap_or_default())
}

/// Rows that are there from the first commit, as one import would bring them.
async fn fill(session: &mut Session, history: &mut Orders, rows: usize) {
    let mut left = rows;
    while left > 0 {
        let edits = history.import(left.min(10_000));
        for statement in orders::statements(&edits) {
            session.run(&statement, 1).await.expect("written");
        }
        left -= edits.len();
    }
}
