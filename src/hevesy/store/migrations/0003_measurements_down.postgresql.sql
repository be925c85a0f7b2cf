DROP TABLE excreta_sample
--;
ALTER TABLE elution DROP COLUMN container
--;
ALTER TABLE elution DROP COLUMN calibration
--;
ALTER TABLE vial DROP COLUMN calibration
--;
ALTER TABLE dispatch DROP COLUMN calibration
--;
ALTER TABLE receipt DROP COLUMN calibration
--;
ALTER TABLE syringe DROP COLUMN calibration
--;
ALTER TABLE device_factor DROP COLUMN volume_low_ml
--;
ALTER TABLE device_factor DROP COLUMN volume_high_ml
--;
ALTER TABLE withdrawal DROP COLUMN activity_uncertainty_bq
--;
ALTER TABLE withdrawal DROP COLUMN container
--;
ALTER TABLE withdrawal DROP COLUMN device
--;
ALTER TABLE withdrawal DROP COLUMN calibration
--;
ALTER TABLE injection DROP COLUMN device
--;
ALTER TABLE injection DROP COLUMN calibration
--;
ALTER TABLE injection DROP COLUMN needle_gauge
--;
ALTER TABLE injection DROP COLUMN needle_tracks
