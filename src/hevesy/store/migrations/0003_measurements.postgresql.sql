ALTER TABLE elution ADD COLUMN container TEXT COLLATE "C"
--;
ALTER TABLE elution ADD COLUMN calibration TEXT COLLATE "C"
--;
ALTER TABLE vial ADD COLUMN calibration TEXT COLLATE "C"
--;
ALTER TABLE dispatch ADD COLUMN calibration TEXT COLLATE "C"
--;
ALTER TABLE receipt ADD COLUMN calibration TEXT COLLATE "C"
--;
ALTER TABLE syringe ADD COLUMN calibration TEXT COLLATE "C"
--;
ALTER TABLE device_factor ADD COLUMN volume_low_ml DOUBLE PRECISION
--;
ALTER TABLE device_factor ADD COLUMN volume_high_ml DOUBLE PRECISION
--;
ALTER TABLE withdrawal ADD COLUMN activity_uncertainty_bq DOUBLE PRECISION
--;
ALTER TABLE withdrawal ADD COLUMN container TEXT COLLATE "C"
--;
ALTER TABLE withdrawal ADD COLUMN device TEXT COLLATE "C"
--;
ALTER TABLE withdrawal ADD COLUMN calibration TEXT COLLATE "C"
--;
ALTER TABLE withdrawal ADD CONSTRAINT fk_withdrawal_device FOREIGN KEY(device, first_version) REFERENCES device (id, version)
--;
CREATE INDEX ix_withdrawal_device ON withdrawal (device)
--;
ALTER TABLE injection ADD COLUMN device TEXT COLLATE "C"
--;
ALTER TABLE injection ADD COLUMN calibration TEXT COLLATE "C"
--;
ALTER TABLE injection ADD COLUMN needle_gauge TEXT COLLATE "C"
--;
ALTER TABLE injection ADD COLUMN needle_tracks TEXT COLLATE "C"
--;
ALTER TABLE injection ADD CONSTRAINT fk_injection_device FOREIGN KEY(device, first_version) REFERENCES device (id, version)
--;
CREATE INDEX ix_injection_device ON injection (device)
--;
CREATE TABLE excreta_sample (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  administration TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  ended_at TEXT COLLATE "C" NOT NULL,
  activity_bq DOUBLE PRECISION NOT NULL,
  activity_uncertainty_bq DOUBLE PRECISION NOT NULL,
  measured_at TEXT COLLATE "C" NOT NULL,
  started_at TEXT COLLATE "C",
  volume_ml DOUBLE PRECISION,
  device TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_excreta_sample PRIMARY KEY (id, version),
  CONSTRAINT ck_excreta_sample_version CHECK (version >= 1),
  CONSTRAINT ck_excreta_sample_first CHECK (first_version = 1),
  CONSTRAINT ck_excreta_sample_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_excreta_sample_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_excreta_sample_administration FOREIGN KEY(administration, first_version) REFERENCES administration (id, version),
  CONSTRAINT fk_excreta_sample_device FOREIGN KEY(device, first_version) REFERENCES device (id, version)
)
--;
CREATE INDEX ix_excreta_sample_administration ON excreta_sample (administration)
--;
CREATE INDEX ix_excreta_sample_device ON excreta_sample (device)
--;
CREATE TRIGGER excreta_sample_no_update BEFORE UPDATE ON excreta_sample
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER excreta_sample_no_delete BEFORE DELETE ON excreta_sample
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER excreta_sample_no_truncate BEFORE TRUNCATE ON excreta_sample
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER excreta_sample_insert BEFORE INSERT ON excreta_sample
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
