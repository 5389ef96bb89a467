//! Which operations a daemon called on AWS: read off the requests, whatever service they are for.
//!
//! Agents send their metrics and logs to where the daemon that gave them their credentials called: those are signed with
//! other keys, and are not told.

use super::witness::Reader;

/// Verbs of operations that change nothing.
const READING: [&str; 5] = ["Describe", "List", "Get", "Assume", "Filter"];

/// With what a daemon's own requests are signed.
const ITS_OWN: &str = "Credential=testing/";

/// One connection.
#[derive(Default)]
pub struct Cloud {
    /// What has come of a request whose operation is not known yet.
    begun: String,
}

impl Reader for Cloud {
    fn asked(&mut self, bytes: &[u8]) -> Vec<String> {
        self.begun.push_str(&String::from_utf8_lossy(bytes));
        let Some(operation) = operation(&self.begun) else { return Vec::new() };
        let is_its_own = std::mem::take(&mut self.begun).contains(ITS_OWN);
        is_its_own.then_some(operation).into_iter().collect()
    }

    fn answered(&mut self, _: &[u8]) -> Vec<String> {
        // What an answer leaves of the request before it is its rest, and names nothing.
        self.begun.clear();
        Vec::new()
    }
}

/// Whether it changes something.
pub fn changes(operation: &str) -> bool {
    !READING.iter().any(|verb| operation.starts_with(verb))
}

/// The operation that a request names: in its form (EC2, STS), in a header (JSON), or by method and path (Route 53, CBOR).
fn operation(request: &str) -> Option<String> {
    let (head, body) = request.split_once("\r\n\r\n")?;
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    if let Some(target) = header("x-amz-target") {
        return target.rsplit('.').next().map(str::to_owned);
    }
    let mut line = head.split_whitespace();
    let (method, path) = (line.next()?, line.next()?);
    if let Some((_, operation)) = path.rsplit_once("/operation/") {
        return Some(operation.to_owned());
    }
    if path != "/" {
        let verb = if method == "GET" { "Get" } else { "Change" };
        return Some(format!("{verb} {path}"));
    }
    // The form may come after the head.
    body.split('&').find_map(|field| field.strip_prefix("Action=")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_read_off_requests() {
        let mut cloud = Cloud::default();
        let asked = |cloud: &mut Cloud, line: &str, header: &str, key: &str| {
            let head =
                format!("{line} HTTP/1.1\r\n{header}\r\nauthorization: AWS4 Credential={key}/20260101/x\r\n\r\n");
            cloud.asked(head.as_bytes())
        };
        assert_eq!(asked(&mut cloud, "POST /", "host: x", "testing"), [""; 0]);
        assert_eq!(cloud.asked(b"Action=RunInstances&Version=1"), ["RunInstances"]);
        cloud.answered(b"HTTP/1.1 200 OK");
        let target = "X-Amz-Target: secretsmanager.PutSecretValue";
        assert_eq!(asked(&mut cloud, "POST /", target, "testing"), ["PutSecretValue"]);
        assert_eq!(asked(&mut cloud, "POST /", "X-Amz-Target: Logs.PutLogEvents", "ASIA0"), [""; 0], "an agent's");
        assert_eq!(asked(&mut cloud, "GET /2013-04-01/zone", "host: x", "testing"), ["Get /2013-04-01/zone"]);
        assert!(changes("RunInstances") && changes("Change /rrset") && !changes("DescribeInstances"));
    }
}
