//! What a run came to: counted at the end, printed as a table, judged by its zeros.

use super::{clients::Rows, killer::Target, people::Asked, place::Place};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// Everything that is told of a run.
#[derive(Debug, Default)]
pub struct Tally {
    pub cloud: &'static str,
    pub seed: u64,
    pub length: Duration,
    pub kills: BTreeMap<Target, u64>,
    /// Connections that were broken.
    pub cuts: usize,
    pub asked: Asked,
    pub rows: Rows,
    pub deployments: usize,
    /// What is there twice.
    pub doubled: Vec<String>,
    /// What belongs to nothing.
    pub left: Vec<String>,
    /// What has not settled.
    pub hung: Vec<String>,
    pub settled: Duration,
}

impl Tally {
    /// Counts what the cloud has, and what runs, against the deployments that there are: all of them serve.
    pub fn count(&mut self, place: &Place, list: &[Value]) {
        self.deployments = list.len();
        let mut cloud = place.cloud();
        for deployment in list {
            let (name, id) = (&deployment["name"], deployment["id"].as_str().unwrap_or_default());
            let count = cloud.remove(id).unwrap_or_default();
            if (count.instances, count.volumes) != (1, 1) {
                self.doubled.push(format!("{name} has {count:?}"));
            }
        }
        self.left.extend(cloud.into_iter().map(|(id, count)| format!("of {id}, which nobody knows: {count:?}")));
        let known = |name: &String| list.iter().any(|it| it["name"].as_str().is_some_and(|it| name.contains(it)));
        let names = place.names();
        self.left.extend(names.iter().filter(|name| !known(name)).map(|name| format!("the name {name}")));
        for (what, running) in [("agents", place.agents().len()), ("Dolts", place.dolts().len())] {
            match running.checked_sub(list.len()) {
                Some(0) => {}
                Some(more) => self.left.push(format!("{more} {what} too many")),
                None => self.hung.push(format!("{running} {what} of {}", list.len())),
            }
        }
    }

    pub fn print(&self) {
        let all: u64 = self.kills.values().sum();
        let kills: Vec<_> = self.kills.iter().map(|(target, count)| format!("{} {count}", target.word())).collect();
        let done: Vec<_> = self.asked.done.iter().map(|(word, count)| format!("{word} {count}")).collect();
        let Rows { acknowledged, lost, unclear, connections } = self.rows;
        println!("\nchaos, {}: seed {}, {} s of trouble", self.cloud, self.seed, self.length.as_secs());
        println!("  kills -9          {all:>8}   {}", kills.join(", "));
        println!("  connections cut   {:>8}", self.cuts);
        println!("  operations        {:>8}   {}", self.asked.done.values().sum::<u64>(), done.join(", "));
        println!("    refused         {:>8}", self.asked.refused);
        println!("    nobody answered {:>8}", self.asked.unclear);
        println!("    wrong           {:>8}", self.asked.wrong.len());
        println!("  rows acknowledged {acknowledged:>8}   over {connections} connections; {unclear} without an answer");
        println!("    lost            {lost:>8}");
        println!("  deployments       {:>8}", self.deployments);
        println!("    doubled         {:>8}", self.doubled.len());
        println!("    left over       {:>8}", self.left.len());
        println!("    hung            {:>8}", self.hung.len());
        println!("  settled after     {:>7.1}s", self.settled.as_secs_f64());
        for what in [&self.asked.wrong, &self.doubled, &self.left, &self.hung].into_iter().flatten() {
            println!("  ! {what}");
        }
    }

    /// Everything that must be none is none.
    #[track_caller]
    pub fn holds(&self) {
        assert_eq!(self.rows.lost, 0, "rows that were acknowledged are lost");
        assert!(self.rows.acknowledged > 0, "nothing was written: nothing was shown");
        let wrong: Vec<_> = [&self.asked.wrong, &self.doubled, &self.left, &self.hung].into_iter().flatten().collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
