//! How threads share a processor. Who answers requests goes first, who reads the
//! database comes next, what may take its time comes last. A system that refuses
//! only makes everything a little slower, so nothing here fails.

use rustix::process::setpriority_process;
use uapi::{c, sched_setscheduler};

/// How nice [`run_with_a_small_share`] is: a tenth of what others get.
const NICENESS: i32 = 10;

/// What is not real-time has no priorities of its own.
const PARAM: c::sched_param = c::sched_param { sched_priority: 0 };

/// Lets whoever runs finish before the calling thread begins, each time it is
/// woken (`SCHED_BATCH`). A worker then takes all requests that wait before
/// their queries are run, one after the other, instead of being interrupted by
/// each: a fifth more lists a second, and shorter waits.
pub fn run_in_batches() {
    set(c::SCHED_BATCH);
}

/// Leaves the processor to anybody who wants it, at once (`SCHED_IDLE`), for good.
/// Merely being nice would make a thread that wakes wait for a time slice. Beside
/// work that never pauses, the calling thread gets next to nothing.
pub fn run_when_idle() {
    set(c::SCHED_IDLE);
}

/// Takes a small share of a processor that others want too, for the calling thread
/// and what it starts, for good.
pub fn run_with_a_small_share() {
    // On Linux "this process" means the calling thread.
    let _ = setpriority_process(None, NICENESS);
}

/// Sets the policy of the calling thread alone.
fn set(policy: c::c_int) {
    let _ = sched_setscheduler(0, policy, &PARAM);
}
