-- At most one job of a kind is queued or running under one key.
ALTER TABLE jobs ADD COLUMN unique_key TEXT;
CREATE UNIQUE INDEX jobs_unique ON jobs (kind, unique_key)
    WHERE unique_key IS NOT NULL AND state IN ('queued', 'running');

-- A claim reads the oldest of one state and kind. Not partial: the state is a
-- parameter of the query, so a planner could not tell that the index covers it.
CREATE INDEX jobs_claim ON jobs (state, kind, run_at, id);
-- Pruning reads the longest ended of one state; counting by state reads it all.
CREATE INDEX jobs_ended ON jobs (state, updated_at);
DROP INDEX jobs_waiting;
