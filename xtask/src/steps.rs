//! Names the steps of a long task and prints how long each took.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The steps done so far, in order.
#[derive(Default)]
pub struct Steps {
    done: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// Does one step; prints its name before and its duration after.
    ///
    /// # Errors
    /// The step's own, with the step's name in front.
    pub fn step<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        eprintln!("\n── {name}");
        let start = Instant::now();
        let result = work().context(name);
        let took = start.elapsed();
        eprintln!("── {name}: {}", in_words(took));
        self.done.push((name, took));
        result
    }

    /// Prints the time of every step so far and their sum.
    pub fn report(&self) {
        eprintln!();
        for (name, took) in &self.done {
            eprintln!("{:>10}  {name}", in_words(*took));
        }
        let sum = self.done.iter().map(|(_, took)| *took).sum();
        eprintln!("{:>10}  together", in_words(sum));
    }
}

/// `0.4 s`, `59.9 s`, `2 min 05 s`.
pub fn in_words(took: Duration) -> String {
    if took < Duration::from_secs(60) {
        return format!("{:.1} s", took.as_secs_f64());
    }
    format!("{} min {:02} s", took.as_secs() / 60, took.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_people_say_them() {
        assert_eq!(in_words(Duration::from_millis(420)), "0.4 s");
        assert_eq!(in_words(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn a_failing_step_is_named_and_still_counted() {
        let mut steps = Steps::default();
        let error = steps
            .step("format", || -> Result<()> {
                anyhow::bail!("not formatted")
            })
            .unwrap_err();
        assert_eq!(format!("{error:#}"), "format: not formatted");
        assert_eq!(steps.done.len(), 1);
    }
}
