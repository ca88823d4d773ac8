//! Two releases side by side, of which one knows a type that the other does not.

use std::sync::Arc;

use wing_kit::telemetry::metrics;

use crate::world::{PLAYED, Probe, REMIXED, wait_until, world};

/// How often events were given back since they are of an unknown type.
fn given_back() -> u64 {
    metrics::EVENTS_DELIVERED
        .with_label_values(&["music.probe", "unknown"])
        .get()
}

#[tokio::test]
async fn forward_back_and_forward_again_no_event_of_an_unknown_type_is_lost_or_doubled() {
    let world = world().await;
    let relay = world.relay().await;
    let old = Arc::new(Probe::new(&[PLAYED]));
    let new = Arc::new(Probe::new(&[PLAYED, REMIXED]));

    // The old release alone: an event of the new one's producer is given back.
    let old_replica = world.replica(&old).await;
    let mut remixed = vec![world.write(REMIXED)];
    wait_until("it is given back", || given_back() > 0).await;

    // Side by side on one durable consumer.
    let new_replica = world.replica(&new).await;
    let mut played = Vec::new();
    for _ in 0..10 {
        played.push(world.write(PLAYED));
        remixed.push(world.write(REMIXED));
    }
    let all = || old.committed().len() + new.committed().len();
    wait_until("all is consumed", || all() == 21).await;
    let of_old = old.committed();
    assert!(of_old.iter().all(|id| played.contains(id)));
    let of_new = new.committed();
    assert!(remixed.iter().all(|id| of_new.contains(id)));
    assert_eq!(world.parked(), []);

    // Back: it is parked after a quarter of an hour, and what follows goes on.
    new_replica.end().await;
    let before = given_back();
    let late = world.write(REMIXED);
    let behind = world.write(PLAYED);
    wait_until("it is given back", || given_back() > before).await;
    assert!(!old.committed().contains(&behind), "order is kept");
    world.clock.advance_ms(16 * 60_000);
    wait_until("the next is consumed", || old.committed().contains(&behind)).await;
    let parked = world.parked();
    assert_eq!((parked.len(), parked[0].event), (1, late));
    assert!(parked[0].error.contains("unknown type"));

    // Forward again: the new release takes it.
    let new_replica = world.replica(&new).await;
    wait_until("it is consumed", || new.committed().contains(&late)).await;
    wait_until("it is parked no longer", || world.parked().is_empty()).await;
    assert_eq!(all(), 23, "each once");
    for replica in [old_replica, new_replica, relay] {
        replica.end().await;
    }
}
