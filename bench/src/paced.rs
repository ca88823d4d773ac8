//! Requests at a steady pace, whatever the answers take: what a reader meets
//! while the server is busy with something else. A server that is slow does
//! not make its readers wait before they ask, so each answer's time counts
//! from when its request was due.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};

/// A request over and over, at a pace, over connections that are kept.
#[derive(Clone, Debug)]
pub struct Paced {
    /// `127.0.0.1:8080`.
    pub address: String,
    /// Path and query.
    pub path: String,
    /// Requests a second.
    pub pace: u32,
}

/// Milliseconds of all answers.
#[derive(Debug)]
pub struct Times(Vec<f64>);

impl Times {
    /// The time that this share of the answers did not exceed.
    pub fn percentile(&mut self, share: f64) -> f64 {
        self.0.sort_by(f64::total_cmp);
        let last = self.0.len().saturating_sub(1);
        self.0
            .get((last as f64 * share).round() as usize)
            .copied()
            .unwrap_or(0.0)
    }
}

/// Connections, so that a slow answer does not hold the next request up.
const CONNECTIONS: u32 = 16;
/// How long an answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(30);

impl Paced {
    /// A request to a site.
    pub fn new(base: &str, path: &str, pace: u32) -> Self {
        Self {
            address: base.trim_start_matches("http://").to_owned(),
            path: path.to_owned(),
            pace,
        }
    }

    /// Asks for some seconds.
    ///
    /// # Errors
    /// When a connection breaks or an answer is no success.
    pub fn run(&self, seconds: u64) -> Result<Times> {
        // Connections are made before the clock runs.
        let streams: Vec<TcpStream> = (0..CONNECTIONS)
            .map(|_| self.connect())
            .collect::<Result<_>>()?;
        let began = Instant::now() + Duration::from_millis(20);
        let step = Duration::from_secs(1) / self.pace;
        let end = began + Duration::from_secs(seconds);
        std::thread::scope(|scope| {
            let asking: Vec<_> = streams
                .into_iter()
                .zip(0u32..)
                .map(|(stream, n)| {
                    scope.spawn(move || self.keep_asking(stream, began + step * n, end))
                })
                .collect();
            let mut all = Vec::new();
            for times in asking {
                let times = times.join().map_err(|_| anyhow!("a reader broke"))?;
                all.extend(times?);
            }
            Ok(Times(all))
        })
    }

    fn connect(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(stream)
    }

    /// One connection's requests. It sleeps between them: a client that spins would
    /// itself be kept waiting by whoever else needs its core.
    fn keep_asking(&self, mut stream: TcpStream, first: Instant, end: Instant) -> Result<Vec<f64>> {
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\n\r\n",
            self.path, self.address
        );
        let step = Duration::from_secs(1) / self.pace * CONNECTIONS;
        let mut times = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        let mut due = first;
        while due < end {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            stream.write_all(request.as_bytes())?;
            answer(&mut stream, &mut buffer)?;
            times.push(due.elapsed().as_secs_f64() * 1e3);
            due += step;
        }
        Ok(times)
    }
}

/// Reads one answer of stated length.
fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<()> {
    let mut filled = 0;
    let (mut left, head) = loop {
        let n = stream.read(&mut buffer[filled..])?;
        ensure!(n > 0, "the connection ended");
        filled += n;
        if let Some(end) = buffer[..filled]
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
        {
            let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.context("no length")?.trim().parse()?;
            break ((end + 4 + length).saturating_sub(filled), head);
        }
    };
    ensure!(
        head.starts_with("http/1.1 2"),
        "answered {}",
        head.lines().next().unwrap_or_default()
    );
    while left > 0 {
        let most = left.min(buffer.len());
        let n = stream.read(&mut buffer[..most])?;
        ensure!(n > 0, "the connection ended");
        left -= n;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_answers_decide_the_high_percentiles() {
        let mut times = Times((0..100).map(f64::from).rev().collect());
        assert_eq!(times.percentile(0.5), 50.0);
        assert_eq!(times.percentile(0.99), 98.0);
        assert_eq!(Times(Vec::new()).percentile(0.5), 0.0);
    }
}
