//! HTTP/1.1 to this machine: one request, one connection, every byte as it was given.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use super::{Reply, Request};
use crate::target::Target;

/// How long the gate may take: longer than any hook's `timeout`.
const PATIENCE: Duration = Duration::from_secs(40);
/// Most bytes of an answer.
const MOST: u64 = 16 << 20;

pub(super) fn exchange(url: &str, request: &Request<'_>) -> Result<Reply, String> {
    let target = Target::of(url);
    let authority = url.split("://").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or("");
    let address = if authority.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok()) {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    let unreachable = |error: std::io::Error| {
        format!("{authority} cannot be reached: {error}. `npm run dev` or `npm start` runs the gate on this machine")
    };
    let mut addresses = address.to_socket_addrs().map_err(unreachable)?;
    let first = addresses.next().ok_or_else(|| format!("{authority} has no address"))?;
    let mut stream = TcpStream::connect_timeout(&first, PATIENCE).map_err(unreachable)?;
    let timed = stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
    timed.map_err(unreachable)?;
    let path = if target.path.is_empty() { "/" } else { target.path };
    let query = if target.query.is_empty() { String::new() } else { format!("?{}", target.query) };
    let mut head = format!("{} {path}{query} HTTP/1.1\r\nhost: {authority}\r\n", request.method);
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", request.body.len()));
    let broken = |error: std::io::Error| format!("the connection to {authority} broke: {error}");
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(request.body)).map_err(broken)?;
    let mut answer = Vec::new();
    stream.take(MOST).read_to_end(&mut answer).map_err(broken)?;
    parse(&answer).ok_or_else(|| format!("{authority} gave no answer in HTTP"))
}

/// Reads an answer whose connection has ended.
pub(super) fn parse(answer: &[u8]) -> Option<Reply> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, rest) = answer.split_at_checked(end)?;
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/")?.split(' ').nth(1)?.parse().ok()?;
    // An interim answer, such as 100, comes before the final one.
    if (100..200).contains(&status) {
        return parse(rest.get(4..)?);
    }
    let header = |line: &str| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
    let headers: Vec<(String, String)> = lines.filter_map(header).collect();
    let body = rest.get(4..)?;
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value.contains("chunked"));
    let body = if chunked { unchunked(body)? } else { body.to_vec() };
    Some(Reply { status, headers, body })
}

/// RFC 9112 §7.1.
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let (size, after) = rest.split_at_checked(end)?;
        let size = core::str::from_utf8(size).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        let (chunk, after) = after.get(2..)?.split_at_checked(size)?;
        body.extend_from_slice(chunk);
        rest = after.get(2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_whole() {
        let read = |text: &str| parse(text.as_bytes()).map(|reply| (reply.status, reply.headers, reply.body));
        let plain = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\nhi\r\n\r\nyou";
        let headers = vec![("content-type".to_owned(), "a/b".to_owned())];
        assert_eq!(read(plain), Some((200, headers, b"hi\r\n\r\nyou".to_vec())));
        let chunked =
            "HTTP/1.1 401 No\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n";
        assert_eq!(read(chunked).map(|(status, _, body)| (status, body)), Some((401, b"abc0123456789".to_vec())));
        for wrong in
            ["", "HTTP/1.1 200 OK\r\n", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz"]
        {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
