ALTER TABLE sessions DROP COLUMN confirmations;
