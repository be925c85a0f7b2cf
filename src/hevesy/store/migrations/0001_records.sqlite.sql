CREATE TABLE audit (
  seq INTEGER NOT NULL,
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,
  kind TEXT NOT NULL,
  record TEXT NOT NULL,
  record_version INTEGER NOT NULL,
  old TEXT,
  new TEXT NOT NULL,
  reason TEXT NOT NULL,
  software TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL,
  CONSTRAINT pk_audit PRIMARY KEY (seq),
  CONSTRAINT ck_audit_seq CHECK (seq >= 1),
  CONSTRAINT uq_audit_kind UNIQUE (kind, record, record_version),
  CONSTRAINT uq_audit_hash UNIQUE (hash)
)
 STRICT
--;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of audit are added, never changed or taken away');
END
--;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of audit are added, never changed or taken away');
END
--;
CREATE TRIGGER audit_insert BEFORE INSERT ON audit BEGIN
  SELECT RAISE(ABORT, 'hevesy: an audit record follows the last one') WHERE
    NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit)
    OR NEW.previous <> coalesce((SELECT hash FROM audit WHERE seq = NEW.seq - 1), '0000000000000000000000000000000000000000000000000000000000000000');
END
--;
CREATE TABLE site (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  timezone TEXT NOT NULL,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_site PRIMARY KEY (id, version),
  CONSTRAINT ck_site_version CHECK (version >= 1),
  CONSTRAINT ck_site_first CHECK (first_version = 1),
  CONSTRAINT ck_site_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_site_audit FOREIGN KEY(audit) REFERENCES audit (seq)
)
 STRICT
--;
CREATE TRIGGER site_no_update BEFORE UPDATE ON site BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of site are added, never changed or taken away');
END
--;
CREATE TRIGGER site_no_delete BEFORE DELETE ON site BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of site are added, never changed or taken away');
END
--;
CREATE TRIGGER site_insert BEFORE INSERT ON site BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a site is there already') WHERE EXISTS (
    SELECT 1 FROM site WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a site follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM site WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a site needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'site' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE study (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  protocol TEXT NOT NULL,
  protocol_sha256 TEXT NOT NULL,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_study PRIMARY KEY (id, version),
  CONSTRAINT ck_study_version CHECK (version >= 1),
  CONSTRAINT ck_study_first CHECK (first_version = 1),
  CONSTRAINT ck_study_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_study_audit FOREIGN KEY(audit) REFERENCES audit (seq)
)
 STRICT
--;
CREATE TRIGGER study_no_update BEFORE UPDATE ON study BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of study are added, never changed or taken away');
END
--;
CREATE TRIGGER study_no_delete BEFORE DELETE ON study BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of study are added, never changed or taken away');
END
--;
CREATE TRIGGER study_insert BEFORE INSERT ON study BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a study is there already') WHERE EXISTS (
    SELECT 1 FROM study WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a study follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM study WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a study needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'study' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE account (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  full_name TEXT NOT NULL,
  roles TEXT NOT NULL,
  passphrase_hash TEXT NOT NULL,
  site TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_account PRIMARY KEY (id, version),
  CONSTRAINT ck_account_version CHECK (version >= 1),
  CONSTRAINT ck_account_first CHECK (first_version = 1),
  CONSTRAINT ck_account_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_account_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_account_site FOREIGN KEY(site, first_version) REFERENCES site (id, version)
)
 STRICT
--;
CREATE INDEX ix_account_site ON account (site)
--;
CREATE TRIGGER account_no_update BEFORE UPDATE ON account BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of account are added, never changed or taken away');
END
--;
CREATE TRIGGER account_no_delete BEFORE DELETE ON account BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of account are added, never changed or taken away');
END
--;
CREATE TRIGGER account_insert BEFORE INSERT ON account BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a account is there already') WHERE EXISTS (
    SELECT 1 FROM account WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a account follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM account WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a account needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'account' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE device (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  kind TEXT NOT NULL,
  site TEXT NOT NULL,
  maker TEXT,
  model TEXT,
  serial TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_device PRIMARY KEY (id, version),
  CONSTRAINT ck_device_version CHECK (version >= 1),
  CONSTRAINT ck_device_first CHECK (first_version = 1),
  CONSTRAINT ck_device_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_device_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_device_site FOREIGN KEY(site, first_version) REFERENCES site (id, version)
)
 STRICT
--;
CREATE INDEX ix_device_site ON device (site)
--;
CREATE TRIGGER device_no_update BEFORE UPDATE ON device BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of device are added, never changed or taken away');
END
--;
CREATE TRIGGER device_no_delete BEFORE DELETE ON device BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of device are added, never changed or taken away');
END
--;
CREATE TRIGGER device_insert BEFORE INSERT ON device BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a device is there already') WHERE EXISTS (
    SELECT 1 FROM device WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a device follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM device WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a device needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'device' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE generator (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  site TEXT NOT NULL,
  parent_nuclide TEXT NOT NULL,
  daughter_nuclide TEXT NOT NULL,
  lot TEXT NOT NULL,
  calibrated_at TEXT NOT NULL,
  parent_bq REAL NOT NULL,
  supplier TEXT,
  parent_relative_uncertainty REAL,
  daughter_bq REAL,
  expires_at TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_generator PRIMARY KEY (id, version),
  CONSTRAINT ck_generator_version CHECK (version >= 1),
  CONSTRAINT ck_generator_first CHECK (first_version = 1),
  CONSTRAINT ck_generator_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_generator_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_generator_site FOREIGN KEY(site, first_version) REFERENCES site (id, version)
)
 STRICT
--;
CREATE INDEX ix_generator_site ON generator (site)
--;
CREATE TRIGGER generator_no_update BEFORE UPDATE ON generator BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of generator are added, never changed or taken away');
END
--;
CREATE TRIGGER generator_no_delete BEFORE DELETE ON generator BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of generator are added, never changed or taken away');
END
--;
CREATE TRIGGER generator_insert BEFORE INSERT ON generator BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a generator is there already') WHERE EXISTS (
    SELECT 1 FROM generator WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a generator follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM generator WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a generator needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'generator' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE patient (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  site TEXT NOT NULL,
  sex TEXT,
  birth_year INTEGER,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_patient PRIMARY KEY (id, version),
  CONSTRAINT ck_patient_version CHECK (version >= 1),
  CONSTRAINT ck_patient_first CHECK (first_version = 1),
  CONSTRAINT ck_patient_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_patient_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_patient_site FOREIGN KEY(site, first_version) REFERENCES site (id, version)
)
 STRICT
--;
CREATE INDEX ix_patient_site ON patient (site)
--;
CREATE TRIGGER patient_no_update BEFORE UPDATE ON patient BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of patient are added, never changed or taken away');
END
--;
CREATE TRIGGER patient_no_delete BEFORE DELETE ON patient BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of patient are added, never changed or taken away');
END
--;
CREATE TRIGGER patient_insert BEFORE INSERT ON patient BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a patient is there already') WHERE EXISTS (
    SELECT 1 FROM patient WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a patient follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM patient WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a patient needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'patient' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE batch (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  site TEXT NOT NULL,
  agent TEXT NOT NULL,
  nuclide TEXT NOT NULL,
  started_at TEXT NOT NULL,
  performed_by TEXT NOT NULL,
  labelled_at TEXT,
  activity_bq REAL,
  activity_uncertainty_bq REAL,
  volume_ml REAL,
  measured_at TEXT,
  device TEXT,
  expires_at TEXT,
  equipment TEXT,
  note TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_batch PRIMARY KEY (id, version),
  CONSTRAINT ck_batch_version CHECK (version >= 1),
  CONSTRAINT ck_batch_first CHECK (first_version = 1),
  CONSTRAINT ck_batch_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_batch_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_batch_site FOREIGN KEY(site, first_version) REFERENCES site (id, version),
  CONSTRAINT fk_batch_device FOREIGN KEY(device, first_version) REFERENCES device (id, version),
  CONSTRAINT fk_batch_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
 STRICT
--;
CREATE INDEX ix_batch_device ON batch (device)
--;
CREATE INDEX ix_batch_performed_by ON batch (performed_by)
--;
CREATE INDEX ix_batch_site ON batch (site)
--;
CREATE TRIGGER batch_no_update BEFORE UPDATE ON batch BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of batch are added, never changed or taken away');
END
--;
CREATE TRIGGER batch_no_delete BEFORE DELETE ON batch BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of batch are added, never changed or taken away');
END
--;
CREATE TRIGGER batch_insert BEFORE INSERT ON batch BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a batch is there already') WHERE EXISTS (
    SELECT 1 FROM batch WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a batch follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM batch WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a batch needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'batch' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE device_check (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  device TEXT NOT NULL,
  source TEXT NOT NULL,
  at TEXT NOT NULL,
  expected_bq REAL NOT NULL,
  measured_bq REAL NOT NULL,
  performed_by TEXT NOT NULL,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_device_check PRIMARY KEY (id, version),
  CONSTRAINT ck_device_check_version CHECK (version >= 1),
  CONSTRAINT ck_device_check_first CHECK (first_version = 1),
  CONSTRAINT ck_device_check_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_device_check_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_device_check_device FOREIGN KEY(device, first_version) REFERENCES device (id, version),
  CONSTRAINT fk_device_check_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
 STRICT
--;
CREATE INDEX ix_device_check_device ON device_check (device)
--;
CREATE INDEX ix_device_check_performed_by ON device_check (performed_by)
--;
CREATE TRIGGER device_check_no_update BEFORE UPDATE ON device_check BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of device_check are added, never changed or taken away');
END
--;
CREATE TRIGGER device_check_no_delete BEFORE DELETE ON device_check BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of device_check are added, never changed or taken away');
END
--;
CREATE TRIGGER device_check_insert BEFORE INSERT ON device_check BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a device_check is there already') WHERE EXISTS (
    SELECT 1 FROM device_check WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a device_check follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM device_check WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a device_check needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'device_check' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE device_factor (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  device TEXT NOT NULL,
  nuclide TEXT NOT NULL,
  container TEXT NOT NULL,
  volume_ml REAL NOT NULL,
  factor REAL NOT NULL,
  relative_uncertainty REAL NOT NULL,
  traceable_to TEXT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_until TEXT NOT NULL,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_device_factor PRIMARY KEY (id, version),
  CONSTRAINT ck_device_factor_version CHECK (version >= 1),
  CONSTRAINT ck_device_factor_first CHECK (first_version = 1),
  CONSTRAINT ck_device_factor_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_device_factor_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_device_factor_device FOREIGN KEY(device, first_version) REFERENCES device (id, version)
)
 STRICT
--;
CREATE INDEX ix_device_factor_device ON device_factor (device)
--;
CREATE TRIGGER device_factor_no_update BEFORE UPDATE ON device_factor BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of device_factor are added, never changed or taken away');
END
--;
CREATE TRIGGER device_factor_no_delete BEFORE DELETE ON device_factor BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of device_factor are added, never changed or taken away');
END
--;
CREATE TRIGGER device_factor_insert BEFORE INSERT ON device_factor BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a device_factor is there already') WHERE EXISTS (
    SELECT 1 FROM device_factor WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a device_factor follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM device_factor WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a device_factor needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'device_factor' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE elution (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  generator TEXT NOT NULL,
  at TEXT NOT NULL,
  volume_ml REAL NOT NULL,
  activity_bq REAL NOT NULL,
  measured_at TEXT NOT NULL,
  performed_by TEXT NOT NULL,
  activity_uncertainty_bq REAL,
  device TEXT,
  column_lot TEXT,
  breakthrough_relative REAL,
  breakthrough_at TEXT,
  aluminium_ug_per_ml REAL,
  left_bq REAL,
  predicted_bq REAL,
  predicted_uncertainty_bq REAL,
  note TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_elution PRIMARY KEY (id, version),
  CONSTRAINT ck_elution_version CHECK (version >= 1),
  CONSTRAINT ck_elution_first CHECK (first_version = 1),
  CONSTRAINT ck_elution_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_elution_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_elution_generator FOREIGN KEY(generator, first_version) REFERENCES generator (id, version),
  CONSTRAINT fk_elution_device FOREIGN KEY(device, first_version) REFERENCES device (id, version),
  CONSTRAINT fk_elution_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
 STRICT
--;
CREATE INDEX ix_elution_device ON elution (device)
--;
CREATE INDEX ix_elution_generator ON elution (generator)
--;
CREATE INDEX ix_elution_performed_by ON elution (performed_by)
--;
CREATE TRIGGER elution_no_update BEFORE UPDATE ON elution BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of elution are added, never changed or taken away');
END
--;
CREATE TRIGGER elution_no_delete BEFORE DELETE ON elution BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of elution are added, never changed or taken away');
END
--;
CREATE TRIGGER elution_insert BEFORE INSERT ON elution BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a elution is there already') WHERE EXISTS (
    SELECT 1 FROM elution WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a elution follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM elution WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a elution needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'elution' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE inclusion (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  patient TEXT NOT NULL,
  at TEXT NOT NULL,
  eligible INTEGER NOT NULL,
  consent_at TEXT,
  criteria TEXT,
  ecog INTEGER,
  note TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_inclusion PRIMARY KEY (id, version),
  CONSTRAINT ck_inclusion_version CHECK (version >= 1),
  CONSTRAINT ck_inclusion_first CHECK (first_version = 1),
  CONSTRAINT ck_inclusion_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_inclusion_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_inclusion_patient FOREIGN KEY(patient, first_version) REFERENCES patient (id, version)
)
 STRICT
--;
CREATE INDEX ix_inclusion_patient ON inclusion (patient)
--;
CREATE TRIGGER inclusion_no_update BEFORE UPDATE ON inclusion BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of inclusion are added, never changed or taken away');
END
--;
CREATE TRIGGER inclusion_no_delete BEFORE DELETE ON inclusion BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of inclusion are added, never changed or taken away');
END
--;
CREATE TRIGGER inclusion_insert BEFORE INSERT ON inclusion BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a inclusion is there already') WHERE EXISTS (
    SELECT 1 FROM inclusion WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a inclusion follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM inclusion WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a inclusion needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'inclusion' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE lesion (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  patient TEXT NOT NULL,
  organ TEXT NOT NULL,
  description TEXT,
  longest_diameter_mm REAL,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_lesion PRIMARY KEY (id, version),
  CONSTRAINT ck_lesion_version CHECK (version >= 1),
  CONSTRAINT ck_lesion_first CHECK (first_version = 1),
  CONSTRAINT ck_lesion_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_lesion_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_lesion_patient FOREIGN KEY(patient, first_version) REFERENCES patient (id, version)
)
 STRICT
--;
CREATE INDEX ix_lesion_patient ON lesion (patient)
--;
CREATE TRIGGER lesion_no_update BEFORE UPDATE ON lesion BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of lesion are added, never changed or taken away');
END
--;
CREATE TRIGGER lesion_no_delete BEFORE DELETE ON lesion BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of lesion are added, never changed or taken away');
END
--;
CREATE TRIGGER lesion_insert BEFORE INSERT ON lesion BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a lesion is there already') WHERE EXISTS (
    SELECT 1 FROM lesion WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a lesion follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM lesion WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a lesion needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'lesion' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE signature (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  signer TEXT NOT NULL,
  at TEXT NOT NULL,
  meaning TEXT NOT NULL,
  kind TEXT NOT NULL,
  record TEXT NOT NULL,
  record_version INTEGER NOT NULL,
  content_sha256 TEXT NOT NULL,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_signature PRIMARY KEY (id, version),
  CONSTRAINT ck_signature_version CHECK (version >= 1),
  CONSTRAINT ck_signature_first CHECK (first_version = 1),
  CONSTRAINT ck_signature_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_signature_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_signature_signer FOREIGN KEY(signer, first_version) REFERENCES account (id, version)
)
 STRICT
--;
CREATE INDEX ix_signature_signer ON signature (signer)
--;
CREATE TRIGGER signature_no_update BEFORE UPDATE ON signature BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of signature are added, never changed or taken away');
END
--;
CREATE TRIGGER signature_no_delete BEFORE DELETE ON signature BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of signature are added, never changed or taken away');
END
--;
CREATE TRIGGER signature_insert BEFORE INSERT ON signature BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a signature is there already') WHERE EXISTS (
    SELECT 1 FROM signature WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a signature follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM signature WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a signature needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'signature' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE administration (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  inclusion TEXT NOT NULL,
  agent TEXT NOT NULL,
  nuclide TEXT NOT NULL,
  route TEXT NOT NULL,
  at TEXT NOT NULL,
  kind TEXT NOT NULL,
  activity_bq REAL NOT NULL,
  operator TEXT NOT NULL,
  activity_uncertainty_bq REAL,
  prescribed_bq REAL,
  note TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_administration PRIMARY KEY (id, version),
  CONSTRAINT ck_administration_version CHECK (version >= 1),
  CONSTRAINT ck_administration_first CHECK (first_version = 1),
  CONSTRAINT ck_administration_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_administration_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_administration_inclusion FOREIGN KEY(inclusion, first_version) REFERENCES inclusion (id, version),
  CONSTRAINT fk_administration_operator FOREIGN KEY(operator, first_version) REFERENCES account (id, version)
)
 STRICT
--;
CREATE INDEX ix_administration_inclusion ON administration (inclusion)
--;
CREATE INDEX ix_administration_operator ON administration (operator)
--;
CREATE TRIGGER administration_no_update BEFORE UPDATE ON administration BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of administration are added, never changed or taken away');
END
--;
CREATE TRIGGER administration_no_delete BEFORE DELETE ON administration BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of administration are added, never changed or taken away');
END
--;
CREATE TRIGGER administration_insert BEFORE INSERT ON administration BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a administration is there already') WHERE EXISTS (
    SELECT 1 FROM administration WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a administration follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM administration WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a administration needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'administration' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE batch_component (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  batch TEXT NOT NULL,
  name TEXT NOT NULL,
  lot TEXT NOT NULL,
  quantity TEXT,
  expires_at TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_batch_component PRIMARY KEY (id, version),
  CONSTRAINT ck_batch_component_version CHECK (version >= 1),
  CONSTRAINT ck_batch_component_first CHECK (first_version = 1),
  CONSTRAINT ck_batch_component_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_batch_component_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_batch_component_batch FOREIGN KEY(batch, first_version) REFERENCES batch (id, version)
)
 STRICT
--;
CREATE INDEX ix_batch_component_batch ON batch_component (batch)
--;
CREATE TRIGGER batch_component_no_update BEFORE UPDATE ON batch_component BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of batch_component are added, never changed or taken away');
END
--;
CREATE TRIGGER batch_component_no_delete BEFORE DELETE ON batch_component BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of batch_component are added, never changed or taken away');
END
--;
CREATE TRIGGER batch_component_insert BEFORE INSERT ON batch_component BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a batch_component is there already') WHERE EXISTS (
    SELECT 1 FROM batch_component WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a batch_component follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM batch_component WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a batch_component needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'batch_component' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE batch_elution (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  batch TEXT NOT NULL,
  elution TEXT NOT NULL,
  volume_ml REAL NOT NULL,
  activity_bq REAL NOT NULL,
  measured_at TEXT NOT NULL,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_batch_elution PRIMARY KEY (id, version),
  CONSTRAINT ck_batch_elution_version CHECK (version >= 1),
  CONSTRAINT ck_batch_elution_first CHECK (first_version = 1),
  CONSTRAINT ck_batch_elution_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_batch_elution_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_batch_elution_batch FOREIGN KEY(batch, first_version) REFERENCES batch (id, version),
  CONSTRAINT fk_batch_elution_elution FOREIGN KEY(elution, first_version) REFERENCES elution (id, version)
)
 STRICT
--;
CREATE INDEX ix_batch_elution_batch ON batch_elution (batch)
--;
CREATE INDEX ix_batch_elution_elution ON batch_elution (elution)
--;
CREATE TRIGGER batch_elution_no_update BEFORE UPDATE ON batch_elution BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of batch_elution are added, never changed or taken away');
END
--;
CREATE TRIGGER batch_elution_no_delete BEFORE DELETE ON batch_elution BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of batch_elution are added, never changed or taken away');
END
--;
CREATE TRIGGER batch_elution_insert BEFORE INSERT ON batch_elution BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a batch_elution is there already') WHERE EXISTS (
    SELECT 1 FROM batch_elution WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a batch_elution follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM batch_elution WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a batch_elution needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'batch_elution' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE batch_step (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  batch TEXT NOT NULL,
  step TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT NOT NULL,
  performed_by TEXT NOT NULL,
  temperature_low_deg_c REAL,
  temperature_high_deg_c REAL,
  gas TEXT,
  equipment TEXT,
  checked_by TEXT,
  deviation TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_batch_step PRIMARY KEY (id, version),
  CONSTRAINT ck_batch_step_version CHECK (version >= 1),
  CONSTRAINT ck_batch_step_first CHECK (first_version = 1),
  CONSTRAINT ck_batch_step_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_batch_step_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_batch_step_batch FOREIGN KEY(batch, first_version) REFERENCES batch (id, version),
  CONSTRAINT fk_batch_step_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version),
  CONSTRAINT fk_batch_step_checked_by FOREIGN KEY(checked_by, first_version) REFERENCES account (id, version)
)
 STRICT
--;
CREATE INDEX ix_batch_step_batch ON batch_step (batch)
--;
CREATE INDEX ix_batch_step_checked_by ON batch_step (checked_by)
--;
CREATE INDEX ix_batch_step_performed_by ON batch_step (performed_by)
--;
CREATE TRIGGER batch_step_no_update BEFORE UPDATE ON batch_step BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of batch_step are added, never changed or taken away');
END
--;
CREATE TRIGGER batch_step_no_delete BEFORE DELETE ON batch_step BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of batch_step are added, never changed or taken away');
END
--;
CREATE TRIGGER batch_step_insert BEFORE INSERT ON batch_step BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a batch_step is there already') WHERE EXISTS (
    SELECT 1 FROM batch_step WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a batch_step follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM batch_step WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a batch_step needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'batch_step' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE quality_test (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  batch TEXT NOT NULL,
  test TEXT NOT NULL,
  sampled_at TEXT NOT NULL,
  result_at TEXT NOT NULL,
  performed_by TEXT NOT NULL,
  passed INTEGER,
  value REAL,
  uncertainty REAL,
  unit TEXT,
  words TEXT,
  invalid_because TEXT,
  limit_low REAL,
  limit_high REAL,
  settings TEXT,
  raw TEXT,
  raw_sha256 TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_quality_test PRIMARY KEY (id, version),
  CONSTRAINT ck_quality_test_version CHECK (version >= 1),
  CONSTRAINT ck_quality_test_first CHECK (first_version = 1),
  CONSTRAINT ck_quality_test_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_quality_test_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_quality_test_batch FOREIGN KEY(batch, first_version) REFERENCES batch (id, version),
  CONSTRAINT fk_quality_test_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
 STRICT
--;
CREATE INDEX ix_quality_test_batch ON quality_test (batch)
--;
CREATE INDEX ix_quality_test_performed_by ON quality_test (performed_by)
--;
CREATE TRIGGER quality_test_no_update BEFORE UPDATE ON quality_test BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of quality_test are added, never changed or taken away');
END
--;
CREATE TRIGGER quality_test_no_delete BEFORE DELETE ON quality_test BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of quality_test are added, never changed or taken away');
END
--;
CREATE TRIGGER quality_test_insert BEFORE INSERT ON quality_test BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a quality_test is there already') WHERE EXISTS (
    SELECT 1 FROM quality_test WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a quality_test follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM quality_test WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a quality_test needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'quality_test' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE release_decision (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  batch TEXT NOT NULL,
  state TEXT NOT NULL,
  at TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  expires_at TEXT,
  tests TEXT,
  reason TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_release_decision PRIMARY KEY (id, version),
  CONSTRAINT ck_release_decision_version CHECK (version >= 1),
  CONSTRAINT ck_release_decision_first CHECK (first_version = 1),
  CONSTRAINT ck_release_decision_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_release_decision_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_release_decision_batch FOREIGN KEY(batch, first_version) REFERENCES batch (id, version),
  CONSTRAINT fk_release_decision_decided_by FOREIGN KEY(decided_by, first_version) REFERENCES account (id, version)
)
 STRICT
--;
CREATE INDEX ix_release_decision_batch ON release_decision (batch)
--;
CREATE INDEX ix_release_decision_decided_by ON release_decision (decided_by)
--;
CREATE TRIGGER release_decision_no_update BEFORE UPDATE ON release_decision BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of release_decision are added, never changed or taken away');
END
--;
CREATE TRIGGER release_decision_no_delete BEFORE DELETE ON release_decision BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of release_decision are added, never changed or taken away');
END
--;
CREATE TRIGGER release_decision_insert BEFORE INSERT ON release_decision BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a release_decision is there already') WHERE EXISTS (
    SELECT 1 FROM release_decision WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a release_decision follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM release_decision WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a release_decision needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'release_decision' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE vial (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  batch TEXT NOT NULL,
  container TEXT NOT NULL,
  volume_ml REAL NOT NULL,
  activity_bq REAL NOT NULL,
  measured_at TEXT NOT NULL,
  performed_by TEXT NOT NULL,
  activity_uncertainty_bq REAL,
  device TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_vial PRIMARY KEY (id, version),
  CONSTRAINT ck_vial_version CHECK (version >= 1),
  CONSTRAINT ck_vial_first CHECK (first_version = 1),
  CONSTRAINT ck_vial_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_vial_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_vial_batch FOREIGN KEY(batch, first_version) REFERENCES batch (id, version),
  CONSTRAINT fk_vial_device FOREIGN KEY(device, first_version) REFERENCES device (id, version),
  CONSTRAINT fk_vial_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
 STRICT
--;
CREATE INDEX ix_vial_batch ON vial (batch)
--;
CREATE INDEX ix_vial_device ON vial (device)
--;
CREATE INDEX ix_vial_performed_by ON vial (performed_by)
--;
CREATE TRIGGER vial_no_update BEFORE UPDATE ON vial BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of vial are added, never changed or taken away');
END
--;
CREATE TRIGGER vial_no_delete BEFORE DELETE ON vial BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of vial are added, never changed or taken away');
END
--;
CREATE TRIGGER vial_insert BEFORE INSERT ON vial BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a vial is there already') WHERE EXISTS (
    SELECT 1 FROM vial WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a vial follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM vial WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a vial needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'vial' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE dispatch (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  vial TEXT NOT NULL,
  from_site TEXT NOT NULL,
  to_site TEXT NOT NULL,
  at TEXT NOT NULL,
  activity_bq REAL NOT NULL,
  measured_at TEXT NOT NULL,
  performed_by TEXT NOT NULL,
  activity_uncertainty_bq REAL,
  device TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_dispatch PRIMARY KEY (id, version),
  CONSTRAINT ck_dispatch_version CHECK (version >= 1),
  CONSTRAINT ck_dispatch_first CHECK (first_version = 1),
  CONSTRAINT ck_dispatch_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_dispatch_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_dispatch_vial FOREIGN KEY(vial, first_version) REFERENCES vial (id, version),
  CONSTRAINT fk_dispatch_from_site FOREIGN KEY(from_site, first_version) REFERENCES site (id, version),
  CONSTRAINT fk_dispatch_to_site FOREIGN KEY(to_site, first_version) REFERENCES site (id, version),
  CONSTRAINT fk_dispatch_device FOREIGN KEY(device, first_version) REFERENCES device (id, version),
  CONSTRAINT fk_dispatch_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
 STRICT
--;
CREATE INDEX ix_dispatch_device ON dispatch (device)
--;
CREATE INDEX ix_dispatch_from_site ON dispatch (from_site)
--;
CREATE INDEX ix_dispatch_performed_by ON dispatch (performed_by)
--;
CREATE INDEX ix_dispatch_to_site ON dispatch (to_site)
--;
CREATE INDEX ix_dispatch_vial ON dispatch (vial)
--;
CREATE TRIGGER dispatch_no_update BEFORE UPDATE ON dispatch BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of dispatch are added, never changed or taken away');
END
--;
CREATE TRIGGER dispatch_no_delete BEFORE DELETE ON dispatch BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of dispatch are added, never changed or taken away');
END
--;
CREATE TRIGGER dispatch_insert BEFORE INSERT ON dispatch BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a dispatch is there already') WHERE EXISTS (
    SELECT 1 FROM dispatch WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a dispatch follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM dispatch WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a dispatch needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'dispatch' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE result (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  administration TEXT NOT NULL,
  kind TEXT NOT NULL,
  computed_at TEXT NOT NULL,
  content TEXT NOT NULL,
  content_sha256 TEXT NOT NULL,
  folder TEXT,
  job TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_result PRIMARY KEY (id, version),
  CONSTRAINT ck_result_version CHECK (version >= 1),
  CONSTRAINT ck_result_first CHECK (first_version = 1),
  CONSTRAINT ck_result_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_result_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_result_administration FOREIGN KEY(administration, first_version) REFERENCES administration (id, version)
)
 STRICT
--;
CREATE INDEX ix_result_administration ON result (administration)
--;
CREATE TRIGGER result_no_update BEFORE UPDATE ON result BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of result are added, never changed or taken away');
END
--;
CREATE TRIGGER result_no_delete BEFORE DELETE ON result BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of result are added, never changed or taken away');
END
--;
CREATE TRIGGER result_insert BEFORE INSERT ON result BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a result is there already') WHERE EXISTS (
    SELECT 1 FROM result WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a result follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM result WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a result needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'result' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE scan (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  administration TEXT NOT NULL,
  at TEXT NOT NULL,
  files_sha256 TEXT NOT NULL,
  spect TEXT,
  projections TEXT,
  ct TEXT,
  structures TEXT,
  calibration TEXT,
  options TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_scan PRIMARY KEY (id, version),
  CONSTRAINT ck_scan_version CHECK (version >= 1),
  CONSTRAINT ck_scan_first CHECK (first_version = 1),
  CONSTRAINT ck_scan_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_scan_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_scan_administration FOREIGN KEY(administration, first_version) REFERENCES administration (id, version)
)
 STRICT
--;
CREATE INDEX ix_scan_administration ON scan (administration)
--;
CREATE TRIGGER scan_no_update BEFORE UPDATE ON scan BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of scan are added, never changed or taken away');
END
--;
CREATE TRIGGER scan_no_delete BEFORE DELETE ON scan BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of scan are added, never changed or taken away');
END
--;
CREATE TRIGGER scan_insert BEFORE INSERT ON scan BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a scan is there already') WHERE EXISTS (
    SELECT 1 FROM scan WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a scan follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM scan WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a scan needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'scan' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE syringe (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  vial TEXT NOT NULL,
  container TEXT NOT NULL,
  volume_ml REAL NOT NULL,
  activity_bq REAL NOT NULL,
  measured_at TEXT NOT NULL,
  performed_by TEXT NOT NULL,
  activity_uncertainty_bq REAL,
  device TEXT,
  shield TEXT,
  label TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_syringe PRIMARY KEY (id, version),
  CONSTRAINT ck_syringe_version CHECK (version >= 1),
  CONSTRAINT ck_syringe_first CHECK (first_version = 1),
  CONSTRAINT ck_syringe_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_syringe_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_syringe_vial FOREIGN KEY(vial, first_version) REFERENCES vial (id, version),
  CONSTRAINT fk_syringe_device FOREIGN KEY(device, first_version) REFERENCES device (id, version),
  CONSTRAINT fk_syringe_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
 STRICT
--;
CREATE INDEX ix_syringe_device ON syringe (device)
--;
CREATE INDEX ix_syringe_performed_by ON syringe (performed_by)
--;
CREATE INDEX ix_syringe_vial ON syringe (vial)
--;
CREATE TRIGGER syringe_no_update BEFORE UPDATE ON syringe BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of syringe are added, never changed or taken away');
END
--;
CREATE TRIGGER syringe_no_delete BEFORE DELETE ON syringe BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of syringe are added, never changed or taken away');
END
--;
CREATE TRIGGER syringe_insert BEFORE INSERT ON syringe BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a syringe is there already') WHERE EXISTS (
    SELECT 1 FROM syringe WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a syringe follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM syringe WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a syringe needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'syringe' AND record = NEW.id
    AND record_version = NEW.version);
END
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
CREATE TABLE dose (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  result TEXT NOT NULL,
  administration TEXT NOT NULL,
  region TEXT NOT NULL,
  method TEXT NOT NULL,
  mean_dose_gy REAL NOT NULL,
  lesion TEXT,
  volume_ml REAL,
  mass_g REAL,
  tia_bq_s REAL,
  tia_uncertainty_bq_s REAL,
  mean_dose_uncertainty_gy REAL,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_dose PRIMARY KEY (id, version),
  CONSTRAINT ck_dose_version CHECK (version >= 1),
  CONSTRAINT ck_dose_first CHECK (first_version = 1),
  CONSTRAINT ck_dose_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_dose_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_dose_result FOREIGN KEY(result, first_version) REFERENCES result (id, version),
  CONSTRAINT fk_dose_administration FOREIGN KEY(administration, first_version) REFERENCES administration (id, version),
  CONSTRAINT fk_dose_lesion FOREIGN KEY(lesion, first_version) REFERENCES lesion (id, version)
)
 STRICT
--;
CREATE INDEX ix_dose_administration ON dose (administration)
--;
CREATE INDEX ix_dose_lesion ON dose (lesion)
--;
CREATE INDEX ix_dose_result ON dose (result)
--;
CREATE TRIGGER dose_no_update BEFORE UPDATE ON dose BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of dose are added, never changed or taken away');
END
--;
CREATE TRIGGER dose_no_delete BEFORE DELETE ON dose BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of dose are added, never changed or taken away');
END
--;
CREATE TRIGGER dose_insert BEFORE INSERT ON dose BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a dose is there already') WHERE EXISTS (
    SELECT 1 FROM dose WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a dose follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM dose WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a dose needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'dose' AND record = NEW.id
    AND record_version = NEW.version);
END
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
CREATE TABLE receipt (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  dispatch TEXT NOT NULL,
  at TEXT NOT NULL,
  activity_bq REAL NOT NULL,
  measured_at TEXT NOT NULL,
  performed_by TEXT NOT NULL,
  activity_uncertainty_bq REAL,
  device TEXT,
  condition TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_receipt PRIMARY KEY (id, version),
  CONSTRAINT ck_receipt_version CHECK (version >= 1),
  CONSTRAINT ck_receipt_first CHECK (first_version = 1),
  CONSTRAINT ck_receipt_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_receipt_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_receipt_dispatch FOREIGN KEY(dispatch, first_version) REFERENCES dispatch (id, version),
  CONSTRAINT fk_receipt_device FOREIGN KEY(device, first_version) REFERENCES device (id, version),
  CONSTRAINT fk_receipt_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
 STRICT
--;
CREATE INDEX ix_receipt_device ON receipt (device)
--;
CREATE INDEX ix_receipt_dispatch ON receipt (dispatch)
--;
CREATE INDEX ix_receipt_performed_by ON receipt (performed_by)
--;
CREATE TRIGGER receipt_no_update BEFORE UPDATE ON receipt BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of receipt are added, never changed or taken away');
END
--;
CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of receipt are added, never changed or taken away');
END
--;
CREATE TRIGGER receipt_insert BEFORE INSERT ON receipt BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a receipt is there already') WHERE EXISTS (
    SELECT 1 FROM receipt WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a receipt follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM receipt WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a receipt needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'receipt' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE region_volume (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  scan TEXT NOT NULL,
  region TEXT NOT NULL,
  volume_ml REAL NOT NULL,
  lesion TEXT,
  activity_bq REAL,
  activity_uncertainty_bq REAL,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_region_volume PRIMARY KEY (id, version),
  CONSTRAINT ck_region_volume_version CHECK (version >= 1),
  CONSTRAINT ck_region_volume_first CHECK (first_version = 1),
  CONSTRAINT ck_region_volume_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_region_volume_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_region_volume_scan FOREIGN KEY(scan, first_version) REFERENCES scan (id, version),
  CONSTRAINT fk_region_volume_lesion FOREIGN KEY(lesion, first_version) REFERENCES lesion (id, version)
)
 STRICT
--;
CREATE INDEX ix_region_volume_lesion ON region_volume (lesion)
--;
CREATE INDEX ix_region_volume_scan ON region_volume (scan)
--;
CREATE TRIGGER region_volume_no_update BEFORE UPDATE ON region_volume BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of region_volume are added, never changed or taken away');
END
--;
CREATE TRIGGER region_volume_no_delete BEFORE DELETE ON region_volume BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of region_volume are added, never changed or taken away');
END
--;
CREATE TRIGGER region_volume_insert BEFORE INSERT ON region_volume BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a region_volume is there already') WHERE EXISTS (
    SELECT 1 FROM region_volume WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a region_volume follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM region_volume WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a region_volume needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'region_volume' AND record = NEW.id
    AND record_version = NEW.version);
END
