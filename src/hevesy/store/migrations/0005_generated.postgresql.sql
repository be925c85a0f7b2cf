ALTER TABLE administration ADD COLUMN generated BIGINT
