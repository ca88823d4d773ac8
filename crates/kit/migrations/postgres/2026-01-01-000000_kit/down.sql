DROP TABLE jobs;
DROP TABLE parked_events;
DROP TABLE inbox;
DROP TABLE outbox;
