CREATE TABLE audit (
  seq BIGINT NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  who TEXT COLLATE "C" NOT NULL,
  action TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  record TEXT COLLATE "C" NOT NULL,
  record_version BIGINT NOT NULL,
  "old" TEXT COLLATE "C",
  "new" TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  software TEXT COLLATE "C" NOT NULL,
  previous TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  CONSTRAINT pk_audit PRIMARY KEY (seq),
  CONSTRAINT ck_audit_seq CHECK (seq >= 1),
  CONSTRAINT uq_audit_kind UNIQUE (kind, record, record_version),
  CONSTRAINT uq_audit_hash UNIQUE (hash)
)
--;
CREATE FUNCTION hevesy_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'hevesy: rows of % are added, never changed or taken away', TG_TABLE_NAME;
END $$
--;
CREATE FUNCTION hevesy_record() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found_before boolean;
BEGIN
  IF NEW.version > 1 THEN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE id = $1 AND version = $2)', TG_TABLE_NAME)
      INTO found_before USING NEW.id, NEW.version - 1;
    IF NOT found_before THEN
      RAISE EXCEPTION 'hevesy: versions of a % follow one another', TG_TABLE_NAME;
    END IF;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = TG_TABLE_NAME
      AND record = NEW.id AND record_version = NEW.version) THEN
    RAISE EXCEPTION 'hevesy: a % needs its audit record', TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$
--;
CREATE FUNCTION hevesy_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit)
    OR NEW.previous <> coalesce((SELECT hash FROM audit WHERE seq = NEW.seq - 1), '0000000000000000000000000000000000000000000000000000000000000000') THEN
    RAISE EXCEPTION 'hevesy: an audit record follows the last one';
  END IF;
  RETURN NEW;
END $$
--;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER audit_insert BEFORE INSERT ON audit
  FOR EACH ROW EXECUTE FUNCTION hevesy_audit()
--;
CREATE TABLE site (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  timezone TEXT COLLATE "C" NOT NULL,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_site PRIMARY KEY (id, version),
  CONSTRAINT ck_site_version CHECK (version >= 1),
  CONSTRAINT ck_site_first CHECK (first_version = 1),
  CONSTRAINT ck_site_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_site_audit FOREIGN KEY(audit) REFERENCES audit (seq)
)
--;
CREATE TRIGGER site_no_update BEFORE UPDATE ON site
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER site_no_delete BEFORE DELETE ON site
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER site_no_truncate BEFORE TRUNCATE ON site
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER site_insert BEFORE INSERT ON site
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE study (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  protocol TEXT COLLATE "C" NOT NULL,
  protocol_sha256 TEXT COLLATE "C" NOT NULL,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_study PRIMARY KEY (id, version),
  CONSTRAINT ck_study_version CHECK (version >= 1),
  CONSTRAINT ck_study_first CHECK (first_version = 1),
  CONSTRAINT ck_study_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_study_audit FOREIGN KEY(audit) REFERENCES audit (seq)
)
--;
CREATE TRIGGER study_no_update BEFORE UPDATE ON study
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER study_no_delete BEFORE DELETE ON study
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER study_no_truncate BEFORE TRUNCATE ON study
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER study_insert BEFORE INSERT ON study
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE account (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  full_name TEXT COLLATE "C" NOT NULL,
  roles TEXT COLLATE "C" NOT NULL,
  passphrase_hash TEXT COLLATE "C" NOT NULL,
  site TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_account PRIMARY KEY (id, version),
  CONSTRAINT ck_account_version CHECK (version >= 1),
  CONSTRAINT ck_account_first CHECK (first_version = 1),
  CONSTRAINT ck_account_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_account_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_account_site FOREIGN KEY(site, first_version) REFERENCES site (id, version)
)
--;
CREATE INDEX ix_account_site ON account (site)
--;
CREATE TRIGGER account_no_update BEFORE UPDATE ON account
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER account_no_delete BEFORE DELETE ON account
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER account_no_truncate BEFORE TRUNCATE ON account
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER account_insert BEFORE INSERT ON account
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE device (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  site TEXT COLLATE "C" NOT NULL,
  maker TEXT COLLATE "C",
  model TEXT COLLATE "C",
  serial TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_device PRIMARY KEY (id, version),
  CONSTRAINT ck_device_version CHECK (version >= 1),
  CONSTRAINT ck_device_first CHECK (first_version = 1),
  CONSTRAINT ck_device_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_device_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_device_site FOREIGN KEY(site, first_version) REFERENCES site (id, version)
)
--;
CREATE INDEX ix_device_site ON device (site)
--;
CREATE TRIGGER device_no_update BEFORE UPDATE ON device
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER device_no_delete BEFORE DELETE ON device
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER device_no_truncate BEFORE TRUNCATE ON device
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER device_insert BEFORE INSERT ON device
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE generator (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  site TEXT COLLATE "C" NOT NULL,
  parent_nuclide TEXT COLLATE "C" NOT NULL,
  daughter_nuclide TEXT COLLATE "C" NOT NULL,
  lot TEXT COLLATE "C" NOT NULL,
  calibrated_at TEXT COLLATE "C" NOT NULL,
  parent_bq DOUBLE PRECISION NOT NULL,
  supplier TEXT COLLATE "C",
  parent_relative_uncertainty DOUBLE PRECISION,
  daughter_bq DOUBLE PRECISION,
  expires_at TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_generator PRIMARY KEY (id, version),
  CONSTRAINT ck_generator_version CHECK (version >= 1),
  CONSTRAINT ck_generator_first CHECK (first_version = 1),
  CONSTRAINT ck_generator_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_generator_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_generator_site FOREIGN KEY(site, first_version) REFERENCES site (id, version)
)
--;
CREATE INDEX ix_generator_site ON generator (site)
--;
CREATE TRIGGER generator_no_update BEFORE UPDATE ON generator
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER generator_no_delete BEFORE DELETE ON generator
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER generator_no_truncate BEFORE TRUNCATE ON generator
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER generator_insert BEFORE INSERT ON generator
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE patient (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  site TEXT COLLATE "C" NOT NULL,
  sex TEXT COLLATE "C",
  birth_year BIGINT,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_patient PRIMARY KEY (id, version),
  CONSTRAINT ck_patient_version CHECK (version >= 1),
  CONSTRAINT ck_patient_first CHECK (first_version = 1),
  CONSTRAINT ck_patient_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_patient_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_patient_site FOREIGN KEY(site, first_version) REFERENCES site (id, version)
)
--;
CREATE INDEX ix_patient_site ON patient (site)
--;
CREATE TRIGGER patient_no_update BEFORE UPDATE ON patient
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER patient_no_delete BEFORE DELETE ON patient
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER patient_no_truncate BEFORE TRUNCATE ON patient
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER patient_insert BEFORE INSERT ON patient
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE batch (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  site TEXT COLLATE "C" NOT NULL,
  agent TEXT COLLATE "C" NOT NULL,
  nuclide TEXT COLLATE "C" NOT NULL,
  started_at TEXT COLLATE "C" NOT NULL,
  performed_by TEXT COLLATE "C" NOT NULL,
  labelled_at TEXT COLLATE "C",
  activity_bq DOUBLE PRECISION,
  activity_uncertainty_bq DOUBLE PRECISION,
  volume_ml DOUBLE PRECISION,
  measured_at TEXT COLLATE "C",
  device TEXT COLLATE "C",
  expires_at TEXT COLLATE "C",
  equipment TEXT COLLATE "C",
  note TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_batch PRIMARY KEY (id, version),
  CONSTRAINT ck_batch_version CHECK (version >= 1),
  CONSTRAINT ck_batch_first CHECK (first_version = 1),
  CONSTRAINT ck_batch_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_batch_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_batch_site FOREIGN KEY(site, first_version) REFERENCES site (id, version),
  CONSTRAINT fk_batch_device FOREIGN KEY(device, first_version) REFERENCES device (id, version),
  CONSTRAINT fk_batch_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
--;
CREATE INDEX ix_batch_device ON batch (device)
--;
CREATE INDEX ix_batch_performed_by ON batch (performed_by)
--;
CREATE INDEX ix_batch_site ON batch (site)
--;
CREATE TRIGGER batch_no_update BEFORE UPDATE ON batch
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER batch_no_delete BEFORE DELETE ON batch
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER batch_no_truncate BEFORE TRUNCATE ON batch
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER batch_insert BEFORE INSERT ON batch
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE device_check (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  device TEXT COLLATE "C" NOT NULL,
  source TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  expected_bq DOUBLE PRECISION NOT NULL,
  measured_bq DOUBLE PRECISION NOT NULL,
  performed_by TEXT COLLATE "C" NOT NULL,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_device_check PRIMARY KEY (id, version),
  CONSTRAINT ck_device_check_version CHECK (version >= 1),
  CONSTRAINT ck_device_check_first CHECK (first_version = 1),
  CONSTRAINT ck_device_check_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_device_check_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_device_check_device FOREIGN KEY(device, first_version) REFERENCES device (id, version),
  CONSTRAINT fk_device_check_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
--;
CREATE INDEX ix_device_check_device ON device_check (device)
--;
CREATE INDEX ix_device_check_performed_by ON device_check (performed_by)
--;
CREATE TRIGGER device_check_no_update BEFORE UPDATE ON device_check
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER device_check_no_delete BEFORE DELETE ON device_check
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER device_check_no_truncate BEFORE TRUNCATE ON device_check
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER device_check_insert BEFORE INSERT ON device_check
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE device_factor (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  device TEXT COLLATE "C" NOT NULL,
  nuclide TEXT COLLATE "C" NOT NULL,
  container TEXT COLLATE "C" NOT NULL,
  volume_ml DOUBLE PRECISION NOT NULL,
  factor DOUBLE PRECISION NOT NULL,
  relative_uncertainty DOUBLE PRECISION NOT NULL,
  traceable_to TEXT COLLATE "C" NOT NULL,
  valid_from TEXT COLLATE "C" NOT NULL,
  valid_until TEXT COLLATE "C" NOT NULL,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_device_factor PRIMARY KEY (id, version),
  CONSTRAINT ck_device_factor_version CHECK (version >= 1),
  CONSTRAINT ck_device_factor_first CHECK (first_version = 1),
  CONSTRAINT ck_device_factor_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_device_factor_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_device_factor_device FOREIGN KEY(device, first_version) REFERENCES device (id, version)
)
--;
CREATE INDEX ix_device_factor_device ON device_factor (device)
--;
CREATE TRIGGER device_factor_no_update BEFORE UPDATE ON device_factor
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER device_factor_no_delete BEFORE DELETE ON device_factor
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER device_factor_no_truncate BEFORE TRUNCATE ON device_factor
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER device_factor_insert BEFORE INSERT ON device_factor
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE elution (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  generator TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  volume_ml DOUBLE PRECISION NOT NULL,
  activity_bq DOUBLE PRECISION NOT NULL,
  measured_at TEXT COLLATE "C" NOT NULL,
  performed_by TEXT COLLATE "C" NOT NULL,
  activity_uncertainty_bq DOUBLE PRECISION,
  device TEXT COLLATE "C",
  column_lot TEXT COLLATE "C",
  breakthrough_relative DOUBLE PRECISION,
  breakthrough_at TEXT COLLATE "C",
  aluminium_ug_per_ml DOUBLE PRECISION,
  left_bq DOUBLE PRECISION,
  predicted_bq DOUBLE PRECISION,
  predicted_uncertainty_bq DOUBLE PRECISION,
  note TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_elution PRIMARY KEY (id, version),
  CONSTRAINT ck_elution_version CHECK (version >= 1),
  CONSTRAINT ck_elution_first CHECK (first_version = 1),
  CONSTRAINT ck_elution_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_elution_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_elution_generator FOREIGN KEY(generator, first_version) REFERENCES generator (id, version),
  CONSTRAINT fk_elution_device FOREIGN KEY(device, first_version) REFERENCES device (id, version),
  CONSTRAINT fk_elution_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
--;
CREATE INDEX ix_elution_device ON elution (device)
--;
CREATE INDEX ix_elution_generator ON elution (generator)
--;
CREATE INDEX ix_elution_performed_by ON elution (performed_by)
--;
CREATE TRIGGER elution_no_update BEFORE UPDATE ON elution
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER elution_no_delete BEFORE DELETE ON elution
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER elution_no_truncate BEFORE TRUNCATE ON elution
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER elution_insert BEFORE INSERT ON elution
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE inclusion (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  patient TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  eligible BIGINT NOT NULL,
  consent_at TEXT COLLATE "C",
  criteria TEXT COLLATE "C",
  ecog BIGINT,
  note TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_inclusion PRIMARY KEY (id, version),
  CONSTRAINT ck_inclusion_version CHECK (version >= 1),
  CONSTRAINT ck_inclusion_first CHECK (first_version = 1),
  CONSTRAINT ck_inclusion_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_inclusion_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_inclusion_patient FOREIGN KEY(patient, first_version) REFERENCES patient (id, version)
)
--;
CREATE INDEX ix_inclusion_patient ON inclusion (patient)
--;
CREATE TRIGGER inclusion_no_update BEFORE UPDATE ON inclusion
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER inclusion_no_delete BEFORE DELETE ON inclusion
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER inclusion_no_truncate BEFORE TRUNCATE ON inclusion
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER inclusion_insert BEFORE INSERT ON inclusion
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE lesion (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  patient TEXT COLLATE "C" NOT NULL,
  organ TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C",
  longest_diameter_mm DOUBLE PRECISION,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_lesion PRIMARY KEY (id, version),
  CONSTRAINT ck_lesion_version CHECK (version >= 1),
  CONSTRAINT ck_lesion_first CHECK (first_version = 1),
  CONSTRAINT ck_lesion_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_lesion_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_lesion_patient FOREIGN KEY(patient, first_version) REFERENCES patient (id, version)
)
--;
CREATE INDEX ix_lesion_patient ON lesion (patient)
--;
CREATE TRIGGER lesion_no_update BEFORE UPDATE ON lesion
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER lesion_no_delete BEFORE DELETE ON lesion
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER lesion_no_truncate BEFORE TRUNCATE ON lesion
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER lesion_insert BEFORE INSERT ON lesion
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE signature (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  signer TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  meaning TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  record TEXT COLLATE "C" NOT NULL,
  record_version BIGINT NOT NULL,
  content_sha256 TEXT COLLATE "C" NOT NULL,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_signature PRIMARY KEY (id, version),
  CONSTRAINT ck_signature_version CHECK (version >= 1),
  CONSTRAINT ck_signature_first CHECK (first_version = 1),
  CONSTRAINT ck_signature_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_signature_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_signature_signer FOREIGN KEY(signer, first_version) REFERENCES account (id, version)
)
--;
CREATE INDEX ix_signature_signer ON signature (signer)
--;
CREATE TRIGGER signature_no_update BEFORE UPDATE ON signature
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER signature_no_delete BEFORE DELETE ON signature
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER signature_no_truncate BEFORE TRUNCATE ON signature
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER signature_insert BEFORE INSERT ON signature
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE administration (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  inclusion TEXT COLLATE "C" NOT NULL,
  agent TEXT COLLATE "C" NOT NULL,
  nuclide TEXT COLLATE "C" NOT NULL,
  route TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  activity_bq DOUBLE PRECISION NOT NULL,
  operator TEXT COLLATE "C" NOT NULL,
  activity_uncertainty_bq DOUBLE PRECISION,
  prescribed_bq DOUBLE PRECISION,
  note TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_administration PRIMARY KEY (id, version),
  CONSTRAINT ck_administration_version CHECK (version >= 1),
  CONSTRAINT ck_administration_first CHECK (first_version = 1),
  CONSTRAINT ck_administration_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_administration_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_administration_inclusion FOREIGN KEY(inclusion, first_version) REFERENCES inclusion (id, version),
  CONSTRAINT fk_administration_operator FOREIGN KEY(operator, first_version) REFERENCES account (id, version)
)
--;
CREATE INDEX ix_administration_inclusion ON administration (inclusion)
--;
CREATE INDEX ix_administration_operator ON administration (operator)
--;
CREATE TRIGGER administration_no_update BEFORE UPDATE ON administration
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER administration_no_delete BEFORE DELETE ON administration
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER administration_no_truncate BEFORE TRUNCATE ON administration
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER administration_insert BEFORE INSERT ON administration
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE batch_component (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  batch TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  lot TEXT COLLATE "C" NOT NULL,
  quantity TEXT COLLATE "C",
  expires_at TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_batch_component PRIMARY KEY (id, version),
  CONSTRAINT ck_batch_component_version CHECK (version >= 1),
  CONSTRAINT ck_batch_component_first CHECK (first_version = 1),
  CONSTRAINT ck_batch_component_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_batch_component_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_batch_component_batch FOREIGN KEY(batch, first_version) REFERENCES batch (id, version)
)
--;
CREATE INDEX ix_batch_component_batch ON batch_component (batch)
--;
CREATE TRIGGER batch_component_no_update BEFORE UPDATE ON batch_component
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER batch_component_no_delete BEFORE DELETE ON batch_component
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER batch_component_no_truncate BEFORE TRUNCATE ON batch_component
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER batch_component_insert BEFORE INSERT ON batch_component
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE batch_elution (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  batch TEXT COLLATE "C" NOT NULL,
  elution TEXT COLLATE "C" NOT NULL,
  volume_ml DOUBLE PRECISION NOT NULL,
  activity_bq DOUBLE PRECISION NOT NULL,
  measured_at TEXT COLLATE "C" NOT NULL,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_batch_elution PRIMARY KEY (id, version),
  CONSTRAINT ck_batch_elution_version CHECK (version >= 1),
  CONSTRAINT ck_batch_elution_first CHECK (first_version = 1),
  CONSTRAINT ck_batch_elution_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_batch_elution_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_batch_elution_batch FOREIGN KEY(batch, first_version) REFERENCES batch (id, version),
  CONSTRAINT fk_batch_elution_elution FOREIGN KEY(elution, first_version) REFERENCES elution (id, version)
)
--;
CREATE INDEX ix_batch_elution_batch ON batch_elution (batch)
--;
CREATE INDEX ix_batch_elution_elution ON batch_elution (elution)
--;
CREATE TRIGGER batch_elution_no_update BEFORE UPDATE ON batch_elution
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER batch_elution_no_delete BEFORE DELETE ON batch_elution
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER batch_elution_no_truncate BEFORE TRUNCATE ON batch_elution
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER batch_elution_insert BEFORE INSERT ON batch_elution
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE batch_step (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  batch TEXT COLLATE "C" NOT NULL,
  step TEXT COLLATE "C" NOT NULL,
  ordinal BIGINT NOT NULL,
  started_at TEXT COLLATE "C" NOT NULL,
  ended_at TEXT COLLATE "C" NOT NULL,
  performed_by TEXT COLLATE "C" NOT NULL,
  temperature_low_deg_c DOUBLE PRECISION,
  temperature_high_deg_c DOUBLE PRECISION,
  gas TEXT COLLATE "C",
  equipment TEXT COLLATE "C",
  checked_by TEXT COLLATE "C",
  deviation TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_batch_step PRIMARY KEY (id, version),
  CONSTRAINT ck_batch_step_version CHECK (version >= 1),
  CONSTRAINT ck_batch_step_first CHECK (first_version = 1),
  CONSTRAINT ck_batch_step_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_batch_step_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_batch_step_batch FOREIGN KEY(batch, first_version) REFERENCES batch (id, version),
  CONSTRAINT fk_batch_step_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version),
  CONSTRAINT fk_batch_step_checked_by FOREIGN KEY(checked_by, first_version) REFERENCES account (id, version)
)
--;
CREATE INDEX ix_batch_step_batch ON batch_step (batch)
--;
CREATE INDEX ix_batch_step_checked_by ON batch_step (checked_by)
--;
CREATE INDEX ix_batch_step_performed_by ON batch_step (performed_by)
--;
CREATE TRIGGER batch_step_no_update BEFORE UPDATE ON batch_step
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER batch_step_no_delete BEFORE DELETE ON batch_step
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER batch_step_no_truncate BEFORE TRUNCATE ON batch_step
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER batch_step_insert BEFORE INSERT ON batch_step
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE quality_test (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  batch TEXT COLLATE "C" NOT NULL,
  test TEXT COLLATE "C" NOT NULL,
  sampled_at TEXT COLLATE "C" NOT NULL,
  result_at TEXT COLLATE "C" NOT NULL,
  performed_by TEXT COLLATE "C" NOT NULL,
  passed BIGINT,
  value DOUBLE PRECISION,
  uncertainty DOUBLE PRECISION,
  unit TEXT COLLATE "C",
  words TEXT COLLATE "C",
  invalid_because TEXT COLLATE "C",
  limit_low DOUBLE PRECISION,
  limit_high DOUBLE PRECISION,
  settings TEXT COLLATE "C",
  raw TEXT COLLATE "C",
  raw_sha256 TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_quality_test PRIMARY KEY (id, version),
  CONSTRAINT ck_quality_test_version CHECK (version >= 1),
  CONSTRAINT ck_quality_test_first CHECK (first_version = 1),
  CONSTRAINT ck_quality_test_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_quality_test_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_quality_test_batch FOREIGN KEY(batch, first_version) REFERENCES batch (id, version),
  CONSTRAINT fk_quality_test_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
--;
CREATE INDEX ix_quality_test_batch ON quality_test (batch)
--;
CREATE INDEX ix_quality_test_performed_by ON quality_test (performed_by)
--;
CREATE TRIGGER quality_test_no_update BEFORE UPDATE ON quality_test
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER quality_test_no_delete BEFORE DELETE ON quality_test
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER quality_test_no_truncate BEFORE TRUNCATE ON quality_test
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER quality_test_insert BEFORE INSERT ON quality_test
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE release_decision (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  batch TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  decided_by TEXT COLLATE "C" NOT NULL,
  expires_at TEXT COLLATE "C",
  tests TEXT COLLATE "C",
  reason TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_release_decision PRIMARY KEY (id, version),
  CONSTRAINT ck_release_decision_version CHECK (version >= 1),
  CONSTRAINT ck_release_decision_first CHECK (first_version = 1),
  CONSTRAINT ck_release_decision_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_release_decision_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_release_decision_batch FOREIGN KEY(batch, first_version) REFERENCES batch (id, version),
  CONSTRAINT fk_release_decision_decided_by FOREIGN KEY(decided_by, first_version) REFERENCES account (id, version)
)
--;
CREATE INDEX ix_release_decision_batch ON release_decision (batch)
--;
CREATE INDEX ix_release_decision_decided_by ON release_decision (decided_by)
--;
CREATE TRIGGER release_decision_no_update BEFORE UPDATE ON release_decision
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER release_decision_no_delete BEFORE DELETE ON release_decision
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER release_decision_no_truncate BEFORE TRUNCATE ON release_decision
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER release_decision_insert BEFORE INSERT ON release_decision
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE vial (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  batch TEXT COLLATE "C" NOT NULL,
  container TEXT COLLATE "C" NOT NULL,
  volume_ml DOUBLE PRECISION NOT NULL,
  activity_bq DOUBLE PRECISION NOT NULL,
  measured_at TEXT COLLATE "C" NOT NULL,
  performed_by TEXT COLLATE "C" NOT NULL,
  activity_uncertainty_bq DOUBLE PRECISION,
  device TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_vial PRIMARY KEY (id, version),
  CONSTRAINT ck_vial_version CHECK (version >= 1),
  CONSTRAINT ck_vial_first CHECK (first_version = 1),
  CONSTRAINT ck_vial_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_vial_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_vial_batch FOREIGN KEY(batch, first_version) REFERENCES batch (id, version),
  CONSTRAINT fk_vial_device FOREIGN KEY(device, first_version) REFERENCES device (id, version),
  CONSTRAINT fk_vial_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
--;
CREATE INDEX ix_vial_batch ON vial (batch)
--;
CREATE INDEX ix_vial_device ON vial (device)
--;
CREATE INDEX ix_vial_performed_by ON vial (performed_by)
--;
CREATE TRIGGER vial_no_update BEFORE UPDATE ON vial
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER vial_no_delete BEFORE DELETE ON vial
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER vial_no_truncate BEFORE TRUNCATE ON vial
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER vial_insert BEFORE INSERT ON vial
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE dispatch (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  vial TEXT COLLATE "C" NOT NULL,
  from_site TEXT COLLATE "C" NOT NULL,
  to_site TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  activity_bq DOUBLE PRECISION NOT NULL,
  measured_at TEXT COLLATE "C" NOT NULL,
  performed_by TEXT COLLATE "C" NOT NULL,
  activity_uncertainty_bq DOUBLE PRECISION,
  device TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
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
CREATE TRIGGER dispatch_no_update BEFORE UPDATE ON dispatch
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER dispatch_no_delete BEFORE DELETE ON dispatch
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER dispatch_no_truncate BEFORE TRUNCATE ON dispatch
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER dispatch_insert BEFORE INSERT ON dispatch
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE result (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  administration TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  computed_at TEXT COLLATE "C" NOT NULL,
  content TEXT COLLATE "C" NOT NULL,
  content_sha256 TEXT COLLATE "C" NOT NULL,
  folder TEXT COLLATE "C",
  job TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_result PRIMARY KEY (id, version),
  CONSTRAINT ck_result_version CHECK (version >= 1),
  CONSTRAINT ck_result_first CHECK (first_version = 1),
  CONSTRAINT ck_result_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_result_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_result_administration FOREIGN KEY(administration, first_version) REFERENCES administration (id, version)
)
--;
CREATE INDEX ix_result_administration ON result (administration)
--;
CREATE TRIGGER result_no_update BEFORE UPDATE ON result
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER result_no_delete BEFORE DELETE ON result
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER result_no_truncate BEFORE TRUNCATE ON result
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER result_insert BEFORE INSERT ON result
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE scan (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  administration TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  files_sha256 TEXT COLLATE "C" NOT NULL,
  spect TEXT COLLATE "C",
  projections TEXT COLLATE "C",
  ct TEXT COLLATE "C",
  structures TEXT COLLATE "C",
  calibration TEXT COLLATE "C",
  options TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_scan PRIMARY KEY (id, version),
  CONSTRAINT ck_scan_version CHECK (version >= 1),
  CONSTRAINT ck_scan_first CHECK (first_version = 1),
  CONSTRAINT ck_scan_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_scan_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_scan_administration FOREIGN KEY(administration, first_version) REFERENCES administration (id, version)
)
--;
CREATE INDEX ix_scan_administration ON scan (administration)
--;
CREATE TRIGGER scan_no_update BEFORE UPDATE ON scan
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER scan_no_delete BEFORE DELETE ON scan
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER scan_no_truncate BEFORE TRUNCATE ON scan
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER scan_insert BEFORE INSERT ON scan
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE syringe (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  vial TEXT COLLATE "C" NOT NULL,
  container TEXT COLLATE "C" NOT NULL,
  volume_ml DOUBLE PRECISION NOT NULL,
  activity_bq DOUBLE PRECISION NOT NULL,
  measured_at TEXT COLLATE "C" NOT NULL,
  performed_by TEXT COLLATE "C" NOT NULL,
  activity_uncertainty_bq DOUBLE PRECISION,
  device TEXT COLLATE "C",
  shield TEXT COLLATE "C",
  label TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_syringe PRIMARY KEY (id, version),
  CONSTRAINT ck_syringe_version CHECK (version >= 1),
  CONSTRAINT ck_syringe_first CHECK (first_version = 1),
  CONSTRAINT ck_syringe_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_syringe_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_syringe_vial FOREIGN KEY(vial, first_version) REFERENCES vial (id, version),
  CONSTRAINT fk_syringe_device FOREIGN KEY(device, first_version) REFERENCES device (id, version),
  CONSTRAINT fk_syringe_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
--;
CREATE INDEX ix_syringe_device ON syringe (device)
--;
CREATE INDEX ix_syringe_performed_by ON syringe (performed_by)
--;
CREATE INDEX ix_syringe_vial ON syringe (vial)
--;
CREATE TRIGGER syringe_no_update BEFORE UPDATE ON syringe
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER syringe_no_delete BEFORE DELETE ON syringe
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER syringe_no_truncate BEFORE TRUNCATE ON syringe
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER syringe_insert BEFORE INSERT ON syringe
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE withdrawal (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  vial TEXT COLLATE "C" NOT NULL,
  purpose TEXT COLLATE "C" NOT NULL,
  volume_ml DOUBLE PRECISION NOT NULL,
  activity_bq DOUBLE PRECISION NOT NULL,
  measured_at TEXT COLLATE "C" NOT NULL,
  performed_by TEXT COLLATE "C" NOT NULL,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_withdrawal PRIMARY KEY (id, version),
  CONSTRAINT ck_withdrawal_version CHECK (version >= 1),
  CONSTRAINT ck_withdrawal_first CHECK (first_version = 1),
  CONSTRAINT ck_withdrawal_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_withdrawal_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_withdrawal_vial FOREIGN KEY(vial, first_version) REFERENCES vial (id, version),
  CONSTRAINT fk_withdrawal_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
--;
CREATE INDEX ix_withdrawal_performed_by ON withdrawal (performed_by)
--;
CREATE INDEX ix_withdrawal_vial ON withdrawal (vial)
--;
CREATE TRIGGER withdrawal_no_update BEFORE UPDATE ON withdrawal
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER withdrawal_no_delete BEFORE DELETE ON withdrawal
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER withdrawal_no_truncate BEFORE TRUNCATE ON withdrawal
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER withdrawal_insert BEFORE INSERT ON withdrawal
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE dose (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  result TEXT COLLATE "C" NOT NULL,
  administration TEXT COLLATE "C" NOT NULL,
  region TEXT COLLATE "C" NOT NULL,
  method TEXT COLLATE "C" NOT NULL,
  mean_dose_gy DOUBLE PRECISION NOT NULL,
  lesion TEXT COLLATE "C",
  volume_ml DOUBLE PRECISION,
  mass_g DOUBLE PRECISION,
  tia_bq_s DOUBLE PRECISION,
  tia_uncertainty_bq_s DOUBLE PRECISION,
  mean_dose_uncertainty_gy DOUBLE PRECISION,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_dose PRIMARY KEY (id, version),
  CONSTRAINT ck_dose_version CHECK (version >= 1),
  CONSTRAINT ck_dose_first CHECK (first_version = 1),
  CONSTRAINT ck_dose_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_dose_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_dose_result FOREIGN KEY(result, first_version) REFERENCES result (id, version),
  CONSTRAINT fk_dose_administration FOREIGN KEY(administration, first_version) REFERENCES administration (id, version),
  CONSTRAINT fk_dose_lesion FOREIGN KEY(lesion, first_version) REFERENCES lesion (id, version)
)
--;
CREATE INDEX ix_dose_administration ON dose (administration)
--;
CREATE INDEX ix_dose_lesion ON dose (lesion)
--;
CREATE INDEX ix_dose_result ON dose (result)
--;
CREATE TRIGGER dose_no_update BEFORE UPDATE ON dose
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER dose_no_delete BEFORE DELETE ON dose
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER dose_no_truncate BEFORE TRUNCATE ON dose
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER dose_insert BEFORE INSERT ON dose
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE injection (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  administration TEXT COLLATE "C" NOT NULL,
  lesion TEXT COLLATE "C" NOT NULL,
  started_at TEXT COLLATE "C" NOT NULL,
  ended_at TEXT COLLATE "C" NOT NULL,
  pre_bq DOUBLE PRECISION NOT NULL,
  pre_at TEXT COLLATE "C" NOT NULL,
  net_bq DOUBLE PRECISION NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  operator TEXT COLLATE "C" NOT NULL,
  syringe TEXT COLLATE "C",
  post_bq DOUBLE PRECISION,
  post_at TEXT COLLATE "C",
  net_uncertainty_bq DOUBLE PRECISION,
  needle_passes BIGINT,
  reflux TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
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
--;
CREATE INDEX ix_injection_administration ON injection (administration)
--;
CREATE INDEX ix_injection_lesion ON injection (lesion)
--;
CREATE INDEX ix_injection_operator ON injection (operator)
--;
CREATE INDEX ix_injection_syringe ON injection (syringe)
--;
CREATE TRIGGER injection_no_update BEFORE UPDATE ON injection
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER injection_no_delete BEFORE DELETE ON injection
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER injection_no_truncate BEFORE TRUNCATE ON injection
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER injection_insert BEFORE INSERT ON injection
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE receipt (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  dispatch TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  activity_bq DOUBLE PRECISION NOT NULL,
  measured_at TEXT COLLATE "C" NOT NULL,
  performed_by TEXT COLLATE "C" NOT NULL,
  activity_uncertainty_bq DOUBLE PRECISION,
  device TEXT COLLATE "C",
  condition TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_receipt PRIMARY KEY (id, version),
  CONSTRAINT ck_receipt_version CHECK (version >= 1),
  CONSTRAINT ck_receipt_first CHECK (first_version = 1),
  CONSTRAINT ck_receipt_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_receipt_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_receipt_dispatch FOREIGN KEY(dispatch, first_version) REFERENCES dispatch (id, version),
  CONSTRAINT fk_receipt_device FOREIGN KEY(device, first_version) REFERENCES device (id, version),
  CONSTRAINT fk_receipt_performed_by FOREIGN KEY(performed_by, first_version) REFERENCES account (id, version)
)
--;
CREATE INDEX ix_receipt_device ON receipt (device)
--;
CREATE INDEX ix_receipt_dispatch ON receipt (dispatch)
--;
CREATE INDEX ix_receipt_performed_by ON receipt (performed_by)
--;
CREATE TRIGGER receipt_no_update BEFORE UPDATE ON receipt
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER receipt_no_delete BEFORE DELETE ON receipt
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER receipt_no_truncate BEFORE TRUNCATE ON receipt
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER receipt_insert BEFORE INSERT ON receipt
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE region_volume (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  scan TEXT COLLATE "C" NOT NULL,
  region TEXT COLLATE "C" NOT NULL,
  volume_ml DOUBLE PRECISION NOT NULL,
  lesion TEXT COLLATE "C",
  activity_bq DOUBLE PRECISION,
  activity_uncertainty_bq DOUBLE PRECISION,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_region_volume PRIMARY KEY (id, version),
  CONSTRAINT ck_region_volume_version CHECK (version >= 1),
  CONSTRAINT ck_region_volume_first CHECK (first_version = 1),
  CONSTRAINT ck_region_volume_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_region_volume_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_region_volume_scan FOREIGN KEY(scan, first_version) REFERENCES scan (id, version),
  CONSTRAINT fk_region_volume_lesion FOREIGN KEY(lesion, first_version) REFERENCES lesion (id, version)
)
--;
CREATE INDEX ix_region_volume_lesion ON region_volume (lesion)
--;
CREATE INDEX ix_region_volume_scan ON region_volume (scan)
--;
CREATE TRIGGER region_volume_no_update BEFORE UPDATE ON region_volume
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER region_volume_no_delete BEFORE DELETE ON region_volume
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER region_volume_no_truncate BEFORE TRUNCATE ON region_volume
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER region_volume_insert BEFORE INSERT ON region_volume
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
