//! Measures this machine in the place of the instance, and sends it to CloudWatch.
//!
//! The values are the whole machine's: instances share it. Names, units and dimensions are as the real agent has them.

use super::config::{AppendDimension, Metrics, Plugin};
use aws_sdk_cloudwatch::{
    Client,
    error::DisplayErrorContext,
    types::{Dimension, MetricDatum, StandardUnit},
};
use std::{collections::BTreeMap, fs, path::Path};

/// Where metrics go when no namespace is given.
const NAMESPACE: &str = "CWAgent";

/// Processor time since the machine's boot, in ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticks {
    all: u64,
    idle: u64,
}

/// Measures and sends; `before` is what the last measuring found.
///
/// # Errors
/// In words.
pub async fn send(
    client: &Client,
    instance: &str,
    data: &Path,
    metrics: &Metrics,
    before: &mut Option<Ticks>,
) -> Result<(), String> {
    let now = ticks(&fs::read_to_string("/proc/stat").unwrap_or_default());
    let processors = before.zip(now).and_then(|(before, now)| active(before, now));
    *before = now;
    let memory = memory(&fs::read_to_string("/proc/meminfo").unwrap_or_default());
    let collected = &metrics.metrics_collected;
    let path = collected.disk.as_ref().and_then(|disk| disk.resources.first().cloned()).unwrap_or_default();
    let values = [
        (&collected.cpu, "cpu", "usage_active", processors, vec![("cpu", "cpu-total".to_owned())]),
        (&collected.mem, "mem", "used_percent", memory, Vec::new()),
        (&collected.disk, "disk", "used_percent", disk(data), vec![("path", path), ("fstype", "xfs".to_owned())]),
    ];
    let mut datums = Vec::new();
    for (plugin, name, measurement, value, own) in values {
        if let (Some(plugin), Some(value)) = (plugin, value)
            && asks_for(plugin, name, measurement)
        {
            let full_name = format!("{name}_{measurement}");
            let sets = dimensions(metrics, plugin, &full_name, instance, &own);
            datums.extend(sets.into_iter().map(|set| datum(&full_name, value, set)));
        }
    }
    if datums.is_empty() {
        return Ok(());
    }
    let namespace = metrics.namespace.as_deref().unwrap_or(NAMESPACE);
    let call = client.put_metric_data().namespace(namespace).set_metric_data(Some(datums));
    call.send().await.map(drop).map_err(|error| format!("PutMetricData: {}", DisplayErrorContext(&error)))
}

fn asks_for(plugin: &Plugin, name: &str, measurement: &str) -> bool {
    plugin.measurement.iter().any(|asked| asked.strip_prefix(&format!("{name}_")).unwrap_or(asked) == measurement)
}

/// The sets of dimensions that a metric is sent with: its own with those that are appended, and each aggregation of
/// them; the aggregations alone where the original is dropped.
fn dimensions(
    metrics: &Metrics,
    plugin: &Plugin,
    name: &str,
    instance: &str,
    own: &[(&str, String)],
) -> Vec<BTreeMap<String, String>> {
    let mut full: BTreeMap<String, String> =
        own.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    full.extend(plugin.append_dimensions.clone());
    if metrics.append_dimensions.contains_key(&AppendDimension::InstanceId) {
        full.insert("InstanceId".to_owned(), instance.to_owned());
    }
    let aggregations = metrics.aggregation_dimensions.iter().filter_map(|keys| {
        let set: BTreeMap<_, _> =
            full.iter().filter(|(key, _)| keys.contains(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
        // One that is the original itself is nobody's aggregation.
        (set.len() == keys.len() && set != full).then_some(set)
    });
    let mut sets: Vec<_> = aggregations.collect();
    if !plugin.drop_original_metrics.iter().any(|dropped| dropped == name) {
        sets.push(full.clone());
    }
    sets
}

fn datum(name: &str, value: f64, dimensions: BTreeMap<String, String>) -> MetricDatum {
    let dimensions =
        dimensions.into_iter().map(|(key, value)| Dimension::builder().name(key).value(value).build()).collect();
    let datum = MetricDatum::builder().metric_name(name).value(value).unit(StandardUnit::Percent);
    datum.set_dimensions(Some(dimensions)).build()
}

/// The first line of `/proc/stat`: user, nice, system, idle, …; what guests use is in the first two already.
fn ticks(stat: &str) -> Option<Ticks> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let fields: Vec<u64> = line.split_whitespace().take(8).filter_map(|field| field.parse().ok()).collect();
    Some(Ticks { all: fields.iter().sum(), idle: *fields.get(3)? })
}

#[allow(clippy::cast_precision_loss, reason = "a share in hundredths needs no more than 52 bits")]
fn active(before: Ticks, now: Ticks) -> Option<f64> {
    let all = now.all.checked_sub(before.all).filter(|all| *all > 0)?;
    Some(100.0 - 100.0 * now.idle.saturating_sub(before.idle) as f64 / all as f64)
}

#[allow(clippy::cast_precision_loss, reason = "a share in hundredths needs no more than 52 bits")]
fn memory(meminfo: &str) -> Option<f64> {
    let kib = |key: &str| -> Option<f64> {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let (total, available) = (kib("MemTotal")?, kib("MemAvailable")?);
    (total > 0.0).then(|| 100.0 * (total - available) / total)
}

#[allow(clippy::cast_precision_loss, reason = "a share in hundredths needs no more than 52 bits")]
fn disk(data: &Path) -> Option<f64> {
    let found = rustix::fs::statvfs(data).ok()?;
    let used = found.f_blocks.saturating_sub(found.f_bfree);
    // As df: what is kept for root is not there for others.
    let usable = used.saturating_add(found.f_bavail);
    (usable > 0).then(|| 100.0 * used as f64 / usable as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_what_the_kernel_tells() {
        let before = ticks("cpu  10 0 10 80 0 0 0 0 0 0\ncpu0 …").expect("read");
        let now = ticks("cpu  20 0 20 160 0 0 0 0 0 0").expect("read");
        assert_eq!(active(before, now), Some(20.0));
        assert_eq!(active(now, now), None);
        assert_eq!(memory("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable:  250 kB\n"), Some(75.0));
    }

    #[test]
    fn a_measurement_is_asked_for_with_or_without_its_plugins_name() {
        let plugin = |name: &str| Plugin { measurement: vec![name.to_owned()], ..Plugin::default() };
        assert!(asks_for(&plugin("used_percent"), "disk", "used_percent"));
        assert!(asks_for(&plugin("disk_used_percent"), "disk", "used_percent"));
        assert!(!asks_for(&plugin("free"), "disk", "used_percent"));
    }

    #[test]
    fn a_dropped_original_leaves_its_aggregations_and_nothing_where_there_are_none() {
        let metrics: Metrics = serde_json::from_value(serde_json::json!({
            "aggregation_dimensions": [["InstanceId"]], "metrics_collected": {},
        }))
        .expect("metrics");
        let plugin = |dropped: &str| Plugin {
            append_dimensions: [("InstanceId".to_owned(), "i-1".to_owned())].into(),
            drop_original_metrics: vec![dropped.to_owned()],
            ..Plugin::default()
        };
        let lengths = |dropped: &str, own: &[(&str, String)]| -> Vec<usize> {
            dimensions(&metrics, &plugin(dropped), "m", "i-1", own).iter().map(BTreeMap::len).collect()
        };
        let device = [("cpu", "cpu-total".to_owned())];
        assert_eq!(lengths("other", &device), [1, 2]);
        assert_eq!(lengths("m", &device), [1]);
        assert_eq!(lengths("other", &[]), [1]);
        assert_eq!(lengths("m", &[]), [0; 0], "there is nothing to aggregate, and the original is dropped");
    }
}
