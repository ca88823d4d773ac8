ALTER TABLE albums DROP COLUMN first_published_at;
