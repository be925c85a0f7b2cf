ALTER TABLE excreta_sample ADD COLUMN container TEXT
--;
ALTER TABLE excreta_sample ADD COLUMN calibration TEXT
--;
ALTER TABLE inclusion ADD COLUMN violation TEXT
