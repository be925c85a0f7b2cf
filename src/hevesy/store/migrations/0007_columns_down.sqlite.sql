ALTER TABLE excreta_sample DROP COLUMN calibration
--;
ALTER TABLE excreta_sample DROP COLUMN container
--;
ALTER TABLE inclusion DROP COLUMN violation
