DROP INDEX plays_network;
ALTER TABLE plays DROP COLUMN network;
