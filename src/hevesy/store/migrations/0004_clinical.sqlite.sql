CREATE TABLE data_query (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  kind TEXT NOT NULL,
  record TEXT NOT NULL,
  words TEXT NOT NULL,
  state TEXT NOT NULL,
  data_check TEXT,
  answer TEXT,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_data_query PRIMARY KEY (id, version),
  CONSTRAINT ck_data_query_version CHECK (version >= 1),
  CONSTRAINT ck_data_query_first CHECK (first_version = 1),
  CONSTRAINT ck_data_query_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_data_query_audit FOREIGN KEY(audit) REFERENCES audit (seq)
)
 STRICT
--;
CREATE TRIGGER data_query_no_update BEFORE UPDATE ON data_query BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of data_query are added, never changed or taken away');
END
--;
CREATE TRIGGER data_query_no_delete BEFORE DELETE ON data_query BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of data_query are added, never changed or taken away');
END
--;
CREATE TRIGGER data_query_insert BEFORE INSERT ON data_query BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a data_query is there already') WHERE EXISTS (
    SELECT 1 FROM data_query WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a data_query follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM data_query WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a data_query needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'data_query' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE departure (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  inclusion TEXT NOT NULL,
  kind TEXT NOT NULL,
  left_on TEXT NOT NULL,
  reason TEXT,
  generated INTEGER,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_departure PRIMARY KEY (id, version),
  CONSTRAINT ck_departure_version CHECK (version >= 1),
  CONSTRAINT ck_departure_first CHECK (first_version = 1),
  CONSTRAINT ck_departure_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_departure_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_departure_inclusion FOREIGN KEY(inclusion, first_version) REFERENCES inclusion (id, version)
)
 STRICT
--;
CREATE INDEX ix_departure_inclusion ON departure (inclusion)
--;
CREATE TRIGGER departure_no_update BEFORE UPDATE ON departure BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of departure are added, never changed or taken away');
END
--;
CREATE TRIGGER departure_no_delete BEFORE DELETE ON departure BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of departure are added, never changed or taken away');
END
--;
CREATE TRIGGER departure_insert BEFORE INSERT ON departure BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a departure is there already') WHERE EXISTS (
    SELECT 1 FROM departure WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a departure follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM departure WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a departure needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'departure' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE lesion_assessment (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  inclusion TEXT NOT NULL,
  lesion TEXT NOT NULL,
  visit TEXT NOT NULL,
  assessed_on TEXT NOT NULL,
  role TEXT NOT NULL,
  status TEXT NOT NULL,
  diameter_mm TEXT,
  too_small INTEGER,
  node INTEGER,
  injected INTEGER,
  density_hu TEXT,
  blood_supply TEXT,
  method TEXT,
  generated INTEGER,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_lesion_assessment PRIMARY KEY (id, version),
  CONSTRAINT ck_lesion_assessment_version CHECK (version >= 1),
  CONSTRAINT ck_lesion_assessment_first CHECK (first_version = 1),
  CONSTRAINT ck_lesion_assessment_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_lesion_assessment_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_lesion_assessment_inclusion FOREIGN KEY(inclusion, first_version) REFERENCES inclusion (id, version),
  CONSTRAINT fk_lesion_assessment_lesion FOREIGN KEY(lesion, first_version) REFERENCES lesion (id, version)
)
 STRICT
--;
CREATE INDEX ix_lesion_assessment_inclusion ON lesion_assessment (inclusion)
--;
CREATE INDEX ix_lesion_assessment_lesion ON lesion_assessment (lesion)
--;
CREATE TRIGGER lesion_assessment_no_update BEFORE UPDATE ON lesion_assessment BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of lesion_assessment are added, never changed or taken away');
END
--;
CREATE TRIGGER lesion_assessment_no_delete BEFORE DELETE ON lesion_assessment BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of lesion_assessment are added, never changed or taken away');
END
--;
CREATE TRIGGER lesion_assessment_insert BEFORE INSERT ON lesion_assessment BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a lesion_assessment is there already') WHERE EXISTS (
    SELECT 1 FROM lesion_assessment WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a lesion_assessment follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM lesion_assessment WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a lesion_assessment needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'lesion_assessment' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE measurement (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  inclusion TEXT NOT NULL,
  visit TEXT NOT NULL,
  measured_on TEXT NOT NULL,
  test TEXT NOT NULL,
  value TEXT NOT NULL,
  unit TEXT NOT NULL,
  lower_normal TEXT,
  upper_normal TEXT,
  generated INTEGER,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_measurement PRIMARY KEY (id, version),
  CONSTRAINT ck_measurement_version CHECK (version >= 1),
  CONSTRAINT ck_measurement_first CHECK (first_version = 1),
  CONSTRAINT ck_measurement_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_measurement_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_measurement_inclusion FOREIGN KEY(inclusion, first_version) REFERENCES inclusion (id, version)
)
 STRICT
--;
CREATE INDEX ix_measurement_inclusion ON measurement (inclusion)
--;
CREATE TRIGGER measurement_no_update BEFORE UPDATE ON measurement BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of measurement are added, never changed or taken away');
END
--;
CREATE TRIGGER measurement_no_delete BEFORE DELETE ON measurement BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of measurement are added, never changed or taken away');
END
--;
CREATE TRIGGER measurement_insert BEFORE INSERT ON measurement BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a measurement is there already') WHERE EXISTS (
    SELECT 1 FROM measurement WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a measurement follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM measurement WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a measurement needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'measurement' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE screening (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  inclusion TEXT NOT NULL,
  screened_on TEXT NOT NULL,
  age_years INTEGER,
  primary_tumour TEXT,
  treated_site TEXT,
  prior_lines INTEGER,
  consent_version TEXT,
  board_on TEXT,
  board_decision TEXT,
  failure_reason TEXT,
  evidence TEXT,
  waivers TEXT,
  generated INTEGER,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_screening PRIMARY KEY (id, version),
  CONSTRAINT ck_screening_version CHECK (version >= 1),
  CONSTRAINT ck_screening_first CHECK (first_version = 1),
  CONSTRAINT ck_screening_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_screening_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_screening_inclusion FOREIGN KEY(inclusion, first_version) REFERENCES inclusion (id, version)
)
 STRICT
--;
CREATE INDEX ix_screening_inclusion ON screening (inclusion)
--;
CREATE TRIGGER screening_no_update BEFORE UPDATE ON screening BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of screening are added, never changed or taken away');
END
--;
CREATE TRIGGER screening_no_delete BEFORE DELETE ON screening BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of screening are added, never changed or taken away');
END
--;
CREATE TRIGGER screening_insert BEFORE INSERT ON screening BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a screening is there already') WHERE EXISTS (
    SELECT 1 FROM screening WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a screening follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM screening WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a screening needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'screening' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE visit (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  inclusion TEXT NOT NULL,
  name TEXT NOT NULL,
  visited_on TEXT NOT NULL,
  ecog INTEGER,
  note TEXT,
  generated INTEGER,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_visit PRIMARY KEY (id, version),
  CONSTRAINT ck_visit_version CHECK (version >= 1),
  CONSTRAINT ck_visit_first CHECK (first_version = 1),
  CONSTRAINT ck_visit_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_visit_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_visit_inclusion FOREIGN KEY(inclusion, first_version) REFERENCES inclusion (id, version)
)
 STRICT
--;
CREATE INDEX ix_visit_inclusion ON visit (inclusion)
--;
CREATE TRIGGER visit_no_update BEFORE UPDATE ON visit BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of visit are added, never changed or taken away');
END
--;
CREATE TRIGGER visit_no_delete BEFORE DELETE ON visit BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of visit are added, never changed or taken away');
END
--;
CREATE TRIGGER visit_insert BEFORE INSERT ON visit BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a visit is there already') WHERE EXISTS (
    SELECT 1 FROM visit WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a visit follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM visit WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a visit needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'visit' AND record = NEW.id
    AND record_version = NEW.version);
END
--;
CREATE TABLE adverse_event (
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  inclusion TEXT NOT NULL,
  term TEXT NOT NULL,
  organ_class TEXT NOT NULL,
  grade INTEGER NOT NULL,
  began_on TEXT NOT NULL,
  administration TEXT,
  ctcae TEXT,
  ended_on TEXT,
  outcome TEXT,
  related_agent TEXT,
  related_procedure TEXT,
  serious INTEGER,
  seriousness TEXT,
  expected INTEGER,
  aware_at TEXT,
  reported_at TEXT,
  authority_reported_at TEXT,
  action_taken TEXT,
  narrative TEXT,
  generated INTEGER,
  first_version INTEGER NOT NULL,
  audit INTEGER NOT NULL,
  CONSTRAINT pk_adverse_event PRIMARY KEY (id, version),
  CONSTRAINT ck_adverse_event_version CHECK (version >= 1),
  CONSTRAINT ck_adverse_event_first CHECK (first_version = 1),
  CONSTRAINT ck_adverse_event_id CHECK (length(id) between 1 and 100),
  CONSTRAINT fk_adverse_event_audit FOREIGN KEY(audit) REFERENCES audit (seq),
  CONSTRAINT fk_adverse_event_inclusion FOREIGN KEY(inclusion, first_version) REFERENCES inclusion (id, version),
  CONSTRAINT fk_adverse_event_administration FOREIGN KEY(administration, first_version) REFERENCES administration (id, version)
)
 STRICT
--;
CREATE INDEX ix_adverse_event_administration ON adverse_event (administration)
--;
CREATE INDEX ix_adverse_event_inclusion ON adverse_event (inclusion)
--;
CREATE TRIGGER adverse_event_no_update BEFORE UPDATE ON adverse_event BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of adverse_event are added, never changed or taken away');
END
--;
CREATE TRIGGER adverse_event_no_delete BEFORE DELETE ON adverse_event BEGIN
  SELECT RAISE(ABORT, 'hevesy: rows of adverse_event are added, never changed or taken away');
END
--;
CREATE TRIGGER adverse_event_insert BEFORE INSERT ON adverse_event BEGIN
  SELECT RAISE(ABORT, 'hevesy: this version of a adverse_event is there already') WHERE EXISTS (
    SELECT 1 FROM adverse_event WHERE id = NEW.id AND version = NEW.version);
  SELECT RAISE(ABORT, 'hevesy: versions of a adverse_event follow one another') WHERE NEW.version > 1
    AND NOT EXISTS (SELECT 1 FROM adverse_event WHERE id = NEW.id AND version = NEW.version - 1);
  SELECT RAISE(ABORT, 'hevesy: a adverse_event needs its audit record') WHERE NOT EXISTS (
    SELECT 1 FROM audit WHERE seq = NEW.audit AND kind = 'adverse_event' AND record = NEW.id
    AND record_version = NEW.version);
END
