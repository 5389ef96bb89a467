//! A CloudWatch that takes PutMetricData as the SDK sends it, and fails as it is told to.

use ciborium::Value;
use std::{
    collections::BTreeMap,
    io::Read,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// One datum of a metric, as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Datum {
    pub namespace: String,
    pub metric: String,
    pub dimensions: Vec<(String, String)>,
    pub unit: String,
    pub minute: i64,
    pub count: f64,
    pub sum: f64,
    pub least: f64,
    pub most: f64,
}

#[derive(Debug, Default)]
struct Seen {
    data: Vec<Datum>,
    requests: usize,
    // The keys that requests were signed with, in turn.
    keys: Vec<String>,
    away: bool,
}

/// Ends with its drop.
#[derive(Debug)]
pub struct CloudWatch {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    server: JoinHandle<()>,
}

impl CloudWatch {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let seen = Arc::<Mutex<Seen>>::default();
        let state = Arc::clone(&seen);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&state)));
            }
        });
        Self { address, seen, server }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// It answers every request with 503, or does not any more.
    pub fn away(&self, away: bool) {
        self.seen.lock().expect("whole").away = away;
    }

    pub fn data(&self) -> Vec<Datum> {
        self.seen.lock().expect("whole").data.clone()
    }

    pub fn requests(&self) -> usize {
        self.seen.lock().expect("whole").requests
    }

    pub fn last_key(&self) -> Option<String> {
        self.seen.lock().expect("whole").keys.last().cloned()
    }

    /// By metric, the minutes that came and how often.
    pub fn minutes(&self) -> BTreeMap<String, BTreeMap<i64, usize>> {
        let mut all = BTreeMap::<String, BTreeMap<i64, usize>>::new();
        for datum in self.data() {
            *all.entry(datum.metric).or_default().entry(datum.minute).or_default() += 1;
        }
        all
    }
}

impl Drop for CloudWatch {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(mut stream: TcpStream, seen: Arc<Mutex<Seen>>) {
    let Some((head, body)) = request(&mut stream).await else { return };
    let away = {
        let mut seen = seen.lock().expect("whole");
        seen.requests += 1;
        seen.keys.push(header(&head, "authorization").split(['=', '/']).nth(1).unwrap_or_default().to_owned());
        if !seen.away {
            assert!(head.starts_with("POST ") && head.contains("/operation/PutMetricData"), "{head}");
            let body = if header(&head, "content-encoding") == "gzip" { unzip(&body) } else { body };
            seen.data.extend(read(&body));
        }
        seen.away
    };
    let status = if away { "503 Service Unavailable" } else { "200 OK" };
    let mut bytes = format!(
        "HTTP/1.1 {status}\r\nsmithy-protocol: rpc-v2-cbor\r\ncontent-type: application/cbor\r\nconnection: close\r\n\
         content-length: 1\r\n\r\n"
    )
    .into_bytes();
    // An empty map in CBOR.
    bytes.push(0xa0);
    let _ = stream.write_all(&bytes).await;
}

async fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length: usize = header(&head, "content-length").parse().expect("a length");
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some((head, bytes.split_off(end)))
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value.trim())
}

fn unzip(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut all).expect("gzip");
    all
}

fn read(body: &[u8]) -> Vec<Datum> {
    let request: Value = ciborium::from_reader(body).expect("CBOR");
    let namespace = text(field(&request, "Namespace"));
    let data = field(&request, "MetricData").as_array().expect("a list").iter();
    data.map(|datum| {
        let statistics = field(datum, "StatisticValues");
        let number = |name| field(statistics, name).as_float().expect("a number");
        let dimensions = field(datum, "Dimensions").as_array().expect("a list").iter();
        Datum {
            namespace: namespace.clone(),
            metric: text(field(datum, "MetricName")),
            dimensions: dimensions.map(|one| (text(field(one, "Name")), text(field(one, "Value")))).collect(),
            unit: text(field(datum, "Unit")),
            minute: seconds(field(datum, "Timestamp")) / 60,
            count: number("SampleCount"),
            sum: number("Sum"),
            least: number("Minimum"),
            most: number("Maximum"),
        }
    })
    .collect()
}

fn field<'a>(map: &'a Value, name: &str) -> &'a Value {
    let found = map.as_map().expect("a map").iter().find(|(key, _)| key.as_text() == Some(name));
    found.map(|(_, value)| value).unwrap_or_else(|| panic!("no {name} in {map:?}"))
}

fn text(value: &Value) -> String {
    value.as_text().expect("a text").to_owned()
}

/// CBOR's tag 1: seconds since 1970, with or without a fraction.
fn seconds(value: &Value) -> i64 {
    let (_, seconds) = value.as_tag().expect("a time");
    match seconds {
        Value::Float(seconds) => *seconds as i64,
        other => other.as_integer().and_then(|seconds| i64::try_from(seconds).ok()).expect("seconds"),
    }
}
