//! The answer to one question.

use super::record::read;
use crate::{Error, proxy::World};
use aws_sdk_route53::types::ResourceRecordSet;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, Question, RCODE, ResourceRecord, TYPE};

/// Record sets that one name can have, of all types: more than Route 53 knows types.
const SETS_OF_A_NAME: i32 = 20;

/// The answer in wire format; none to what is no question. With `limit`, a longer one only says that it is too long.
pub async fn to(question: &[u8], world: &World, limit: Option<usize>) -> Option<Vec<u8>> {
    let asked = Packet::parse(question).ok()?;
    let about = asked.questions.first()?;
    let found = Found::look(about, world).await;
    let mut reply = Packet::new_reply(asked.id());
    reply.questions.push(about.clone());
    if asked.has_flags(PacketFlag::RECURSION_DESIRED) {
        reply.set_flags(PacketFlag::RECURSION_DESIRED);
    }
    match &found {
        Ok(Found { zone: None, .. }) => *reply.rcode_mut() = RCODE::Refused,
        Err(_) => *reply.rcode_mut() = RCODE::ServerFailure,
        Ok(found) => {
            reply.set_flags(PacketFlag::AUTHORITATIVE_ANSWER);
            found.fill(about, &mut reply);
        }
    }
    let answer = reply.build_bytes_vec_compressed().ok()?;
    if limit.is_none_or(|limit| answer.len() <= limit) {
        return Some(answer);
    }
    reply.answers.clear();
    reply.name_servers.clear();
    reply.set_flags(PacketFlag::TRUNCATION);
    reply.build_bytes_vec_compressed().ok()
}

/// What Route 53 has for a name.
#[derive(Debug, Default)]
struct Found {
    /// The name of the zone that it is in.
    zone: Option<String>,
    sets: Vec<ResourceRecordSet>,
    /// The zone's SOA, which goes with every "there is none".
    soa: Option<ResourceRecordSet>,
}

impl Found {
    async fn look(question: &Question<'_>, world: &World) -> Result<Self, Error> {
        let name = question.qname.to_string().to_ascii_lowercase();
        let listed = world.route53.list_hosted_zones().send().await.map_err(Error::aws("listing hosted zones"))?;
        let zones = listed.hosted_zones.into_iter().filter(|zone| is_in(&name, plain(&zone.name)));
        // The zone that is the farthest down has the name.
        let Some(zone) = zones.max_by_key(|zone| zone.name.len()) else { return Ok(Self::default()) };
        let mut sets = sets_of(world, &zone.id, &name).await?;
        if sets.is_empty()
            && let Some((_, parent)) = name.split_once('.')
        {
            sets = sets_of(world, &zone.id, &format!("*.{parent}")).await?;
        }
        let apex = plain(&zone.name).to_owned();
        let soa = sets_of(world, &zone.id, &apex).await?.into_iter().find(|set| set.r#type().as_str() == "SOA");
        Ok(Self { zone: Some(apex), sets, soa })
    }

    fn fill<'a>(&'a self, question: &Question<'a>, reply: &mut Packet<'a>) {
        let wanted = self.sets.iter().filter(|set| is_wanted(question.qtype, set));
        reply.answers.extend(wanted.flat_map(|set| records(question.qname.clone(), set)));
        if !reply.answers.is_empty() {
            return;
        }
        if self.sets.is_empty() {
            *reply.rcode_mut() = RCODE::NameError;
        }
        if let (Some(zone), Some(soa)) = (&self.zone, &self.soa)
            && let Ok(zone) = Name::new(zone)
        {
            reply.name_servers.extend(records(zone, soa));
        }
    }
}

/// The record sets of exactly this name. Route 53 lists in its order from a name on.
async fn sets_of(world: &World, zone: &str, name: &str) -> Result<Vec<ResourceRecordSet>, Error> {
    let request = world.route53.list_resource_record_sets().hosted_zone_id(zone).start_record_name(name);
    let page = request.max_items(SETS_OF_A_NAME).send().await.map_err(Error::aws("listing records"))?;
    let own = page.resource_record_sets.into_iter().filter(|set| is_same(set.name(), name));
    Ok(own.collect())
}

fn records<'a>(name: Name<'a>, set: &'a ResourceRecordSet) -> impl Iterator<Item = ResourceRecord<'a>> {
    let ttl = set.ttl().and_then(|ttl| u32::try_from(ttl).ok()).unwrap_or_default();
    // What is no record of its type is left out: Route 53 would not have taken it.
    let data = set.resource_records().iter().filter_map(|record| read(set.r#type().as_str(), record.value()));
    data.map(move |data| ResourceRecord::new(name.clone(), CLASS::IN, ttl, data))
}

fn is_wanted(asked: QTYPE, set: &ResourceRecordSet) -> bool {
    let kind = match set.r#type().as_str() {
        "A" => TYPE::A,
        "AAAA" => TYPE::AAAA,
        "CAA" => TYPE::CAA,
        "CNAME" => TYPE::CNAME,
        "NS" => TYPE::NS,
        "SOA" => TYPE::SOA,
        "TXT" => TYPE::TXT,
        _ => return false,
    };
    // An alias is the answer to every question about its name.
    asked == QTYPE::ANY || asked == QTYPE::TYPE(kind) || kind == TYPE::CNAME
}

/// A name without its last dot.
fn plain(name: &str) -> &str {
    name.trim_end_matches('.')
}

/// Whether Route 53 means this name. It gives a star as `\052`.
fn is_same(given: &str, name: &str) -> bool {
    plain(given).replace(r"\052", "*").eq_ignore_ascii_case(name)
}

fn is_in(name: &str, zone: &str) -> bool {
    name == zone || name.strip_suffix(zone).is_some_and(|before| before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_in_its_zone_by_whole_labels() {
        assert!(is_in("doltops.test", "doltops.test"));
        assert!(is_in("a.doltops.test", "doltops.test"));
        assert!(!is_in("notdoltops.test", "doltops.test"));
    }

    #[test]
    fn a_star_is_known_in_both_spellings() {
        assert!(is_same(r"\052.doltops.test.", "*.doltops.test"));
        assert!(is_same("*.doltops.test.", "*.doltops.test"));
    }
}
