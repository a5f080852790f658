//! `send` puts a signed delivery on the wire, byte for byte, and judges the reply.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use crate::bench::{Bench, CANARY, Ended, GOOD, SECRETS};

/// A gate that gives one reply after the other, and keeps what it was sent.
struct Gate {
    url: String,
    received: JoinHandle<Vec<String>>,
}

impl Gate {
    fn answering(replies: &[(u16, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/wa-hook/r8wq4n1zt6ye", listener.local_addr().unwrap());
        let replies: Vec<(u16, String)> = replies.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        let received = thread::spawn(move || {
            let answer = |(status, body): (u16, String)| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                let mut buffer = [0; 4096];
                while !is_whole(&request) {
                    let read = stream.read(&mut buffer).unwrap();
                    assert_ne!(read, 0, "the request ended early");
                    request.extend_from_slice(&buffer[..read]);
                }
                let head = "content-type: application/json\r\nretry-after: 60\r\nx-secret: no";
                write!(stream, "HTTP/1.1 {status} -\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
                    .unwrap();
                String::from_utf8(request).unwrap()
            };
            replies.into_iter().map(answer).collect()
        });
        Self { url, received }
    }

    fn received(self) -> Vec<String> {
        self.received.join().unwrap()
    }
}

/// Whether a request has as much body as it declares.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    body.len() >= length.parse().unwrap()
}

fn body(request: &str) -> &str {
    request.split_once("\r\n\r\n").unwrap().1
}

fn signature(request: &str) -> &str {
    request.lines().find_map(|line| line.strip_prefix("X-Sign: ")).unwrap()
}

const BODY: &str = "{\"id\":\"evt_1\",\"größe\":1}\n";
const SUCCESS: &str = "{\"code\":\"ok\",\"message\":\"Success\"}";
const DUPLICATE: &str = "{\"code\":\"ok\",\"message\":\"Duplicate delivery\"}";
const FAILED: &str = "{\"code\":\"fail\",\"message\":\"Authentication failed\"}";

fn send(gate: &Gate, more: &[&str]) -> Ended {
    let bench = Bench::new(GOOD, SECRETS);
    bench.write("body", BODY);
    bench.run(&[&["send", "--hook", "r8wq4n1zt6ye", "--body", "body", "--to", &gate.url], more].concat())
}

#[test]
fn a_delivery_arrives_as_the_provider_would_send_it_and_its_reply_is_shown() {
    let gate = Gate::answering(&[(200, SUCCESS)]);
    let ended = send(&gate, &[]);
    let url = gate.url.clone();
    let received = gate.received();
    assert_eq!(body(&received[0]), BODY);
    assert!(
        received[0].starts_with("POST /wa-hook/r8wq4n1zt6ye HTTP/1.1\r\nhost: 127.0.0.1:"),
        "{url}: {}",
        received[0]
    );
    let bench = Bench::new(GOOD, SECRETS);
    bench.write("received.http", &received[0]);
    assert_eq!(bench.run(&["explain", "received.http", "--hook", "r8wq4n1zt6ye"]).status, 1, "it names no order");
    let proven = bench.run(&["explain", "received.http", "--hook", "r8wq4n1zt6ye", "--json"]);
    assert!(proven.output.contains("objects-not-found"), "{}", proven.output);
    let shown = format!("200  as expected\n  content-type: application/json\n  retry-after: 60\n  {SUCCESS}\n");
    assert_eq!((ended.status, ended.output, ended.errors), (0, shown, String::new()));
}

#[test]
fn the_exit_status_says_whether_the_reply_is_the_expected_one() {
    for (replies, arguments, status) in [
        (&[(200, SUCCESS)][..], &[][..], 0),
        (&[(202, SUCCESS)], &[], 0),
        (&[(401, FAILED)], &[], 1),
        (&[(302, "")], &[], 1),
        (&[(200, SUCCESS), (200, DUPLICATE), (200, DUPLICATE)], &["--repeat", "2"], 0),
        (&[(200, SUCCESS), (200, SUCCESS)], &["--repeat", "1"], 1),
        (&[(401, FAILED)], &["--tamper"], 0),
        (&[(200, SUCCESS)], &["--tamper"], 1),
        // No time is signed, so an old signature is as good as a new one.
        (&[(200, SUCCESS)], &["--age", "10m"], 0),
        (&[(401, FAILED)], &["--age", "10m"], 1),
    ] {
        let gate = Gate::answering(replies);
        let ended = send(&gate, arguments);
        assert_eq!(ended.status, status, "{arguments:?}: {ended:?}");
        assert_eq!(ended.output.contains("expected 2xx") || ended.output.contains("expected 401"), status == 1);
        assert_eq!(gate.received().len(), replies.len());
    }
}

#[test]
fn a_repeat_is_the_same_delivery_and_tampering_changes_one_byte_after_signing() {
    let gate = Gate::answering(&[(200, SUCCESS), (200, DUPLICATE)]);
    send(&gate, &["--repeat", "1"]);
    let received = gate.received();
    assert_eq!(received[0], received[1]);
    let gate = Gate::answering(&[(401, FAILED)]);
    send(&gate, &["--tamper"]);
    let tampered = gate.received();
    assert_eq!(signature(&tampered[0]), signature(&received[0]));
    let pairs = body(&tampered[0]).bytes().zip(BODY.bytes());
    assert_eq!(pairs.filter(|(one, other)| one != other).count(), 1);
    assert_eq!(body(&tampered[0]).len(), BODY.len());
}

#[test]
fn an_age_is_the_time_since_it_was_signed_and_too_old_is_expected_to_fail() {
    let bench = Bench::new(GOOD, "");
    bench.write("secret", "whsec_0123456789abcdef");
    for (age, seconds, reply, status) in
        [("10m", 600, (401, FAILED), 0), ("10m", 600, (200, SUCCESS), 1), ("1m", 60, (200, SUCCESS), 0)]
    {
        let gate = Gate::answering(&[reply]);
        let send = ["send", "--scheme", "stripe", "--secret-file", "secret", "--data", "{}", "--to", &gate.url];
        let ended = bench.run(&[&send[..], &["--age", age]].concat());
        assert_eq!(ended.status, status, "{age}: {ended:?}");
        let received = gate.received();
        let signed: u64 = received[0].split_once("t=").unwrap().1.split(',').next().unwrap().parse().unwrap();
        #[expect(clippy::disallowed_methods, reason = "the command's clock is that of the machine")]
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        // The clock may have gone on while the command ran.
        assert!((seconds..seconds + 30).contains(&(now - signed)), "{age}");
    }
}

#[test]
fn what_cannot_be_sent_is_neither_right_nor_wrong() {
    let bench = Bench::new(
        &GOOD
            .replace("hash = \"sha256\", header = \"X-Sign\", prefix = \"sha256=\"", "header = \"X-Sign\"")
            .replace("\"hmac\"", "\"api-key\""),
        SECRETS,
    );
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let closed = format!("http://{free}/");
    for (arguments, complaint) in [
        (&["--to", closed.as_str()][..], "runs the gate on this machine"),
        (&["--to", "http://shop.dev/wa-hook/x"], "by https alone"),
        (&["--to", "shop.dev"], "is no URL"),
        (&["--to", "ftp://127.0.0.1/"], "is no URL"),
        (&["--to", closed.as_str(), "--tamper"], "nothing signs the body"),
        (&["--to", closed.as_str(), "--age", "soon"], "\"soon\" is no duration"),
        (&["--to", closed.as_str(), "--age", "10m", "--at", "1795338000"], "cannot be used with"),
    ] {
        let ended = bench.run(&[&["send", "--hook", "r8wq4n1zt6ye", "--data", "{\"a\":1}"], arguments].concat());
        assert_eq!((ended.status, ended.output.as_str()), (2, ""), "{arguments:?}");
        assert!(ended.errors.contains(complaint), "{arguments:?}: {}", ended.errors);
        assert!(!ended.errors.contains(CANARY), "{}", ended.errors);
    }
}
