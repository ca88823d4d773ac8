//! Requests at a steady pace, whatever the answers take: what a reader meets
//! while the server is busy with something else. A server that is slow does
//! not make its readers wait before they ask, so each answer's time counts
//! from when its request was due.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

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
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.ask(Duration::from_secs(seconds)))
    }

    async fn ask(&self, length: Duration) -> Result<Times> {
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\n\r\n",
            self.path, self.address
        );
        let step = Duration::from_secs(1) / self.pace;
        // Connections are made before the clock runs.
        let mut streams = Vec::new();
        for _ in 0..CONNECTIONS {
            let stream = TcpStream::connect(&self.address).await?;
            stream.set_nodelay(true)?;
            streams.push(stream);
        }
        let began = Instant::now() + Duration::from_millis(20);
        let asking = streams.into_iter().zip(0u32..).map(|(stream, n)| {
            keep_asking(
                stream,
                request.clone(),
                began + step * n,
                step * CONNECTIONS,
                began + length,
            )
        });
        let mut all = Vec::new();
        for times in futures_util::future::join_all(asking).await {
            all.extend(times?);
        }
        Ok(Times(all))
    }
}

async fn keep_asking(
    mut stream: TcpStream,
    request: String,
    first: Instant,
    step: Duration,
    end: Instant,
) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut due = first;
    while due < end {
        wait_for(due).await;
        stream.write_all(request.as_bytes()).await?;
        answer(&mut stream, &mut buffer).await?;
        times.push(due.elapsed().as_secs_f64() * 1e3);
        due += step;
    }
    Ok(times)
}

/// Timers are a millisecond coarse; the rest is spent in turns with the others.
async fn wait_for(due: Instant) {
    if let Some(rest) = due.checked_duration_since(Instant::now())
        && rest > Duration::from_millis(2)
    {
        tokio::time::sleep(rest - Duration::from_millis(2)).await;
    }
    while Instant::now() < due {
        tokio::task::yield_now().await;
    }
}

/// Reads one answer of stated length.
async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<()> {
    let mut filled = 0;
    let (mut left, head) = loop {
        let n = stream.read(&mut buffer[filled..]).await?;
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
        let n = stream.read(&mut buffer[..most]).await?;
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
