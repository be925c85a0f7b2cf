ALTER TABLE excreta_sample ADD COLUMN container TEXT COLLATE "C"
--;
ALTER TABLE excreta_sample ADD COLUMN calibration TEXT COLLATE "C"
--;
ALTER TABLE inclusion ADD COLUMN violation TEXT COLLATE "C"
