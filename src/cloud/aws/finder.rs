//! Looks for single resources before something is done to them, many in one call.
//!
//! Guarantees: what is found is this control plane's, and as EC2 shows it now, not at the last look. That is what every
//! change is checked against.

use super::{
    batch::{Batch, MOST},
    describe::{Kind, Reader, by_tag, filter},
    errors::Fault,
    tags,
};
use crate::{cloud::CloudError, env::Env};
use futures::future::try_join_all;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long EC2 may take to show what it has made: seconds, and seldom more.
const SHOWN_BY: Duration = Duration::from_secs(60);

/// What a resource is looked for by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Id(String),
    Token(String),
}

/// Looks for resources of one kind.
pub struct Finder<K> {
    batch: Batch<Key, Option<K>>,
    env: Arc<dyn Env>,
    /// What this process has made, or may have, and since when: EC2 may not show it yet.
    young: Mutex<BTreeMap<Key, Duration>>,
}

impl<K: Kind> Finder<K> {
    /// Through `reader`.
    pub fn new(reader: Arc<Reader>, env: Arc<dyn Env>) -> Self {
        let batch = Batch::new(move |keys: Vec<Key>| {
            let reader = Arc::clone(&reader);
            async move {
                match find::<K>(&reader, &keys).await {
                    Ok(found) => keys.iter().map(|key| Ok(found.get(key).cloned())).collect(),
                    Err(fault) => keys.iter().map(|_| Err(fault.clone().into())).collect(),
                }
            }
        });
        Self { batch, env, young: Mutex::default() }
    }

    /// The resource with this id.
    ///
    /// # Errors
    /// [`CloudError::NotFound`] where it is not this control plane's or not there; later where it was just made.
    pub async fn get(&self, id: &str) -> Result<K, CloudError> {
        let key = Key::Id(id.to_owned());
        match self.batch.ask(key.clone()).await? {
            Some(found) => Ok(found),
            None if self.is_young(&key) => Err(CloudError::Later(format!("the new {} {id} is not shown yet", K::WORD))),
            None => Err(CloudError::NotFound(format!("{} {id} of this control plane", K::WORD))),
        }
    }

    /// What was made under this token, if anything was.
    ///
    /// # Errors
    /// AWS's.
    pub async fn made(&self, token: &str) -> Result<Option<K>, CloudError> {
        self.batch.ask(Key::Token(token.to_owned())).await
    }

    /// The same, for what has no client token at AWS: while a call whose answer was lost may still come to light, it is
    /// for later.
    ///
    /// # Errors
    /// AWS's, and that it is not known yet.
    pub async fn made_for_certain(&self, token: &str) -> Result<Option<K>, CloudError> {
        match self.made(token).await? {
            None if self.is_young(&Key::Token(token.to_owned())) => {
                Err(CloudError::Later(format!("whether the last try made the {} is not known yet", K::WORD)))
            }
            found => Ok(found),
        }
    }

    /// A call has made this.
    pub fn made_just_now(&self, id: Option<&str>) {
        if let Some(id) = id {
            self.note(Key::Id(id.to_owned()));
        }
    }

    /// A call under this token has failed.
    pub fn failed(&self, token: &str, fault: &Fault) {
        if !fault.answered {
            self.note(Key::Token(token.to_owned()));
        }
    }

    fn note(&self, key: Key) {
        let now = self.env.elapsed();
        let mut young = self.young.lock().unwrap_or_else(PoisonError::into_inner);
        young.retain(|_, since| now.saturating_sub(*since) < SHOWN_BY);
        young.insert(key, now);
    }

    fn is_young(&self, key: &Key) -> bool {
        let young = self.young.lock().unwrap_or_else(PoisonError::into_inner);
        young.get(key).is_some_and(|since| self.env.elapsed().saturating_sub(*since) < SHOWN_BY)
    }
}

async fn find<K: Kind>(reader: &Reader, keys: &[Key]) -> Result<BTreeMap<Key, K>, Fault> {
    let of = |pick: fn(&Key) -> Option<&String>| keys.iter().filter_map(pick).collect::<BTreeSet<_>>();
    let ids = of(|key| if let Key::Id(id) = key { Some(id) } else { None });
    let tokens = of(|key| if let Key::Token(token) = key { Some(token) } else { None });
    // A batch has at most what one filter takes.
    debug_assert!(keys.len() <= MOST);
    let asks = [
        (!ids.is_empty()).then(|| filter(K::ID_FILTER, ids)),
        (!tokens.is_empty()).then(|| by_tag(tags::TOKEN, tokens)),
    ];
    let answers = try_join_all(asks.into_iter().flatten().map(|ask| reader.all::<K>(vec![ask]))).await?;
    let mut found: BTreeMap<Key, K> = BTreeMap::new();
    for one in answers.into_iter().flatten() {
        let token = tags::value(one.tags(), tags::TOKEN).map(|token| Key::Token(token.to_owned()));
        let id = one.id().map(|id| Key::Id(id.to_owned()));
        for key in [token, id].into_iter().flatten() {
            // What is gone hides nothing that lives.
            if found.get(&key).is_none_or(|other| other.is_gone()) {
                found.insert(key, one.clone());
            }
        }
    }
    Ok(found)
}
