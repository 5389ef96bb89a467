//! How many connections there may be, in all and from one address.
//!
//! Guarantees: a place is given back when its holder is dropped; an address that holds all that one may have leaves the
//! others' places alone.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Places, some of which are taken.
#[derive(Clone, Debug)]
pub struct Places {
    most: usize,
    each: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    // Invariant: no entry is zero, so that it is no larger than what is open.
    by: HashMap<IpAddr, usize>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    from: IpAddr,
    taken: Arc<Mutex<Taken>>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// All are taken.
    All,
    /// This address has all that one may have.
    Address,
}

impl Places {
    /// `most` in all, `each` from one address.
    pub fn new(most: usize, each: usize) -> Self {
        Self { most, each, taken: Arc::default() }
    }

    /// A place for somebody from `from`.
    ///
    /// # Errors
    /// Which of the two bounds is reached.
    pub fn take(&self, from: IpAddr) -> Result<Place, Full> {
        let from = whose(from);
        let mut taken = lock(&self.taken);
        if taken.all >= self.most {
            return Err(Full::All);
        }
        if taken.by.get(&from).is_some_and(|of_one| *of_one >= self.each) {
            return Err(Full::Address);
        }
        taken.all += 1;
        *taken.by.entry(from).or_default() += 1;
        Ok(Place { from, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.all -= 1;
        if let Some(of_one) = taken.by.get_mut(&self.from) {
            *of_one -= 1;
            if *of_one == 0 {
                taken.by.remove(&self.from);
            }
        }
    }
}

/// Who counts as one: an IPv4 address, also where it is written as IPv6, and a /64 of IPv6, which is what one machine is
/// given.
fn whose(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    // Plain numbers, whole between any two lines.
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn from(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn one_address_cannot_take_what_is_the_others() {
        let places = Places::new(3, 2);
        let held = [places.take(from(1)).expect("free"), places.take(from(1)).expect("free")];
        assert_eq!(places.take(from(1)).expect_err("enough"), Full::Address);
        let other = places.take(from(2)).expect("free");
        assert_eq!(places.take(from(3)).expect_err("full"), Full::All);
        drop(other);
        drop(held);
        assert!(lock(&places.taken).by.is_empty());
        assert!(places.take(from(1)).is_ok());
    }

    #[test]
    fn the_same_machine_by_other_words_is_one() {
        let parse = |text: &str| whose(text.parse().expect("an address"));
        assert_eq!(parse("::ffff:192.0.2.1"), from(1));
        assert_eq!(parse("2001:db8::1"), parse("2001:db8::ffff:1"));
        assert_ne!(parse("2001:db8::1"), parse("2001:db8:0:1::1"));
    }

    proptest! {
        #[test]
        fn whatever_comes_and_goes_neither_bound_is_passed(moves in prop::collection::vec((0u8..4, any::<bool>()), 0..80)) {
            let (places, mut held) = (Places::new(6, 3), Vec::<Place>::new());
            for (who, comes) in moves {
                if comes {
                    held.extend(places.take(from(who)).ok());
                } else if !held.is_empty() {
                    held.remove(usize::from(who) % held.len());
                }
                prop_assert!(held.len() <= 6);
                for who in 0..4 {
                    prop_assert!(held.iter().filter(|place| place.from == from(who)).count() <= 3);
                }
                prop_assert_eq!(lock(&places.taken).all, held.len());
            }
        }
    }
}
