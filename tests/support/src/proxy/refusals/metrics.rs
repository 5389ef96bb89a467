//! CloudWatch's limits, which moto does not know.

use super::document;
use crate::proxy::{call::Call, refused::Refused};
use serde_json::Value;

/// Series that one GetMetricData gives.
const QUERIES: usize = 500;
/// Data that one PutMetricData takes.
const DATA: usize = 1_000;
/// Values of one datum.
const VALUES: usize = 150;
/// Bytes of one PutMetricData: AWS counts them as they are sent, compressed; here it is what they are unpacked.
const BYTES: usize = 1024 * 1024;

/// Why CloudWatch would refuse this call.
pub fn check(call: &Call) -> Result<(), Refused> {
    let Some(document) = document(call) else { return Ok(()) };
    let list = |name: &str| document.get(name).and_then(Value::as_array);
    match call.operation.as_str() {
        "GetMetricData" => at_most("MetricDataQueries", list("MetricDataQueries").map_or(0, Vec::len), QUERIES),
        "PutMetricData" => {
            let data = list("MetricData").map(Vec::as_slice).unwrap_or_default();
            at_most("MetricData", data.len(), DATA)?;
            for datum in data {
                let values = datum.get("Values").and_then(Value::as_array).map_or(0, Vec::len);
                at_most("MetricData.member.Values", values, VALUES)?;
            }
            if call.said.len() > BYTES {
                let message = "Request entity too large: the request is larger than 1 MB";
                return Err(Refused::by_server(413, "RequestEntityTooLarge", message));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn at_most(name: &str, given: usize, most: usize) -> Result<(), Refused> {
    if given <= most {
        return Ok(());
    }
    let message = format!("The collection {name} must not have a size greater than {most}.");
    Err(Refused::new("ValidationError", message))
}
