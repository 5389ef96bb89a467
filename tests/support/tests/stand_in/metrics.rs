//! CloudWatch, whose SDK speaks CBOR.

use crate::{alone, code, stand_in};
use aws_sdk_cloudwatch::{
    Client,
    config::retry::RetryConfig,
    primitives::DateTime,
    types::{Dimension, Metric, MetricDataQuery, MetricDatum, MetricStat, StandardUnit},
};
use doltops_stand_in::{StandIn, sdk_config};

const NAMESPACE: &str = "Doltops/cp-1/d-1";
/// A minute of 2026.
const THEN: i64 = 1_780_000_020;

fn cloudwatch(stand_in: &StandIn) -> Client {
    Client::new(&sdk_config(stand_in.endpoint_url()))
}

fn datum(value: f64) -> MetricDatum {
    let dimension = Dimension::builder().name("InstanceId").value("i-1").build();
    let datum = MetricDatum::builder().metric_name("LatencyP99").dimensions(dimension).value(value);
    datum.unit(StandardUnit::Milliseconds).timestamp(DateTime::from_secs(THEN)).build()
}

fn query(number: usize) -> MetricDataQuery {
    let dimension = Dimension::builder().name("InstanceId").value("i-1").build();
    let metric = Metric::builder().namespace(NAMESPACE).metric_name("LatencyP99").dimensions(dimension).build();
    let stat = MetricStat::builder().metric(metric).period(60).stat("Average").build();
    MetricDataQuery::builder().id(format!("q{number}")).metric_stat(stat).build()
}

#[tokio::test]
async fn what_is_put_is_read_back() {
    let stand_in = stand_in().await;
    let cloudwatch = cloudwatch(stand_in);
    // The second is large enough that the SDK sends it compressed.
    cloudwatch.put_metric_data().namespace(NAMESPACE).metric_data(datum(5.0)).send().await.expect("put");
    let many = (0..500).map(|_| datum(5.0)).collect();
    cloudwatch.put_metric_data().namespace(NAMESPACE).set_metric_data(Some(many)).send().await.expect("put");
    let read = cloudwatch
        .get_metric_data()
        .start_time(DateTime::from_secs(THEN - 60))
        .end_time(DateTime::from_secs(THEN + 60))
        .metric_data_queries(query(0))
        .send()
        .await
        .expect("read");
    let result = &read.metric_data_results()[0];
    assert_eq!(result.values(), [5.0]);
    assert_eq!(result.timestamps(), [DateTime::from_secs(THEN)]);
}

#[tokio::test]
async fn more_than_500_series_or_1000_data_are_refused() {
    let stand_in = stand_in().await;
    let cloudwatch = cloudwatch(stand_in);
    let read = cloudwatch
        .get_metric_data()
        .start_time(DateTime::from_secs(THEN))
        .end_time(DateTime::from_secs(THEN + 60))
        .set_metric_data_queries(Some((0..501).map(query).collect()));
    let error = read.send().await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), "ValidationError");
    let data = (0..1001).map(|_| datum(1.0)).collect();
    let put = cloudwatch.put_metric_data().namespace(NAMESPACE).set_metric_data(Some(data));
    let error = put.send().await.expect_err("refused").into_service_error();
    assert_eq!(code(&error), "ValidationError");
}

#[tokio::test]
async fn cloudwatch_says_slow_down_in_its_own_words() {
    let (stand_in, _alone) = alone().await;
    let config = aws_sdk_cloudwatch::config::Builder::from(&sdk_config(stand_in.endpoint_url()));
    let impatient = Client::from_conf(config.retry_config(RetryConfig::disabled()).build());
    stand_in.proxy.throttle("ListMetrics").once();
    let error = impatient.list_metrics().send().await.expect_err("throttled").into_service_error();
    assert_eq!(code(&error), "Throttling");
    impatient.list_metrics().namespace(NAMESPACE).send().await.expect("listed");
    assert_eq!(stand_in.proxy.calls.of("ListMetrics"), 2);
}
