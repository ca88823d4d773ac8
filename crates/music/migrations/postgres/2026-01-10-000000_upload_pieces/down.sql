DROP TABLE upload_pieces;
