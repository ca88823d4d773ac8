ALTER TABLE parked_events ADD COLUMN retry_requested_at BIGINT;
CREATE INDEX parked_events_retry ON parked_events (consumer, event_id) WHERE retry_requested_at IS NOT NULL;

CREATE TABLE event_failures (
    consumer  TEXT NOT NULL,
    event_id  UUID NOT NULL,
    attempts  INTEGER NOT NULL,
    error     TEXT NOT NULL,
    failed_at BIGINT NOT NULL,
    PRIMARY KEY (consumer, event_id)
);
