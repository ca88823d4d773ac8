-- When an album was first published: one that is taken back and published again
-- keeps its place among the latest.
ALTER TABLE albums ADD COLUMN first_published_at BIGINT;
UPDATE albums SET first_published_at = published_at WHERE published_at IS NOT NULL;
