ALTER TABLE administration ADD COLUMN generated INTEGER
