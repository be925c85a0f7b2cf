CREATE TABLE data_query (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  record TEXT COLLATE "C" NOT NULL,
  words TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  data_check TEXT COLLATE "C",
  answer TEXT COLLATE "C",
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_data_query PRIMARY KEY (id, version),
  CONSTRAINT ck_data_query_version CHECK (version >= 1),
  CONSTRAINT ck_data_query_first CHECK (first_version = 1),
  CONSTRAINT ck_data_query_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_data_query_audit FOREIGN KEY(audit) REFERENCES audit (seq)
)
--;
CREATE TRIGGER data_query_no_update BEFORE UPDATE ON data_query
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER data_query_no_delete BEFORE DELETE ON data_query
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER data_query_no_truncate BEFORE TRUNCATE ON data_query
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER data_query_insert BEFORE INSERT ON data_query
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE departure (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  inclusion TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  left_on TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C",
  generated BIGINT,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_departure PRIMARY KEY (id, version),
  CONSTRAINT ck_departure_version CHECK (version >= 1),
  CONSTRAINT ck_departure_first CHECK (first_version = 1),
  CONSTRAINT ck_departure_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_departure_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_departure_inclusion FOREIGN KEY(inclusion, first_version) REFERENCES inclusion (id, version)
)
--;
CREATE INDEX ix_departure_inclusion ON departure (inclusion)
--;
CREATE TRIGGER departure_no_update BEFORE UPDATE ON departure
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER departure_no_delete BEFORE DELETE ON departure
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER departure_no_truncate BEFORE TRUNCATE ON departure
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER departure_insert BEFORE INSERT ON departure
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE lesion_assessment (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  inclusion TEXT COLLATE "C" NOT NULL,
  lesion TEXT COLLATE "C" NOT NULL,
  visit TEXT COLLATE "C" NOT NULL,
  assessed_on TEXT COLLATE "C" NOT NULL,
  role TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  diameter_mm TEXT COLLATE "C",
  too_small BIGINT,
  node BIGINT,
  injected BIGINT,
  density_hu TEXT COLLATE "C",
  blood_supply TEXT COLLATE "C",
  method TEXT COLLATE "C",
  generated BIGINT,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_lesion_assessment PRIMARY KEY (id, version),
  CONSTRAINT ck_lesion_assessment_version CHECK (version >= 1),
  CONSTRAINT ck_lesion_assessment_first CHECK (first_version = 1),
  CONSTRAINT ck_lesion_assessment_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_lesion_assessment_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_lesion_assessment_inclusion FOREIGN KEY(inclusion, first_version) REFERENCES inclusion (id, version),
  CONSTRAINT fk_lesion_assessment_lesion FOREIGN KEY(lesion, first_version) REFERENCES lesion (id, version)
)
--;
CREATE INDEX ix_lesion_assessment_inclusion ON lesion_assessment (inclusion)
--;
CREATE INDEX ix_lesion_assessment_lesion ON lesion_assessment (lesion)
--;
CREATE TRIGGER lesion_assessment_no_update BEFORE UPDATE ON lesion_assessment
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER lesion_assessment_no_delete BEFORE DELETE ON lesion_assessment
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER lesion_assessment_no_truncate BEFORE TRUNCATE ON lesion_assessment
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER lesion_assessment_insert BEFORE INSERT ON lesion_assessment
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE measurement (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  inclusion TEXT COLLATE "C" NOT NULL,
  visit TEXT COLLATE "C" NOT NULL,
  measured_on TEXT COLLATE "C" NOT NULL,
  test TEXT COLLATE "C" NOT NULL,
  value TEXT COLLATE "C" NOT NULL,
  unit TEXT COLLATE "C" NOT NULL,
  lower_normal TEXT COLLATE "C",
  upper_normal TEXT COLLATE "C",
  generated BIGINT,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_measurement PRIMARY KEY (id, version),
  CONSTRAINT ck_measurement_version CHECK (version >= 1),
  CONSTRAINT ck_measurement_first CHECK (first_version = 1),
  CONSTRAINT ck_measurement_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_measurement_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_measurement_inclusion FOREIGN KEY(inclusion, first_version) REFERENCES inclusion (id, version)
)
--;
CREATE INDEX ix_measurement_inclusion ON measurement (inclusion)
--;
CREATE TRIGGER measurement_no_update BEFORE UPDATE ON measurement
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER measurement_no_delete BEFORE DELETE ON measurement
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER measurement_no_truncate BEFORE TRUNCATE ON measurement
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER measurement_insert BEFORE INSERT ON measurement
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE screening (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  inclusion TEXT COLLATE "C" NOT NULL,
  screened_on TEXT COLLATE "C" NOT NULL,
  age_years BIGINT,
  primary_tumour TEXT COLLATE "C",
  treated_site TEXT COLLATE "C",
  prior_lines BIGINT,
  consent_version TEXT COLLATE "C",
  board_on TEXT COLLATE "C",
  board_decision TEXT COLLATE "C",
  failure_reason TEXT COLLATE "C",
  evidence TEXT COLLATE "C",
  waivers TEXT COLLATE "C",
  generated BIGINT,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_screening PRIMARY KEY (id, version),
  CONSTRAINT ck_screening_version CHECK (version >= 1),
  CONSTRAINT ck_screening_first CHECK (first_version = 1),
  CONSTRAINT ck_screening_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_screening_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_screening_inclusion FOREIGN KEY(inclusion, first_version) REFERENCES inclusion (id, version)
)
--;
CREATE INDEX ix_screening_inclusion ON screening (inclusion)
--;
CREATE TRIGGER screening_no_update BEFORE UPDATE ON screening
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER screening_no_delete BEFORE DELETE ON screening
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER screening_no_truncate BEFORE TRUNCATE ON screening
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER screening_insert BEFORE INSERT ON screening
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE visit (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  inclusion TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  visited_on TEXT COLLATE "C" NOT NULL,
  ecog BIGINT,
  note TEXT COLLATE "C",
  generated BIGINT,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_visit PRIMARY KEY (id, version),
  CONSTRAINT ck_visit_version CHECK (version >= 1),
  CONSTRAINT ck_visit_first CHECK (first_version = 1),
  CONSTRAINT ck_visit_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_visit_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_visit_inclusion FOREIGN KEY(inclusion, first_version) REFERENCES inclusion (id, version)
)
--;
CREATE INDEX ix_visit_inclusion ON visit (inclusion)
--;
CREATE TRIGGER visit_no_update BEFORE UPDATE ON visit
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER visit_no_delete BEFORE DELETE ON visit
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER visit_no_truncate BEFORE TRUNCATE ON visit
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER visit_insert BEFORE INSERT ON visit
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
--;
CREATE TABLE adverse_event (
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  inclusion TEXT COLLATE "C" NOT NULL,
  term TEXT COLLATE "C" NOT NULL,
  organ_class TEXT COLLATE "C" NOT NULL,
  grade BIGINT NOT NULL,
  began_on TEXT COLLATE "C" NOT NULL,
  administration TEXT COLLATE "C",
  ctcae TEXT COLLATE "C",
  ended_on TEXT COLLATE "C",
  outcome TEXT COLLATE "C",
  related_agent TEXT COLLATE "C",
  related_procedure TEXT COLLATE "C",
  serious BIGINT,
  seriousness TEXT COLLATE "C",
  expected BIGINT,
  aware_at TEXT COLLATE "C",
  reported_at TEXT COLLATE "C",
  authority_reported_at TEXT COLLATE "C",
  action_taken TEXT COLLATE "C",
  narrative TEXT COLLATE "C",
  generated BIGINT,
  first_version BIGINT NOT NULL,
  audit BIGINT NOT NULL,
  CONSTRAINT pk_adverse_event PRIMARY KEY (id, version),
  CONSTRAINT ck_adverse_event_version CHECK (version >= 1),
  CONSTRAINT ck_adverse_event_first CHECK (first_version = 1),
  CONSTRAINT ck_adverse_event_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_adverse_event_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_adverse_event_inclusion FOREIGN KEY(inclusion, first_version) REFERENCES inclusion (id, version),
  CONSTRAINT fk_adverse_event_administration FOREIGN KEY(administration, first_version) REFERENCES administration (id, version)
)
--;
CREATE INDEX ix_adverse_event_administration ON adverse_event (administration)
--;
CREATE INDEX ix_adverse_event_inclusion ON adverse_event (inclusion)
--;
CREATE TRIGGER adverse_event_no_update BEFORE UPDATE ON adverse_event
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER adverse_event_no_delete BEFORE DELETE ON adverse_event
  FOR EACH ROW EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER adverse_event_no_truncate BEFORE TRUNCATE ON adverse_event
  FOR EACH STATEMENT EXECUTE FUNCTION hevesy_refuse()
--;
CREATE TRIGGER adverse_event_insert BEFORE INSERT ON adverse_event
  FOR EACH ROW EXECUTE FUNCTION hevesy_record()
