//! Durables at the broker: one for each consumer and noun.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::stream::Stream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use wing_contracts::EventId;

use crate::world::{DELETED, PLAYED, Probe, REMIXED, STREAM, wait_until, world};

async fn stream(jetstream: &Context) -> Stream {
    jetstream.get_stream(STREAM).await.expect("the stream")
}

async fn durables(jetstream: &Context) -> Vec<String> {
    let stream = stream(jetstream).await;
    let names = stream.consumer_names().try_collect::<Vec<_>>().await;
    let mut names = names.expect("the consumers");
    names.sort();
    names
}

fn sorted(mut ids: Vec<EventId>) -> Vec<EventId> {
    ids.sort();
    ids
}

#[tokio::test]
async fn a_consumer_has_a_durable_for_each_noun_and_none_holds_up_another() {
    let world = world().await;
    let consumer = Arc::new(Probe {
        act: |event| match event.noun() {
            "track" => Err(anyhow::anyhow!("broken").into()),
            _ => Ok(()),
        },
        ..Probe::new(&[PLAYED, DELETED])
    });
    let (replica, relay) = (world.replica(&consumer).await, world.relay().await);
    world.write(PLAYED);
    world.write("concert.announced");
    let deleted = world.write(DELETED);
    wait_until("the other noun goes on", || {
        consumer.committed() == [deleted]
    })
    .await;
    let jetstream = world.jetstream().await;
    let expected = ["music-music-probe-track", "music-music-probe-user"];
    assert_eq!(durables(&jetstream).await, expected);
    let stream = stream(&jetstream).await;
    for (name, noun) in expected.iter().zip(["track", "user"]) {
        let info = stream.consumer_info(name).await.expect("its state");
        assert_eq!(info.config.filter_subject, format!("{STREAM}.{noun}.>"));
        assert_eq!(info.config.max_ack_pending, 1);
    }
    replica.end().await;
    relay.end().await;
}

#[tokio::test]
async fn a_new_durable_begins_where_the_old_release_was_and_leaves_the_old_one_for_a_day() {
    let world = world().await;
    let relay = world.relay().await;
    let jetstream = world.jetstream().await;
    let mut events = vec![world.write(PLAYED)];
    let db = world.db.clone();
    wait_until("the stream is there", || waiting(&db) == 0).await;
    for _ in 0..4 {
        events.push(world.publish(&jetstream, PLAYED).await);
    }
    // As the release made it that had one durable for all nouns.
    let config = pull::Config {
        durable_name: Some("music-music-probe".into()),
        deliver_policy: DeliverPolicy::All,
        ack_policy: AckPolicy::Explicit,
        ack_wait: Duration::from_secs(30),
        max_ack_pending: 1,
        ..pull::Config::default()
    };
    let stream = stream(&jetstream).await;
    let old: PullConsumer = stream.create_consumer(config).await.expect("made");
    let mut messages = old.messages().await.expect("messages").take(3);
    while let Some(message) = messages.next().await {
        let message = message.expect("a message");
        message.double_ack().await.expect("acknowledged");
    }
    drop(messages);

    let consumer = Arc::new(Probe::new(&[PLAYED]));
    let replica = world.replica(&consumer).await;
    wait_until("it goes on", || consumer.committed().len() == 2).await;
    assert_eq!(consumer.committed(), sorted(events[3..].to_vec()));
    let expected = ["music-music-probe", "music-music-probe-track"];
    assert_eq!(durables(&jetstream).await, expected);
    let kept = stream.consumer_info(expected[0]).await.expect("its state");
    let day = Duration::from_secs(24 * 3600);
    assert_eq!(kept.config.inactive_threshold, day);
    assert_eq!(kept.ack_floor.stream_sequence, 3, "its position is kept");

    // Read again from the beginning, at all of its durables.
    world
        .broker()
        .await
        .reread("music.probe")
        .await
        .expect("reset");
    wait_until("the first come too", || {
        let seen = consumer.committed();
        events.iter().all(|id| seen.contains(id))
    })
    .await;
    assert_eq!(durables(&jetstream).await, ["music-music-probe-track"]);
    let nobody = world.broker().await.reread("music.nobody").await;
    assert!(nobody.is_err());
    replica.end().await;
    relay.end().await;
}

fn waiting(db: &wing_kit::Db) -> i64 {
    use diesel::prelude::*;
    use wing_kit::db::DbError;
    use wing_kit::db::schema::outbox;
    let waiting = db.read_blocking(|conn| {
        let rows = outbox::table.filter(outbox::published_at.is_null());
        rows.count().get_result(conn).map_err(DbError::Query)
    });
    waiting.expect("the database")
}

#[tokio::test]
async fn what_every_process_has_to_receive_comes_to_each_by_noun() {
    let world = world().await;
    let everywhere = || {
        Arc::new(Probe {
            everywhere: true,
            ..Probe::new(&[PLAYED, DELETED])
        })
    };
    let (one, two) = (everywhere(), everywhere());
    let replicas = [world.replica(&one).await, world.replica(&two).await];
    let jetstream = world.jetstream().await;
    let mut made = Vec::new();
    while made.len() < 4 {
        made = match jetstream.get_stream(STREAM).await {
            Ok(_) => durables(&jetstream).await,
            Err(_) => Vec::new(),
        };
        tokio::task::yield_now().await;
    }
    world.publish(&jetstream, REMIXED).await;
    let wanted = vec![
        world.publish(&jetstream, PLAYED).await,
        world.publish(&jetstream, DELETED).await,
    ];
    for probe in [&one, &two] {
        let all = || probe.committed() == sorted(wanted.clone());
        wait_until("each process has both", all).await;
    }
    for replica in replicas {
        replica.end().await;
    }
}
