"""The files that are not DICOM: the case, NIfTI and NRRD, the result; nothing half-written."""

from hevesy.files.calibration_file import (
    CALIBRATION_FORMAT,
    calibration_schema,
    read_calibration,
    write_calibration,
)
from hevesy.files.calibration_plan import (
    CalibrationPlan,
    CylinderPhantom,
    Exposure,
    PlanarPhantom,
    ScanToQuantify,
    Sphere,
    SpherePhantom,
    read_calibration_plan,
    read_scan_protocol,
)
from hevesy.files.case_refusal import nearest
from hevesy.files.case_times import read_moment
from hevesy.files.case_toml import read_case
from hevesy.files.hashing import record_input
from hevesy.files.hu_table import read_hu_table
from hevesy.files.lesion_course_file import (
    LesionCoursePlan,
    PlannedVisit,
    read_lesion_course,
)
from hevesy.files.lesion_outcomes import (
    LESION_METRICS,
    parse_lesion_outcomes,
    read_threshold_rule,
)
from hevesy.files.needle_track import read_track
from hevesy.files.output import (
    StagedOutput,
    atomic_file,
    atomic_write_bytes,
    atomic_write_text,
    staged_output,
)
from hevesy.files.prior_file import prior_to_toml, read_kinetics_prior
from hevesy.files.result_json import result_schema, result_to_json
from hevesy.files.result_models import AdministrationEntry, RegionEntry, ResultModel
from hevesy.files.result_read import read_result
from hevesy.files.study_scan import study_scan
from hevesy.files.study_toml import (
    STUDY_TEMPLATES,
    StudyFile,
    parse_study,
    read_study,
    study_options,
    study_template,
)
from hevesy.files.term_list_file import parse_term_list, term_list_to_json
from hevesy.files.tlc_file import parse_tlc_trace, read_tlc_trace
from hevesy.files.trial_tables import parse_adverse_events, parse_lesions, read_table_text
from hevesy.files.volume_share import strip_volume_texts
from hevesy.files.volumes import (
    is_volume_file,
    read_activity_volume,
    read_label_map,
    read_volume,
    write_volume,
)

__all__ = [
    "CALIBRATION_FORMAT",
    "LESION_METRICS",
    "STUDY_TEMPLATES",
    "AdministrationEntry",
    "CalibrationPlan",
    "CylinderPhantom",
    "Exposure",
    "LesionCoursePlan",
    "PlanarPhantom",
    "PlannedVisit",
    "RegionEntry",
    "ResultModel",
    "ScanToQuantify",
    "Sphere",
    "SpherePhantom",
    "StagedOutput",
    "StudyFile",
    "atomic_file",
    "atomic_write_bytes",
    "atomic_write_text",
    "calibration_schema",
    "is_volume_file",
    "nearest",
    "parse_adverse_events",
    "parse_lesion_outcomes",
    "parse_lesions",
    "parse_study",
    "parse_term_list",
    "parse_tlc_trace",
    "prior_to_toml",
    "read_activity_volume",
    "read_calibration",
    "read_calibration_plan",
    "read_case",
    "read_hu_table",
    "read_kinetics_prior",
    "read_label_map",
    "read_lesion_course",
    "read_moment",
    "read_result",
    "read_scan_protocol",
    "read_study",
    "read_table_text",
    "read_threshold_rule",
    "read_tlc_trace",
    "read_track",
    "read_volume",
    "record_input",
    "result_schema",
    "result_to_json",
    "staged_output",
    "strip_volume_texts",
    "study_options",
    "study_scan",
    "study_template",
    "term_list_to_json",
    "write_calibration",
    "write_volume",
]
