DROP TABLE excreta_sample
--;
ALTER TABLE injection RENAME TO injection_before
--;
CREATE TABLE injection (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  administration TEXT NOT NULL,
  lesion TEXT NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT NOT NULL,
  pre_bq REAL NOT NULL,
  pre_at TEXT NOT NULL,
  net_bq REAL NOT NULL,
  kind TEXT NOT NULL,
  operator TEXT NOT NULL,
  syringe TEXT,
  post_bq REAL,
  post_at TEXT,
  net_uncertainty_bq REAL,
  needle_passes INTEGER,
  reflux TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_injection PRIMARY KEY (id, version),
  CONSTRAINT ck_injection_version CHECK (version >= 1),
  CONSTRAINT ck_injection_first CHECK (first_version = 1),
  CONSTRAINT ck_injection_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_injection_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_injection_administration FOREIGN KEY(administration, first_version) REFERENCES administration (id, version),
  CONSTRAINT fk_injection_lesion FOREIGN KEY(lesion, first_version) REFERENCES lesion (id, version),
  CONSTRAINT fk_injection_syringe FOREIGN KEY(syringe, first_version) REFERENCES syringe (id, version),
  CONSTRAINT fk_injection_operator FOREIGN KEY(operator, first_version) REFERENCES account (id, version)
)
 STRICT
--;
INSERT INTO injection (id, version, administration, lesion, started_at, ended_at, pre_bq, pre_at, net_bq, kind, operator, syringe, post_bq, post_at, net_uncertainty_bq, needle_passes, reflux, first_version, audit) SELECT id, version, administration, lesion, started_at, ended_at, pre_bq, pre_at, net_bq, kind, operator, syringe, post_bq, post_at, net_uncertainty_bq, needle_passes, reflux, first_version, audit FROM injection_before ORDER BY audit
--;
DROP TABLE injection_before
--;
CREATE INDEX ix_injection_administration ON injection (administration)
--;
CREATE INDEX ix_injection_lesion ON injection (lesion)
--;
CREATE INDEX ix_injection_operator ON injection (operator)
--;
CREATE INDEX ix_injection_syringe ON injection (syringe)
--;
CREATE TRIGGER injection_no_update BEFORE UPDATE ON injection BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of injection are added, never changed or taken away');
END
--;
CREATE TRIGGER injection_no_delete BEFORE DELETE ON injection BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of injection are added, never changed or taken away');
END
--;
CREATE TRIGGER injection_insert BEFORE INSERT ON injection BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a injection is there already') WHERE EXISTS (
    SELECT 1 FROM injection WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a injection follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM injection WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a injection needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'injection' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
ALTER TABLE withdrawal RENAME TO withdrawal_before
--;
CREATE TABLE withdrawal (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  vial TEXT NOT NULL,
  purpose TEXT NOT NULL,
  volume_ml REAL NOT NULL,
  activity_bq REAL NOT NULL,
  measured_at TEXT NOT NULL,
  performed_by TEXT NOT NULL,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_withdrawal PRIMARY KEY (id, version),
  CONSTRAINT ck_withdrawal_version CHECK (version >= 1),
  CONSTRAINT ck_withdrawal_first CHECK (first_version = 1),
  CONSTRAINT ck_withdrawal_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_withdrawal_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_withdrawal_vial FOREIGN KEY(vial, first_version) REFERENCES vial (id, version),
  CONSTRAINT fk_withdrawal_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
 STRICT
--;
INSERT INTO withdrawal (id, version, vial, purpose, volume_ml, activity_bq, measured_at, performed_by, first_version, audit) SELECT id, version, vial, purpose, volume_ml, activity_bq, measured_at, performed_by, first_version, audit FROM withdrawal_before ORDER BY audit
--;
DROP TABLE withdrawal_before
--;
CREATE INDEX ix_withdrawal_performed_by ON withdrawal (performed_by)
--;
CREATE INDEX ix_withdrawal_vial ON withdrawal (vial)
--;
CREATE TRIGGER withdrawal_no_update BEFORE UPDATE ON withdrawal BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of withdrawal are added, never changed or taken away');
END
--;
CREATE TRIGGER withdrawal_no_delete BEFORE DELETE ON withdrawal BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of withdrawal are added, never changed or taken away');
END
--;
CREATE TRIGGER withdrawal_insert BEFORE INSERT ON withdrawal BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a withdrawal is there already') WHERE EXISTS (
    SELECT 1 FROM withdrawal WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a withdrawal follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM withdrawal WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a withdrawal needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'withdrawal' AND record = NEW.id
    AND record_version = NEW.version);
END
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
