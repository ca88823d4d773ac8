DROP TABLE event_failures;
DROP INDEX parked_events_retry;
ALTER TABLE parked_events DROP COLUMN retry_requested_at;
