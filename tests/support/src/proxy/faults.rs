//! What goes wrong, by rule: `stand_in.proxy.drop_after_applying("RunInstances").once()`.
//!
//! A rule names an operation (`"*"` for all) and holds once, some times, for a while, or until it is removed. Of several
//! that match, the one that was made first acts. Retries of the SDK are calls like any other and use a rule up.

use super::{call::Call, refused::Refused};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// The operation of a rule that is for all.
pub const ALL: &str = "*";

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The service says "slow down", in its own words; nothing is done.
    Throttle,
    /// There is never an answer; nothing is done.
    Hang,
    /// The connection breaks; nothing is done.
    DropBefore,
    /// It is done, then the connection breaks.
    DropAfter,
    /// The answer is of some time ago.
    Stale(Duration),
    /// No capacity for an instance; nothing is done.
    NoCapacity(Capacity),
    /// The service refuses with this; nothing is done.
    Refuse(Refused),
}

/// The instances that there is no room for: of a type, in a zone, or both; without either, all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capacity {
    instance_type: Option<String>,
    zone: Option<String>,
}

impl Capacity {
    /// Any instance.
    pub fn any() -> Self {
        Self::default()
    }

    /// Instances of this type.
    pub fn of_type(instance_type: &str) -> Self {
        Self { instance_type: Some(instance_type.to_owned()), zone: None }
    }

    /// These, but in this zone only.
    #[must_use]
    pub fn in_zone(self, zone: &str) -> Self {
        Self { zone: Some(zone.to_owned()), ..self }
    }

    fn holds_for(&self, place: &Place) -> bool {
        let is = |wanted: &Option<String>, given: &str| wanted.as_deref().is_none_or(|wanted| wanted == given);
        is(&self.instance_type, &place.instance_type) && is(&self.zone, &place.zone)
    }
}

/// What an instance that is to run takes room of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its type.
    pub instance_type: String,
    /// Its zone.
    pub zone: String,
}

/// How long a rule holds.
#[derive(Clone, Copy, Debug)]
enum Left {
    Times(usize),
    Until(Instant),
    Ever,
}

#[derive(Debug)]
struct Rule {
    number: u64,
    operation: String,
    fault: Fault,
    left: Left,
}

/// The rules that hold.
#[derive(Debug, Default)]
pub struct Faults {
    /// In the order in which they were made.
    rules: Mutex<Rules>,
}

#[derive(Debug, Default)]
struct Rules {
    made: u64,
    holding: Vec<Rule>,
}

/// A rule to be: say how long it holds.
#[must_use = "a rule holds only once it is said for how long"]
#[derive(Debug)]
pub struct ToBe {
    faults: Arc<Faults>,
    operation: String,
    fault: Fault,
}

impl ToBe {
    pub(super) fn new(faults: &Arc<Faults>, operation: &str, fault: Fault) -> Self {
        Self { faults: Arc::clone(faults), operation: operation.to_owned(), fault }
    }

    /// For the next call that it matches.
    pub fn once(self) -> Made {
        self.times(1)
    }

    /// For the next `times` calls that it matches.
    pub fn times(self, times: usize) -> Made {
        self.made(Left::Times(times))
    }

    /// For a while from now.
    pub fn lasting(self, duration: Duration) -> Made {
        let until = Instant::now() + duration;
        self.made(Left::Until(until))
    }

    /// Until [`Made::remove`], or until the proxy forgets all its rules.
    pub fn until_removed(self) -> Made {
        self.made(Left::Ever)
    }

    fn made(self, left: Left) -> Made {
        let mut rules = self.faults.lock();
        rules.made += 1;
        let number = rules.made;
        rules.holding.push(Rule { number, operation: self.operation, fault: self.fault, left });
        drop(rules);
        Made { faults: self.faults, number }
    }
}

/// A rule that was made. It holds on when this is dropped.
#[derive(Clone, Debug)]
pub struct Made {
    faults: Arc<Faults>,
    number: u64,
}

impl Made {
    /// Ends it now.
    pub fn remove(&self) {
        self.faults.lock().holding.retain(|rule| rule.number != self.number);
    }

    /// Whether it still waits for calls.
    pub fn holds(&self) -> bool {
        let mut rules = self.faults.lock();
        rules.forget_the_past();
        rules.holding.iter().any(|rule| rule.number == self.number)
    }
}

impl Faults {
    /// Ends all rules.
    pub fn clear(&self) {
        self.lock().holding.clear();
    }

    /// Whether a rule asks for capacity: only then is it worth finding out where an instance is to run.
    pub(super) fn ask_for_place(&self) -> bool {
        self.lock().holding.iter().any(|rule| matches!(rule.fault, Fault::NoCapacity(_)))
    }

    /// What goes wrong with this call, which uses the rule up by one. `place` is where instances are to run.
    pub(super) fn take(&self, call: &Call, places: &[Place]) -> Option<Fault> {
        let mut rules = self.lock();
        rules.forget_the_past();
        let rule = rules.holding.iter_mut().find(|rule| rule.is_for(call, places))?;
        if let Left::Times(times) = &mut rule.left {
            *times = times.saturating_sub(1);
        }
        let fault = rule.fault.clone();
        rules.forget_the_past();
        Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rules {
    fn forget_the_past(&mut self) {
        let now = Instant::now();
        self.holding.retain(|rule| match rule.left {
            Left::Times(times) => times > 0,
            Left::Until(end) => now < end,
            Left::Ever => true,
        });
    }
}

impl Rule {
    fn is_for(&self, call: &Call, places: &[Place]) -> bool {
        match &self.fault {
            Fault::NoCapacity(capacity) => places.iter().any(|place| capacity.holds_for(place)),
            _ => self.operation == ALL || self.operation == call.operation,
        }
    }
}

/// What AWS says when it has no room.
pub(super) fn no_capacity(place: Option<&Place>) -> Refused {
    let (instance_type, zone) = place.map_or(("such", "any"), |place| (&place.instance_type, &place.zone));
    let message = format!(
        "We currently do not have sufficient {instance_type} capacity in the Availability Zone you requested ({zone}). Our \
         system will be working on provisioning additional capacity."
    );
    Refused::by_server(500, "InsufficientInstanceCapacity", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::call::{Dialect, Parameters};

    fn call(operation: &str) -> Call {
        Call {
            service: "ec2".to_owned(),
            operation: operation.to_owned(),
            dialect: Dialect::Ec2,
            parameters: Parameters::Form(std::collections::BTreeMap::new()),
            said: bytes::Bytes::new(),
        }
    }

    #[test]
    fn a_rule_is_used_up() {
        let faults = Arc::new(Faults::default());
        let made = ToBe::new(&faults, "RunInstances", Fault::Throttle).times(2);
        assert_eq!(faults.take(&call("StopInstances"), &[]), None);
        assert_eq!(faults.take(&call("RunInstances"), &[]), Some(Fault::Throttle));
        assert!(made.holds());
        assert_eq!(faults.take(&call("RunInstances"), &[]), Some(Fault::Throttle));
        assert!(!made.holds());
        assert_eq!(faults.take(&call("RunInstances"), &[]), None);
    }

    #[test]
    fn the_first_rule_acts_and_goes_before_the_next() {
        let faults = Arc::new(Faults::default());
        ToBe::new(&faults, "RunInstances", Fault::DropAfter).once();
        let all = ToBe::new(&faults, ALL, Fault::Hang).until_removed();
        assert_eq!(faults.take(&call("RunInstances"), &[]), Some(Fault::DropAfter));
        assert_eq!(faults.take(&call("RunInstances"), &[]), Some(Fault::Hang));
        all.remove();
        assert_eq!(faults.take(&call("RunInstances"), &[]), None);
    }

    #[test]
    fn a_rule_ends_with_its_time() {
        let faults = Arc::new(Faults::default());
        let past = ToBe::new(&faults, ALL, Fault::Throttle).lasting(Duration::ZERO);
        assert!(!past.holds());
        assert_eq!(faults.take(&call("DescribeVolumes"), &[]), None);
        ToBe::new(&faults, ALL, Fault::Throttle).lasting(Duration::from_secs(3600));
        assert_eq!(faults.take(&call("DescribeVolumes"), &[]), Some(Fault::Throttle));
        assert_eq!(faults.take(&call("DescribeVolumes"), &[]), Some(Fault::Throttle));
    }

    #[test]
    fn capacity_is_by_type_and_zone() {
        let faults = Arc::new(Faults::default());
        let capacity = Capacity::of_type("m7g.large").in_zone("eu-central-1a");
        ToBe::new(&faults, "", Fault::NoCapacity(capacity.clone())).until_removed();
        let place = |instance_type: &str, zone: &str| Place { instance_type: instance_type.into(), zone: zone.into() };
        let taken = |place| faults.take(&call("RunInstances"), &[place]);
        assert_eq!(taken(place("m7g.large", "eu-central-1a")), Some(Fault::NoCapacity(capacity)));
        assert_eq!(taken(place("m7g.large", "eu-central-1b")), None);
        assert_eq!(taken(place("r7g.large", "eu-central-1a")), None);
    }
}
