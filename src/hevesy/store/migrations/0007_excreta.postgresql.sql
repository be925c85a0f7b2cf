ALTER TABLE excreta_sample ADD COLUMN container TEXT COLLATE "C"
--;
ALTER TABLE excreta_sample ADD COLUMN calibration TEXT COLLATE "C"
