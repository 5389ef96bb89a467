//! `doltops get`: one deployment.

use super::{
    Context, Stop,
    args::Named,
    json, list,
    output::Tone,
    plan,
    table::{Cell, Column, Table},
    text,
};
use doltops_proto::hosted_api::{Deployment, GetDeploymentRequest, PlanResponse};

pub async fn run(args: Named, mut context: Context<'_>) -> Result<(), Stop> {
    let request = GetDeploymentRequest { name: args.name.to_string() };
    let deployment = context.client.get_deployment(request).await?.into_inner();
    if context.out.is_json() {
        return context.out.json(&json::Deployment::from(&deployment));
    }
    let now_ms = context.env.now().as_millisecond();
    context.out.table(&facts(&deployment, now_ms))?;
    if !deployment.plan.is_empty() {
        context.out.line("")?;
        context.out.table(&plan::steps(&PlanResponse { steps: deployment.plan, ..PlanResponse::default() }))?;
    }
    Ok(())
}

fn facts(it: &Deployment, now_ms: i64) -> Table {
    let desired = it.desired.clone().unwrap_or_default();
    let observed = it.observed.clone().unwrap_or_default();
    let settings: Vec<String> = desired.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
    // Of a moment of the past neither is kept.
    let since = |ms, said: fn(String) -> String, unknown: &str| match ms {
        0 => unknown.to_owned(),
        ms => said(text::age(ms, now_ms)),
    };
    let health = format!("{}{}", it.health, since(it.health_since_ms, |age| format!(" for {age}"), ""));
    let seen = since(it.seen_ms, |age| format!("seen {age} ago"), "when it was seen is not known");
    let disk = match observed.disk_total_bytes {
        0 => String::new(),
        total => format!("{} of {}", text::bytes(observed.disk_used_bytes), text::bytes(total)),
    };
    let address = if observed.port == 0 { String::new() } else { format!("{}:{}", observed.address, observed.port) };
    let power = if desired.deleting { "being deleted" } else { desired.power.as_str() };
    let mut table = Table::new(&[Column::Left(""), Column::Left("DESIRED"), Column::Left("OBSERVED")]);
    let mut both = |title: &str, desired: &str, observed: &str| {
        if desired.is_empty() && observed.is_empty() {
            return;
        }
        table.row([Cell::toned(title, Tone::Faint), text::or_dash(desired).into(), text::or_dash(observed).into()]);
    };
    both("name", &it.name, &it.id);
    both("health", power, &health);
    both("flags", &list::flags(&desired), "");
    both("doing", "", &list::doing(it));
    both("type", &desired.instance_type, &observed.instance_type);
    both("volume", &gib(desired.volume_gib, ""), &gib(observed.volume_gib, &observed.volume_id));
    both("settings", &settings.join(" "), "");
    both("certificate", &desired.certificate, &until(observed.certificate_not_after_ms));
    both("stands in", "", &observed.stands_in);
    let where_it_is = format!("{} {} {}", observed.instance_id, observed.instance_state, observed.zone);
    both("instance", "", where_it_is.trim());
    both("dolt", "", &observed.dolt_version);
    both("host name", "", &observed.host_name);
    both("address", "", &address);
    both("disk", "", &disk);
    both("generation", &it.generation.to_string(), &seen);
    both("commit", &it.commit, "");
    both("last error", "", &observed.last_error);
    for coming in &it.coming {
        both("coming", "", coming);
    }
    for drift in &it.drift {
        both(&format!("drift: {}", drift.what), &drift.expected, &format!("{}; {}", drift.seen, drift.remedy));
    }
    both("connect", "", &it.connect_command);
    both("clone", "", &it.clone_command);
    table
}

fn gib(size: u32, id: &str) -> String {
    if size == 0 { id.to_owned() } else { format!("{size} GiB {id}").trim_end().to_owned() }
}

fn until(ms: i64) -> String {
    if ms == 0 { String::new() } else { format!("until {}", text::moment(ms)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_kept_of_the_past_is_said_and_not_dashed() {
        let then = Deployment { name: "orders".into(), health: "unknown".into(), ..Deployment::default() };
        let told = facts(&then, 5_000).render(false);
        assert!(!told.contains("for –") && !told.contains("– ago"), "{told}");
        assert!(told.contains("when it was seen is not known"), "{told}");
        let told = facts(&Deployment { health_since_ms: 2_000, seen_ms: 4_000, ..then }, 5_000).render(false);
        assert!(told.contains("unknown for 3 s") && told.contains("seen 1 s ago"), "{told}");
    }
}
