//! The other services have no dry run: they are asked to read, or to act on what cannot be there.

use super::{Answer, judge};
use crate::doctor::{
    Finding,
    aws::{Account, fault::Fault},
};
use aws_sdk_cloudwatch::{
    primitives::DateTime,
    types::{Metric, MetricDataQuery, MetricStat},
};
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};

pub async fn check(account: &Account<'_>) -> Vec<Finding> {
    let (records, change, status, metrics, logs) =
        futures::join!(records(account), change(account), status(account), metrics(account), logs(account));
    judge(
        "permissions for other services",
        vec![
            ("route53:ListResourceRecordSets", records),
            ("route53:ChangeResourceRecordSets", change),
            ("route53:GetChange", status),
            ("cloudwatch:GetMetricData", metrics),
            ("logs:FilterLogEvents", logs),
        ],
    )
}

async fn records(account: &Account<'_>) -> Answer {
    let client = aws_sdk_route53::Client::new(&account.sdk);
    let call = client.list_resource_record_sets().hosted_zone_id(&account.config.hosted_zone).max_items(1);
    Answer::of(call.send().await.map(drop).map_err(|error| Fault::of(&error)), &[])
}

/// Takes away a record that cannot be there: its value is random. A batch that names what is not there changes nothing.
async fn change(account: &Account<'_>) -> Answer {
    let batch = batch(&account.config.domain, &account.env.token(32));
    let Ok(batch) = batch else { return Answer::Unknown("the question cannot be made".to_owned()) };
    let client = aws_sdk_route53::Client::new(&account.sdk);
    let call = client.change_resource_record_sets().hosted_zone_id(&account.config.hosted_zone).change_batch(batch);
    Answer::of(call.send().await.map(drop).map_err(|error| Fault::of(&error)), &["InvalidChangeBatch"])
}

fn batch(domain: &str, token: &str) -> Result<ChangeBatch, aws_sdk_route53::error::BuildError> {
    let value = ResourceRecord::builder().value(format!("\"{token}\"")).build()?;
    let set = ResourceRecordSet::builder()
        .name(format!("_doltops-doctor-{token}.{domain}"))
        .r#type(RrType::Txt)
        .ttl(60)
        .resource_records(value)
        .build()?;
    let change = Change::builder().action(ChangeAction::Delete).resource_record_set(set).build()?;
    ChangeBatch::builder().changes(change).build()
}

/// Of a change that there never was.
async fn status(account: &Account<'_>) -> Answer {
    let client = aws_sdk_route53::Client::new(&account.sdk);
    let answer = client.get_change().id("C00000000000000000000").send().await;
    Answer::of(answer.map(drop).map_err(|error| Fault::of(&error)), &["NoSuchChange"])
}

async fn metrics(account: &Account<'_>) -> Answer {
    let client = aws_sdk_cloudwatch::Client::new(&account.sdk);
    let metric = Metric::builder().namespace("Doltops/doctor").metric_name("CpuPercent").build();
    let stat = MetricStat::builder().metric(metric).period(60).stat("Average").build();
    let query = MetricDataQuery::builder().id("doctor").metric_stat(stat).build();
    let now = account.env.now().as_second();
    let call = client.get_metric_data().metric_data_queries(query);
    let call = call.start_time(DateTime::from_secs(now - 300)).end_time(DateTime::from_secs(now));
    Answer::of(call.send().await.map(drop).map_err(|error| Fault::of(&error)), &[])
}

async fn logs(account: &Account<'_>) -> Answer {
    let client = aws_sdk_cloudwatchlogs::Client::new(&account.sdk);
    let owner = account.control_plane.as_deref().unwrap_or("doctor");
    let call = client.filter_log_events().log_group_name(format!("/doltops/{owner}/doctor")).limit(1);
    Answer::of(call.send().await.map(drop).map_err(|error| Fault::of(&error)), &["ResourceNotFoundException"])
}
