ALTER TABLE administration DROP COLUMN generated
