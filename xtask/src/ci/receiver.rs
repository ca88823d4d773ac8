//! `cargo xtask ci receiver`: stands in for Slack's webhook and prints what
//! arrives, for tries by hand and for tests.

use std::io::{ErrorKind, Read, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::Session;

/// The most that is read of one request: its head, its body.
const HEAD: usize = 16 << 10;
const BODY: usize = 64 << 10;
/// How long a sender may stay silent.
const SILENCE: Duration = Duration::from_secs(5);

#[derive(clap::Args)]
pub struct Args {
    /// Port of the loopback address; 0 is any free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Leave after so many messages
    #[arg(long)]
    count: Option<u32>,
}

/// Prints its address, then each message as JSON.
///
/// # Errors
/// When the port is taken.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port))
        .with_context(|| format!("listening on port {}", args.port))?;
    println!("http://{}/", listener.local_addr()?);
    // Waiting for a sender must not keep Ctrl-C from being heard.
    listener.set_nonblocking(true)?;
    let mut received = 0;
    while args.count.is_none_or(|count| received < count) {
        match listener.accept() {
            Ok((stream, _)) => match serve(stream) {
                Ok(Some(message)) => {
                    println!("{message}");
                    received += 1;
                }
                Ok(None) => {}
                Err(error) => eprintln!("a sender was lost: {error:#}"),
            },
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if session.is_interrupted() {
                    return Ok(());
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Answers one request: its message, or none when it was refused.
fn serve(mut stream: TcpStream) -> Result<Option<String>> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    let (status, message) = match read(&mut stream)? {
        Ok(body) => match serde_json::from_slice::<Value>(&body) {
            // As JSON is printed, no character of it can steer the terminal.
            Ok(value) => ("200 OK", Some(format!("{value:#}"))),
            Err(_) => ("400 Bad Request", None),
        },
        Err(status) => (status, None),
    };
    // The words that Slack answers with.
    let body = if message.is_some() {
        "ok"
    } else {
        "invalid_payload"
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    Ok(message)
}

/// The body of a request, or the status that refuses it.
fn read(stream: &mut impl Read) -> Result<Result<Vec<u8>, &'static str>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    let (method, length, start) = loop {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            return Ok(Err("400 Bad Request"));
        }
        bytes.extend_from_slice(&piece[..count]);
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(&bytes) {
            Ok(httparse::Status::Complete(start)) => {
                let length = request
                    .headers
                    .iter()
                    .find(|header| header.name.eq_ignore_ascii_case("content-length"))
                    .and_then(|header| std::str::from_utf8(header.value).ok())
                    .and_then(|value| value.trim().parse::<usize>().ok());
                break (request.method.map(str::to_owned), length, start);
            }
            Ok(httparse::Status::Partial) if bytes.len() <= HEAD => {}
            Ok(httparse::Status::Partial) => {
                return Ok(Err("431 Request Header Fields Too Large"));
            }
            Err(_) => return Ok(Err("400 Bad Request")),
        }
    };
    if method.as_deref() != Some("POST") {
        return Ok(Err("405 Method Not Allowed"));
    }
    let Some(length) = length else {
        return Ok(Err("411 Length Required"));
    };
    if length > BODY {
        return Ok(Err("413 Content Too Large"));
    }
    let mut body = bytes.split_off(start);
    while body.len() < length {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            return Ok(Err("400 Bad Request"));
        }
        body.extend_from_slice(&piece[..count]);
    }
    body.truncate(length);
    Ok(Ok(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(request: &str) -> Result<Vec<u8>, &'static str> {
        read(&mut request.as_bytes()).unwrap()
    }

    #[test]
    fn a_message_is_taken_as_long_as_it_says() {
        let request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}more";
        assert_eq!(asked(request), Ok(b"{}".to_vec()));
    }

    #[test]
    fn what_is_too_long_or_no_message_is_refused() {
        let long = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", BODY + 1);
        assert_eq!(asked(&long), Err("413 Content Too Large"));
        assert_eq!(asked("POST / HTTP/1.1\r\n\r\n"), Err("411 Length Required"));
        assert_eq!(
            asked("GET / HTTP/1.1\r\n\r\n"),
            Err("405 Method Not Allowed")
        );
        let head = format!("POST / HTTP/1.1\r\nX: {}", "a".repeat(2 * HEAD));
        assert_eq!(asked(&head), Err("431 Request Header Fields Too Large"));
        assert_eq!(
            asked("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n{}"),
            Err("400 Bad Request")
        );
    }
}
