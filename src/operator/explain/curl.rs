//! A curl command, as browsers and providers' dashboards copy it for a POSIX shell.

use super::capture::Capture;

/// Whether a text is a curl command.
pub(super) fn is_command(bytes: &[u8]) -> bool {
    command(bytes).strip_prefix(b"curl").is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_whitespace))
}

/// The text without comments before it, and without a shell's prompt.
fn command(bytes: &[u8]) -> &[u8] {
    let mut text = bytes.trim_ascii();
    while text.starts_with(b"#") {
        let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
        text = text.get(end..).unwrap_or(&[]).trim_ascii();
    }
    text.strip_prefix(b"$ ").unwrap_or(text)
}

/// # Errors
/// What the command does that cannot be known from its text.
pub(super) fn read(bytes: &[u8]) -> Result<Capture, String> {
    let words = words(command(bytes))?;
    let mut command = Command::default();
    let mut words = words.into_iter().skip(1);
    while let Some(word) = words.next() {
        let text = String::from_utf8_lossy(&word).into_owned();
        let (option, attached) = match text.strip_prefix('-') {
            None => {
                command.url = Some(text);
                continue;
            }
            Some(long) if long.starts_with('-') => (text.clone(), None),
            Some(short) => {
                let length = short.chars().next().map_or(0, char::len_utf8);
                let (flag, rest) = short.split_at_checked(length).unwrap_or((short, ""));
                (format!("-{flag}"), Some(rest.to_owned()).filter(|rest| !rest.is_empty()))
            }
        };
        let option = option.as_str();
        if IGNORED.contains(&option) {
            continue;
        }
        let mut value = || match &attached {
            // The bytes as they are: `-d` and two bytes of its name.
            Some(_) => word.get(2..).map(<[u8]>::to_vec).ok_or_else(String::new),
            None => words.next().ok_or_else(|| format!("curl's {option} has no value")),
        };
        if SKIPPED.contains(&option) {
            value()?;
            continue;
        }
        command.take(option, value()?)?;
    }
    command.finish()
}

/// Options without a value that change nothing of the request's bytes.
const IGNORED: [&str; 22] = [
    "-s",
    "-S",
    "-i",
    "-v",
    "-k",
    "-L",
    "-f",
    "-g",
    "-N",
    "-#",
    "--silent",
    "--show-error",
    "--include",
    "--verbose",
    "--insecure",
    "--location",
    "--fail",
    "--compressed",
    "--globoff",
    "--http1.1",
    "--http2",
    "--no-buffer",
];
/// Options whose value changes nothing.
const SKIPPED: [&str; 8] =
    ["-o", "--output", "-m", "--max-time", "--connect-timeout", "-w", "--write-out", "--resolve"];

#[derive(Default)]
struct Command {
    method: Option<String>,
    url: Option<String>,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    json: bool,
}

impl Command {
    fn take(&mut self, option: &str, value: Vec<u8>) -> Result<(), String> {
        let text = String::from_utf8_lossy(&value).into_owned();
        match option {
            "-X" | "--request" => self.method = Some(text.to_ascii_uppercase()),
            "--url" => self.url = Some(text),
            "-H" | "--header" => {
                if let Some((name, value)) = text.split_once(':') {
                    self.headers.push((name.trim().to_ascii_lowercase(), value.trim().into()));
                }
            }
            "-A" | "--user-agent" => self.headers.push(("user-agent".into(), text)),
            "-e" | "--referer" => self.headers.push(("referer".into(), text)),
            "-b" | "--cookie" => self.headers.push(("cookie".into(), text)),
            "-u" | "--user" => {
                use base64ct::{Base64, Encoding as _};
                self.headers.push(("authorization".into(), format!("Basic {}", Base64::encode_string(&value))));
            }
            "-d" | "--data" | "--data-ascii" | "--data-binary" | "--json" if value.first() == Some(&b'@') => {
                return Err(format!(
                    "curl's {option} reads the body from a file that is not here: save the request as an .http file, headers, an empty line, and that file byte for byte"
                ));
            }
            "-d" | "--data" | "--data-ascii" | "--data-binary" | "--data-raw" | "--json" => {
                self.json |= option == "--json";
                match &mut self.body {
                    None => self.body = Some(value),
                    Some(body) => {
                        // RFC 1866: what curl joins several of them by.
                        body.extend_from_slice(if self.json { b"" } else { b"&" });
                        body.extend_from_slice(&value);
                    }
                }
            }
            _ => {
                // What follows `=` may be anything, a password as well.
                let option = option.split('=').next().unwrap_or("");
                return Err(format!("curl's {option} is not understood here: save the request as an .http file"));
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Capture, String> {
        let url = self.url.ok_or("the curl command has no URL")?;
        let url = if url.contains("://") { url } else { format!("http://{url}") };
        let mut headers = self.headers;
        let mut default = |name: &str, value: &str| {
            if !headers.iter().any(|(own, _)| own == name) {
                headers.push((name.into(), value.into()));
            }
        };
        if self.body.is_some() {
            default("content-type", if self.json { "application/json" } else { "application/x-www-form-urlencoded" });
        }
        let method = self.method.unwrap_or_else(|| if self.body.is_some() { "POST" } else { "GET" }.into());
        Ok(Capture { method, url, headers, body: self.body.unwrap_or_default() })
    }
}

/// The words of a POSIX shell, and `$'…'` of bash.
fn words(text: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut rest = text.iter().copied().peekable();
    const OPEN: &str = "a quote in the curl command is not closed";
    const VARIABLE: &str =
        "the curl command has a shell's variable, whose value is not here: put the value in its place";
    while let Some(byte) = rest.next() {
        match byte {
            b'\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next().ok_or(OPEN)? {
                        b'\'' => break,
                        byte => word.push(byte),
                    }
                }
            }
            b'"' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next().ok_or(OPEN)? {
                        b'"' => break,
                        b'$' | b'`' => return Err(VARIABLE.into()),
                        b'\\' => match rest.next().ok_or(OPEN)? {
                            b'\n' => {}
                            byte @ (b'"' | b'\\' | b'$' | b'`') => word.push(byte),
                            byte => word.extend([b'\\', byte]),
                        },
                        byte => word.push(byte),
                    }
                }
            }
            b'$' if rest.next_if_eq(&b'\'').is_some() => dollar(&mut rest, word.get_or_insert_default()).ok_or(OPEN)?,
            b'$' | b'`' => return Err(VARIABLE.into()),
            b'\\' => match rest.next() {
                Some(b'\n') => {}
                Some(b'\r') if rest.next_if_eq(&b'\n').is_some() => {}
                Some(byte) => word.get_or_insert_default().push(byte),
                None => {}
            },
            b'^' => return Err("this is curl for Windows' cmd: copy it for bash instead".into()),
            byte if byte.is_ascii_whitespace() => words.extend(word.take()),
            byte => word.get_or_insert_default().push(byte),
        }
    }
    words.extend(word);
    Ok(words)
}

/// What stands in `$'…'`, up to its end.
fn dollar(rest: &mut core::iter::Peekable<impl Iterator<Item = u8>>, word: &mut Vec<u8>) -> Option<()> {
    loop {
        match rest.next()? {
            b'\'' => return Some(()),
            b'\\' => match rest.next()? {
                b'n' => word.push(b'\n'),
                b'r' => word.push(b'\r'),
                b't' => word.push(b'\t'),
                b'a' => word.push(7),
                b'b' => word.push(8),
                b'f' => word.push(12),
                b'v' => word.push(11),
                b'e' => word.push(27),
                b'x' => word.push(u8::try_from(number(rest, None, 2)?).ok()?),
                b'u' => character(rest, 4, word)?,
                b'U' => character(rest, 8, word)?,
                digit @ b'0'..=b'7' => word.push(u8::try_from(octal(rest, digit)?).ok()?),
                byte => word.push(byte),
            },
            byte => word.push(byte),
        }
    }
}

fn character(rest: &mut core::iter::Peekable<impl Iterator<Item = u8>>, most: usize, word: &mut Vec<u8>) -> Option<()> {
    let mut code = number(rest, None, most)?;
    // Browsers write what is beyond 16 bits as two halves, as JavaScript does.
    if (0xd800..0xdc00).contains(&code) && rest.next_if_eq(&b'\\').is_some() {
        rest.next_if_eq(&b'u')?;
        let low = number(rest, None, most)?.checked_sub(0xdc00)?;
        code = code.checked_sub(0xd800)?.checked_mul(0x400)?.checked_add(low)?.checked_add(0x1_0000)?;
    }
    word.extend(char::from_u32(code)?.to_string().as_bytes());
    Some(())
}

fn octal(rest: &mut core::iter::Peekable<impl Iterator<Item = u8>>, first: u8) -> Option<u32> {
    let mut code = u32::from(first.checked_sub(b'0')?);
    for _ in 0..2 {
        let Some(digit) = rest.next_if(|byte| (b'0'..=b'7').contains(byte)) else { break };
        code = code.checked_mul(8)?.checked_add(u32::from(digit.checked_sub(b'0')?))?;
    }
    Some(code & 0xff)
}

fn number(rest: &mut core::iter::Peekable<impl Iterator<Item = u8>>, first: Option<u32>, most: usize) -> Option<u32> {
    let mut code = first;
    for _ in 0..most {
        let Some(digit) = rest.next_if(u8::is_ascii_hexdigit) else { break };
        code = Some(code.unwrap_or(0).checked_mul(16)?.checked_add(char::from(digit).to_digit(16)?)?);
    }
    code
}
