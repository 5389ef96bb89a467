//! From `[paging]` as it is written to settings that fit together. Messages name the entry that is wrong.

use super::{KeySource, Kind, Level, QuietHours, Receiver, Rotation, Settings, Sns, Who, raw};
use crate::model::Severity;
use jiff::{SignedDuration, civil::Weekday, tz::TimeZone};
use std::{collections::BTreeMap, path::PathBuf};
use tonic::transport::Uri;

/// The longest name of a receiver: it is part of a page's key, which PagerDuty, Dolt and headers bound.
const LONGEST_NAME: usize = 64;

/// More would page for days about what nobody acknowledges; and every level's pages are kept.
const MOST_REPEATS: u32 = 20;

/// A day: who waits longer for the next level has a slip in it.
const LONGEST_WAIT: u32 = 24 * 60;

type Checked<T> = Result<T, String>;

impl TryFrom<raw::Paging> for Settings {
    type Error = String;

    fn try_from(raw: raw::Paging) -> Checked<Self> {
        let zone = zone("time_zone", raw.time_zone.as_deref(), &TimeZone::UTC)?;
        if raw.receivers.is_empty() {
            return Err("receivers: there is none; see docs/paging.md".to_owned());
        }
        let settings = Self {
            receivers: named("receivers", raw.receivers, receiver)?,
            people: raw.people.into_iter().map(|(name, person)| (name, person.receivers)).collect(),
            rotations: named("rotations", raw.rotations, |at, it| rotation(at, it, &zone))?,
            levels: each("levels", raw.levels, level)?,
            repeat: raw.repeat,
            quiet: each("quiet_hours", raw.quiet_hours, |at, it| quiet(at, it, &zone))?,
            link: raw.link,
        };
        if let Some(link) = &settings.link {
            address("link", link)?;
        }
        if settings.repeat > MOST_REPEATS {
            return Err(format!("repeat: {} is out of bounds: 0 to {MOST_REPEATS}", settings.repeat));
        }
        settings.fits()?;
        Ok(settings)
    }
}

impl Settings {
    /// Whatever is named is there, and every level reaches somebody.
    fn fits(&self) -> Checked<()> {
        if self.levels.is_empty() {
            return Err("levels: there is none: nobody would be paged; add [[paging.levels]]".to_owned());
        }
        let known = |at: &str, receivers: &[String]| match receivers.iter().find(|it| !self.receivers.contains_key(*it))
        {
            Some(unknown) => Err(format!("{at}: there is no receiver '{unknown}'; add [paging.receivers.{unknown}]")),
            None => Ok(()),
        };
        for (name, receivers) in &self.people {
            known(&format!("people.{name}"), receivers)?;
        }
        for (index, level) in self.levels.iter().enumerate() {
            let at = format!("levels, entry {}", index + 1);
            known(&at, &level.receivers)?;
            let people = match &level.who {
                None => Vec::new(),
                Some(Who::Person(name)) => vec![name],
                Some(Who::Rotation(name)) => {
                    let rotation = self.rotations.get(name);
                    let rotation = rotation.ok_or_else(|| format!("{at}: there is no rotation '{name}'"))?;
                    rotation.people.iter().chain(rotation.overrides.iter().map(|it| &it.who)).collect()
                }
            };
            if level.receivers.is_empty() {
                if people.is_empty() {
                    return Err(format!("{at}: it reaches nobody; name receivers, a rotation or a person"));
                }
                let reached = |name: &String| self.people.get(name).is_some_and(|receivers| !receivers.is_empty());
                if let Some(name) = people.into_iter().find(|name| !reached(name)) {
                    return Err(format!(
                        "{at}: {name} cannot be reached; give the level receivers, or {name} some of their own: \
                         [paging.people.{name}]"
                    ));
                }
            }
        }
        Ok(())
    }
}

fn named<A, B>(
    table: &str,
    entries: BTreeMap<String, A>,
    check: impl Fn(&str, A) -> Checked<B>,
) -> Checked<BTreeMap<String, B>> {
    let entry = |(name, entry): (String, A)| {
        let at = format!("{table}.{name}");
        let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(letter) {
            return Err(format!("{at}: a name has 1 to {LONGEST_NAME} of a-z, 0-9, - and _"));
        }
        Ok((name, check(&at, entry)?))
    };
    entries.into_iter().map(entry).collect()
}

fn each<A, B>(list: &str, entries: Vec<A>, check: impl Fn(&str, A) -> Checked<B>) -> Checked<Vec<B>> {
    let entries = entries.into_iter().enumerate();
    entries.map(|(index, entry)| check(&format!("{list}, entry {}", index + 1), entry)).collect()
}

fn receiver(at: &str, raw: raw::Receiver) -> Checked<Receiver> {
    let (kind, min_severity) = match raw {
        raw::Receiver::PagerDuty { url, routing_key_file, routing_key_env, routing_key_secret, min_severity } => {
            let uri = address(at, &url)?;
            // The key travels in the body.
            let here = uri.host().is_some_and(|host| matches!(host, "127.0.0.1" | "[::1]" | "localhost"));
            if uri.scheme_str() != Some("https") && !here {
                return Err(format!("{at}: url: the routing key must not travel unencrypted; use https"));
            }
            let key = key(at, "routing_key", routing_key_file, routing_key_env, routing_key_secret)?;
            (Kind::PagerDuty { url: url.trim_end_matches('/').to_owned(), key }, min_severity)
        }
        raw::Receiver::Webhook { url, key_file, key_env, key_secret, min_severity } => {
            address(at, &url)?;
            (Kind::Webhook { url, key: key(at, "key", key_file, key_env, key_secret)? }, min_severity)
        }
        raw::Receiver::Sns { topic, profile, endpoint_url, min_severity } => {
            let parts: Vec<&str> = topic.split(':').collect();
            let whole = matches!(parts[..], ["arn", _, "sns", region, account, name]
                if !region.is_empty() && !account.is_empty() && !name.is_empty());
            if !whole {
                return Err(format!("{at}: topic: '{topic}' is not of the form arn:aws:sns:REGION:ACCOUNT:NAME"));
            }
            if let Some(url) = &endpoint_url {
                address(at, url)?;
            }
            (Kind::Sns(Sns { topic, profile, endpoint_url }), min_severity)
        }
    };
    Ok(Receiver { kind, min_severity })
}

/// Exactly one of the three ways to name a key.
fn key(
    at: &str,
    word: &str,
    file: Option<PathBuf>,
    variable: Option<String>,
    secret: Option<String>,
) -> Checked<KeySource> {
    match (file, variable, secret) {
        (Some(file), None, None) => Ok(KeySource::File(file)),
        (None, Some(variable), None) => Ok(KeySource::Variable(variable)),
        (None, None, Some(secret)) => Ok(KeySource::Secret(secret)),
        _ => Err(format!("{at}: name the key in exactly one way: {word}_file, {word}_env or {word}_secret")),
    }
}

fn address(at: &str, text: &str) -> Checked<Uri> {
    // The text is not repeated: the path of a webhook is often its password.
    let wrong = || format!("{at}: the address is not of the form https://HOST/…");
    let uri: Uri = text.parse().map_err(|_| wrong())?;
    let plain = !uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    let web = matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty());
    if web && plain { Ok(uri) } else { Err(wrong()) }
}

fn rotation(at: &str, raw: raw::Rotation, zone_of_all: &TimeZone) -> Checked<Rotation> {
    if raw.people.is_empty() {
        return Err(format!("{at}: people: there is nobody in it"));
    }
    if let Some(over) = raw.overrides.iter().find(|over| over.from >= over.until) {
        return Err(format!("{at}: overrides: that of {} ends before it begins", over.who));
    }
    Ok(Rotation {
        people: raw.people,
        days: match raw.turn {
            raw::Turn::Daily => 1,
            raw::Turn::Weekly => 7,
        },
        since: raw.since,
        handover: raw.handover,
        zone: zone(at, raw.time_zone.as_deref(), zone_of_all)?,
        overrides: raw.overrides,
    })
}

fn level(at: &str, raw: raw::Level) -> Checked<Level> {
    if !(1..=LONGEST_WAIT).contains(&raw.wait_minutes) {
        return Err(format!("{at}: wait_minutes: {} is out of bounds: 1 to {LONGEST_WAIT}", raw.wait_minutes));
    }
    let who = match (raw.rotation, raw.person) {
        (Some(_), Some(_)) => return Err(format!("{at}: name a rotation or a person, not both")),
        (rotation, person) => rotation.map(Who::Rotation).or(person.map(Who::Person)),
    };
    Ok(Level { who, receivers: raw.receivers, wait: SignedDuration::from_mins(raw.wait_minutes.into()) })
}

fn quiet(at: &str, raw: raw::QuietHours, zone_of_all: &TimeZone) -> Checked<QuietHours> {
    if raw.severities.contains(&Severity::Critical) {
        return Err(format!("{at}: severities: what is critical is always paged"));
    }
    if raw.from == raw.until {
        return Err(format!("{at}: from and until are the same"));
    }
    let every = Weekday::Monday.cycle_forward().take(7).collect();
    let days = match raw.days {
        None => every,
        Some(names) => names.iter().map(|name| weekday(at, name)).collect::<Checked<Vec<_>>>()?,
    };
    Ok(QuietHours {
        from: raw.from,
        until: raw.until,
        days,
        severities: raw.severities,
        then: raw.then,
        zone: zone(at, raw.time_zone.as_deref(), zone_of_all)?,
    })
}

fn weekday(at: &str, name: &str) -> Checked<Weekday> {
    Ok(match name {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        other => return Err(format!("{at}: days: '{other}' is no day of the week, such as monday")),
    })
}

fn zone(at: &str, name: Option<&str>, otherwise: &TimeZone) -> Checked<TimeZone> {
    let Some(name) = name else { return Ok(otherwise.clone()) };
    TimeZone::get(name).map_err(|_| format!("{at}: there is no time zone '{name}', such as Europe/Berlin"))
}
