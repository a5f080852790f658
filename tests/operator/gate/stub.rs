//! A gate's admin API, as far as a test says what it answers.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use super::TOKEN;

/// What ends the stub.
const END: &str = "END / HTTP/1.1\r\ncontent-length: 0\r\n\r\n";
/// What any unknown path is answered with.
const UNKNOWN: &str = r#"{"code":"fail","message":"Unknown hook code"}"#;

/// A gate on this machine. What it is not told of it answers as any unknown path, and everything without the token.
pub(crate) struct Stub {
    url: String,
    address: SocketAddr,
    received: JoinHandle<Vec<String>>,
}

impl Stub {
    /// A method with a path and a query, a status, a body.
    pub(crate) fn answering(answers: &[(&str, u16, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answers: Vec<(String, u16, String)> =
            answers.iter().map(|(asked, status, body)| ((*asked).to_owned(), *status, (*body).to_owned())).collect();
        let received = thread::spawn(move || {
            let mut received = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().unwrap();
                let request = whole(&mut stream);
                if request == END {
                    return received;
                }
                let proven = request.contains(&format!("\r\nauthorization: Bearer {TOKEN}\r\n"));
                let asked = |(own, ..): &&(String, u16, String)| request.starts_with(&format!("{own} HTTP/1.1\r\n"));
                let (status, body) = match answers.iter().find(asked).filter(|_| proven) {
                    Some((_, status, body)) => (*status, body.as_str()),
                    None => (404, UNKNOWN),
                };
                let head = format!("location: https://elsewhere.dev/\r\ncontent-length: {}", body.len());
                write!(stream, "HTTP/1.1 {status} -\r\n{head}\r\n\r\n{body}").unwrap();
                received.push(request);
            }
        });
        Self { url: format!("http://{address}"), address, received }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The requests that it got: method, path and query, and the body.
    pub(crate) fn received(self) -> Vec<(String, String)> {
        TcpStream::connect(self.address).unwrap().write_all(END.as_bytes()).unwrap();
        let parts = |request: String| {
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            let line = head.split(" HTTP/").next().unwrap();
            (line.to_owned(), body.to_owned())
        };
        self.received.join().unwrap().into_iter().map(parts).collect()
    }
}

/// A request with as much body as it declares.
fn whole(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() >= length.parse().unwrap() {
                return text;
            }
        }
        let read = stream.read(&mut buffer).unwrap();
        assert_ne!(read, 0, "the request ended early");
        request.extend_from_slice(&buffer[..read]);
    }
}
