//! When a database's certificate is renewed.
//!
//! Pure: the certificate that is served, the authority's wish, the service window and the time give the same answer.
//!
//! Guarantees
//! - A certificate is ordered when its authority asks for it, otherwise after two thirds of its life, whatever its length.
//! - Dolt restarts for it in the service window; outside it only rather than let the certificate end, or be revoked.
//! - Nothing is ordered while a limit or a refusal says not yet; what is served goes on being served. Where nothing is
//!   served yet, one of the control plane's own stands in until a public one can be had.
//!
//! Why an order and its deploy are apart: an order costs nothing that runs, and can be refused for days; a deploy restarts
//! Dolt. So the first comes early and the second when it suits.

use super::{differs, preview::AWAY_FOR_A_RESTART};
use crate::model::{Applied, CertificateKind, Desired, Incarnation, Issued, Observed, OrderFailure, Suggested, Window};
use jiff::{SignedDuration, Timestamp};

/// Of its life a certificate has this share left when it is renewed: as Let's Encrypt advises, and 30 days of 90.
const RENEWED: i128 = 3;

/// And this share, when Dolt restarts for it outside the service window. Half of what it had when its renewal began: the
/// first half was for windows and for orders that were refused, the other is for clients whose clocks are wrong.
const AT_LAST: i128 = 2 * RENEWED;

/// And this share, when people are told that it should have been renewed: half of that again, so that what goes on in
/// time is never an alarm.
const LATE: i128 = 2 * AT_LAST;

/// What is farther away than this is no news: a weekly window comes in it.
const NEWS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A public certificate that cannot be had for longer than this has one of the control plane's own stand in for it: an
/// order that found no place, or an authority that stumbles, is mostly over by then, and costs no second restart.
const WORTH_WAITING: SignedDuration = SignedDuration::from_mins(1);

/// What people read of one that stands in.
pub const STANDS_IN: &str = "its certificate is the control plane's own, in the place of a public one";

/// What is due of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing, or nothing may be done now.
    Nothing,
    /// An order.
    Order,
    /// Nothing by itself; when Dolt restarts anyway, it restarts with the new one.
    IfRestarted,
    /// A deploy, for which Dolt restarts.
    Deploy,
}

/// What decides a renewal.
#[derive(Clone, Copy, Debug)]
struct Terms {
    not_before: Timestamp,
    not_after: Timestamp,
    suggested: Option<Suggested>,
    window: Option<Window>,
}

impl Terms {
    fn of(desired: &Desired, applied: &Applied, observed: &Observed) -> Self {
        Self {
            not_before: applied.certificate_not_before,
            not_after: applied.certificate_not_after,
            suggested: observed.ordering.suggested.filter(|_| is_public(desired)),
            window: desired.spec.settings.service_window(),
        }
    }

    /// When so much of its life is left.
    fn with_left(&self, share: i128) -> Timestamp {
        let life = self.not_after.duration_since(self.not_before).max(SignedDuration::ZERO);
        self.not_after.checked_sub(SignedDuration::from_millis_i128(life.as_millis() / share)).unwrap_or(self.not_after)
    }

    /// When the next one is ordered.
    fn order_at(&self) -> Timestamp {
        let usual = self.with_left(RENEWED);
        self.suggested.map_or(usual, |suggested| suggested.at).min(self.with_left(AT_LAST))
    }

    /// When it is deployed, if it could be from `ready` on.
    fn deploy_at(&self, ready: Timestamp) -> Timestamp {
        let Some(window) = self.window else { return ready };
        let last = match self.suggested {
            // A wish for long before the usual time is how an authority says that it will revoke.
            Some(suggested) if suggested.until < self.with_left(RENEWED) => suggested.until,
            _ => self.with_left(AT_LAST),
        };
        window.next(ready).from.min(last).max(ready)
    }
}

fn is_public(desired: &Desired) -> bool {
    desired.spec.certificate == CertificateKind::WebPki
}

/// What was signed for that incarnation's key and is good at `now`.
pub fn issued(observed: &Observed, incarnation: Incarnation, now: Timestamp) -> Option<&Issued> {
    observed.issued.as_ref().filter(|issued| issued.incarnation == incarnation && now < issued.not_after)
}

/// Why nothing may be ordered at `now`.
pub fn not_yet(observed: &Observed, now: Timestamp) -> Option<&OrderFailure> {
    observed.ordering.failure.as_ref().filter(|failure| now < failure.again)
}

/// Why one of the control plane's own stands in for a public certificate, where none can be had for a while; none: it is
/// waited for, or nothing stands in the way.
pub fn stand_in(observed: &Observed, now: Timestamp) -> Option<&OrderFailure> {
    not_yet(observed, now).filter(|failure| failure.again.duration_since(failure.since) > WORTH_WAITING)
}

/// Whether what is served is one of the control plane's own, in the place of a public one.
pub fn stands_in(desired: &Desired, applied: &Applied) -> bool {
    is_public(desired) && differs::is_own(&applied.certificate_names)
}

/// What is due of the certificate that is served.
pub fn due(desired: &Desired, applied: &Applied, observed: &Observed, incarnation: Incarnation, now: Timestamp) -> Due {
    let terms = Terms::of(desired, applied, observed);
    let goes = goes(observed);
    let new = issued(observed, incarnation, now).filter(|issued| issued.serial != applied.certificate_serial);
    if stands_in(desired, applied) {
        // Clients that verify it cannot connect: no window is waited for.
        return match (new, not_yet(observed, now)) {
            (Some(_), _) => Due::Deploy,
            (None, None) => Due::Order,
            (None, Some(_)) if terms.order_at() <= now || goes => Due::Deploy,
            (None, Some(_)) => Due::Nothing,
        };
    }
    let has = if is_public(desired) { new.is_some() } else { terms.order_at() <= now || goes };
    if has {
        if terms.deploy_at(now) <= now { Due::Deploy } else { Due::IfRestarted }
    } else if is_public(desired) && terms.order_at() <= now && not_yet(observed, now).is_none() {
        Due::Order
    } else {
        Due::Nothing
    }
}

/// Whether the certificate that is served is one of our own, of an authority whose place another takes.
fn goes(observed: &Observed) -> bool {
    observed.agent.present().and_then(|report| report.trust).is_some_and(|trust| !trust.database)
}

/// When the successor of what is served is ordered.
pub fn renewal_at(desired: &Desired, applied: &Applied, observed: &Observed) -> Timestamp {
    Terms::of(desired, applied, observed).order_at()
}

/// Whether a certificate should have been renewed by now.
pub fn is_late(applied: &Applied, now: Timestamp) -> bool {
    let (not_before, not_after) = (applied.certificate_not_before, applied.certificate_not_after);
    Terms { not_before, not_after, suggested: None, window: None }.with_left(LATE) <= now
}

/// Since when something about the renewal is due, or will be, for people: what will be done by itself, and when.
pub fn coming(desired: Option<&Desired>, observed: &Observed, now: Timestamp) -> Option<String> {
    let desired = desired.filter(|desired| !desired.paused)?;
    let refused = || {
        let failure = not_yet(observed, now).filter(|_| is_public(desired))?;
        Some(format!("certificate: ordered again {}: {}", when(failure.again, now), failure.error))
    };
    let report = observed.agent.present()?;
    let Some(applied) = &report.applied else { return refused() };
    let terms = Terms::of(desired, applied, observed);
    let new = issued(observed, report.incarnation, now).filter(|issued| issued.serial != applied.certificate_serial);
    let ready = if new.is_some() || (!is_public(desired) && goes(observed)) { now } else { terms.order_at().max(now) };
    if new.is_none()
        && (terms.order_at() <= now || stands_in(desired, applied))
        && let Some(refused) = refused()
    {
        return Some(refused);
    }
    let at = terms.deploy_at(ready);
    if at > now.checked_add(NEWS).unwrap_or(Timestamp::MAX) {
        return None;
    }
    let where_to = match terms.window {
        Some(window) if window.next(at).from <= at => " in the service window",
        Some(_) => ", outside the service window, because it would end before the next",
        None => "",
    };
    let away = format!("; Dolt restarts, about {AWAY_FOR_A_RESTART} s");
    Some(format!("certificate: renewed {}{where_to}{away}", when(at, now)))
}

/// What is wrong with the certificate that is served, in words: why it is renewed.
pub fn why(desired: &Desired, applied: &Applied, now: Timestamp) -> String {
    let (not_before, not_after) = (applied.certificate_not_before, applied.certificate_not_after);
    let terms = Terms { not_before, not_after, suggested: None, window: None };
    if stands_in(desired, applied) {
        STANDS_IN.to_owned()
    } else if !is_public(desired) && now < terms.with_left(RENEWED) {
        // Nothing else has one of our own renewed before its time.
        "its certificate is of an authority whose place another takes".to_owned()
    } else {
        left(applied, now)
    }
}

/// How long a certificate is still good, in the unit that fits.
pub fn left(applied: &Applied, now: Timestamp) -> String {
    let seconds = applied.certificate_not_after.duration_since(now).as_secs();
    match seconds {
        ..=0 => "its certificate has ended".to_owned(),
        1..120 => format!("its certificate ends in {seconds} s"),
        120..7_200 => format!("its certificate ends in {} min", seconds / 60),
        7_200..172_800 => format!("its certificate ends in {} h", seconds / 3_600),
        _ => format!("its certificate ends in {} days", seconds / 86_400),
    }
}

fn when(at: Timestamp, now: Timestamp) -> String {
    if at <= now {
        return "now".to_owned();
    }
    // Within six days the day of the week names one day alone.
    let near = at.duration_since(now) < SignedDuration::from_hours(6 * 24);
    at.strftime(if near { "%a %H:%M UTC" } else { "%F %H:%M UTC" }).to_string()
}

#[cfg(test)]
mod tests;
