"""A case file gives the values it says, or one line that says what is wrong with it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hevesy.case import ActivityKind, CaseOptions, DecayReferenceTime, PartialVolume, Route
from hevesy.errors import (
    CaseError,
    HevesyError,
    ImageFileError,
    NuclideError,
    TimeError,
    UnitError,
)
from hevesy.files import read_case
from tests.files.case_text import write_case

NET = 'kind = "net"'
TIME = "2018-11-15T09:22:00"
NIFTI = ('spect = "SCAN_001/image"', 'spect = "spect.nii.gz"')
HALF = 'effective_half_life_uncertainty = "1 h"\neffective_half_life = '
INJECTION = '\n[[administration.injection]]\nlesion = "lesion 1"\nactivity = "{}"\n'


def test_the_example_of_the_reference_page(tmp_path: Path) -> None:
    case = read_case(write_case(tmp_path))
    (given,) = case.administrations
    (scan,) = case.scans
    assert (case.patient, case.nuclide, case.agent) == ("P01", "Lu-177", "DOTATATE")
    assert given.activity_bq == 7.21e9
    assert given.activity_relative_uncertainty == 0.02
    assert given.kind is ActivityKind.NET
    assert given.route is Route.INTRAVENOUS
    # Detroit is 5 h behind UTC in November (EST)
    assert given.time == datetime(2018, 11, 15, 14, 22, tzinfo=UTC)
    assert scan.spect == (tmp_path / "SCAN_001/image").resolve()
    assert scan.structures == ((tmp_path / "SCAN_001/mask").resolve(),)
    assert scan.decay_corrected_to is DecayReferenceTime.ACQUISITION
    assert scan.ct is None
    assert not scan.register_rigidly
    assert case.options == CaseOptions(method="local", density_g_cm3=1.05)


def test_every_option(tmp_path: Path) -> None:
    (tmp_path / "scanner.csv").write_text("hu,density_g_cm3\n0,1\n")
    end = """region_density_g_cm3 = { lung = 0.26, "lesion 1" = 1 }
hu_to_density = "scanner.csv"
resolution = "1.6 cm"
resolution_uncertainty = "2 mm"
partial_volume = "recovery-curve"
recovery_curve = { beta_ml = 3.2, alpha = 1.1, uncertainty = "5 %" }
calibration_uncertainty = "5 %"
count_uncertainty = "3 %"
counts_per_bq_s = 1e-5
contour_uncertainty = "1 mm"
fit = ["mono", "bi"]
uptake_phase = true
effective_half_life = "14 h"
effective_half_life_uncertainty = "120 min"
tail = "last-two"
voxel_curves = false
dvh_volumes_at_gy = [70, 100.0]
eud_a = -10
seed = 7

[[options.radiobiology]]
alpha_per_gy = 0.35
alpha_beta_gy = 10
repair_half_time = "1.5 h"
regions = ["lesion 1"]
"""
    options = read_case(write_case(tmp_path, end=end)).options
    assert options.region_density_g_cm3 == (("lung", 0.26), ("lesion 1", 1.0))
    assert options.hu_to_density == (tmp_path / "scanner.csv").resolve()
    assert options.resolution_fwhm_mm == 16.0
    assert options.resolution_uncertainty_mm == 2.0
    assert options.partial_volume is PartialVolume.RECOVERY_CURVE
    assert options.recovery_curve == (3.2, 1.1)
    assert options.recovery_relative_uncertainty == 0.05
    assert options.calibration_relative_uncertainty == 0.05
    assert options.count_relative_uncertainty == 0.03
    assert options.counts_per_bq_s == 1e-5
    assert options.contour_uncertainty_mm == 1.0
    assert options.fit_models == ("mono", "bi")
    assert options.uptake_phase
    assert options.effective_half_life_s == 14 * 3600.0
    assert options.effective_half_life_uncertainty_s == 7200.0
    assert options.tail == "last-two"
    assert not options.voxel_curves
    assert options.dvh_volumes_at_gy == (70.0, 100.0)
    assert options.eud_a == -10.0
    assert options.seed == 7
    (biology,) = options.radiobiology
    assert (biology.alpha_per_gy, biology.alpha_beta_gy) == (0.35, 10.0)
    assert biology.repair_half_time_s == 5400.0
    assert biology.regions == ("lesion 1",)


def test_courses_injections_and_nifti(tmp_path: Path) -> None:
    path = write_case(
        tmp_path,
        ("[administration]", "[[administration]]"),
        ('route = "intravenous"', 'route = "intratumoral"' + INJECTION.format("100 mCi") + """
[[administration]]
activity = "500 MBq"
kind = "gross"
time = 2018-12-15T09:22:00+01:00
route = "intra-arterial"
"""),
        NIFTI,
        ("decay_corrected_to", """time = 2018-11-15T13:06:00
unit = "kBq/mL"
duration = "1506 s"
ct = "CT/"
registration = "rigid"
decay_corrected_to"""),
        ('["SCAN_001/mask"]', '["labels.nii.gz"]\nstructure_names = { 1 = "liver", 12 = "x" }'),
    )  # fmt: skip
    case = read_case(path)
    first, second = case.administrations
    assert first.injections[0].lesion == "lesion 1"
    assert first.injections[0].activity_bq == pytest.approx(3.7e9, rel=1e-15)
    assert second.time == datetime(2018, 12, 15, 8, 22, tzinfo=UTC)
    assert second.kind is ActivityKind.GROSS
    assert second.activity_relative_uncertainty is None
    (scan,) = case.scans
    assert scan.structure_names == ((1, "liver"), (12, "x"))
    assert (scan.unit, scan.duration_s, scan.register_rigidly) == ("kBq/mL", 1506.0, True)
    assert scan.time == datetime(2018, 11, 15, 18, 6, tzinfo=UTC)
    assert scan.ct == (tmp_path / "CT").resolve()


def test_a_nuclide_by_another_spelling(tmp_path: Path) -> None:
    assert read_case(write_case(tmp_path, ("Lu-177", "188Re"))).nuclide == "Re-188"


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = write_case(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_case(path).patient == "P01"


REFUSED = [
    # keys
    ([("patient =", "pateint =")], "", CaseError, ("pateint", "`patient`")),
    ([("[options]", "[optoins]")], "", CaseError, ("optoins", "`options`")),
    ([("density_g_cm3", "densty")], "", CaseError, ("options.densty", "`density_g_cm3`")),
    ([(NET, 'Kind = "net"')], "", CaseError, ("administration.Kind", "`kind`")),
    ([("[[scan]]", "[[scan]]\ndensity_g_cm3 = 1")], "", CaseError, ("scan[1]", "[options]")),
    ([("[[scan]]", "[[scan]]\nxyz = 1")], "", CaseError, ("scan[1].xyz", "known here: spect")),
    ([("[[scan]]", "[scan]")], "", CaseError, ("scan must be a list", "[[scan]]")),
    ([], "recovery_curve = { beta = 1, alpha = 2 }", CaseError, ("beta", "`beta_ml`")),
    # `structures`, not `structure_names`, of which only the beginning is there
    ([("structures =", "structure =")], "", CaseError, ("scan[1].structure", "`structures`")),
    # the wrong name is what is wrong, not the time that is left without a zone
    ([("timezone =", "time_zone =")], "", CaseError, ("'time_zone'", "`timezone`")),
    # missing
    ([('patient = "P01"\n', "")], "", CaseError, ("patient is missing",)),
    ([(f"time = {TIME}\n", "")], "", CaseError, ("administration.time is missing", "time zero")),
    ([('spect = "SCAN_001/image"\n', "")], "", CaseError, ("scan[1].spect is missing",)),
    ([(NET, "")], "", CaseError, ("administration.kind is missing", 'kind = "net"')),
    # types
    ([('"7.210 GBq"', "7.21")], "", CaseError, ("administration.activity", "7.21", '"7.210 GBq"')),
    ([("1.05", '"1.05"')], "", CaseError, ("options.density_g_cm3 must be a number",)),
    ([("1.05", "nan")], "", CaseError, ("options.density_g_cm3", "finite")),
    ([("1.05", "true")], "", CaseError, ("options.density_g_cm3", "true")),
    ([("1.05", "1050")], "", CaseError, ("options.density_g_cm3", "1050", "at most 25")),
    ([("1.05", "0.0")], "", CaseError, ("options.density_g_cm3", "at least")),
    ([('"P01"', '" "')], "", CaseError, ("patient", "empty")),
    ([(TIME, f'"{TIME}"')], "", CaseError, ("administration.time", "without quotes")),
    ([(TIME, "2018-11-15")], "", CaseError, ("administration.time", "date and time")),
    ([], "seed = 1.5", CaseError, ("options.seed", "whole number")),
    ([], "seed = -1", CaseError, ("options.seed", "at least 0")),
    ([], "voxel_curves = 1", CaseError, ("options.voxel_curves", "true or false")),
    ([], "dvh_volumes_at_gy = 70", CaseError, ("options.dvh_volumes_at_gy", "a list")),
    ([], "dvh_volumes_at_gy = [70, -1]", CaseError, ("options.dvh_volumes_at_gy[2]", "above 0")),
    # allowed words
    ([(NET, 'kind = "nett"')], "", CaseError, ("nett", 'did you mean "net"')),
    ([("intravenous", "intratumoural")], "", CaseError, ("intratumoural", '"intratumoral"')),
    ([('"acquisition"', '"start"')], "", CaseError, ("scan[1].decay_corrected_to", "acquisition")),
    ([('"acquisition"', '"admin"')], "", CaseError, ('did you mean "administration"',)),
    # no example: it would be a guess at the route
    ([("intravenous", "iv")], "", CaseError, ("'iv'", "intra-arterial", "write one of them")),
    ([], 'fit = ["mono-exponential"]', CaseError, ('did you mean "mono"',)),
    ([('"local"', '"lokal"')], "", CaseError, ("options.method", 'did you mean "local"')),
    ([('"local"', '"monte-carlo"')], 'compare = ["auto"]', CaseError, ("compare", "auto")),
    ([], 'fit = ["mono", "quad"]', CaseError, ("options.fit[2]", "quad", "mono")),
    ([], 'tail = "none"', CaseError, ("options.tail", "physical")),
    # units and numbers
    ([('"7.210 GBq"', '"7.210"')], "", UnitError, ("administration.activity", "GBq")),
    ([('"7.210 GBq"', '"7.210 Sv"')], "", UnitError, ("7.210 Sv", "MBq")),
    ([('"7.210 GBq"', '"7,210 GBq"')], "", UnitError, ("7,210 GBq",)),
    ([('"7.210 GBq"', '"-7 GBq"')], "", UnitError, ("administration.activity", "negative")),
    ([('"7.210 GBq"', '"0 GBq"')], "", CaseError, ("administration.activity", "above 0")),
    ([('"2 %"', '"0.02"')], "", UnitError, ("administration.activity_uncertainty", "%")),
    ([('"2 %"', '"200 %"')], "", UnitError, ("above 100 %",)),
    ([], 'resolution = "16 inch"', UnitError, ("options.resolution", "16 inch", "mm, cm")),
    ([], 'resolution = "16 cm"', CaseError, ("options.resolution", "100 mm")),
    ([], HALF + '"14"', UnitError, ("options.effective_half_life", "h, d")),
    ([], "effective_half_life = 14", CaseError, ("options.effective_half_life", '"14 h"')),
    ([], HALF + '"0 h"', CaseError, ("options.effective_half_life", "above 0")),
    # nuclide
    ([("Lu-177", "Lu-777")], "", NuclideError, ("Lu-777", "Lu-177")),
    # times
    ([('timezone = "America/Detroit"\n', "")], "", TimeError, ("administration.time", "timezone")),
    ([('timezone = "America/Detroit"\n', ""), (TIME, TIME + "Z")], "", CaseError,
     ("timezone is missing", "IANA")),
    ([("America/Detroit", "America/Detriot")], "", TimeError, ('"America/Detroit"',)),
    ([("America/Detroit", "EST5")], "", TimeError, ("EST5",)),
    ([("America/Detroit", "America")], "", TimeError, ("timezone",)),
    ([("America/Detroit", "../../etc/passwd")], "", TimeError, ("timezone",)),
    ([(TIME, "2018-03-11T02:30:00")], "", TimeError, ("never was", "give an offset")),
    ([(TIME, "2018-11-04T01:30:00")], "", TimeError,
     ("twice", "01:30:00-04:00 or 2018-11-04T01:30:00-05:00", "give an offset")),
    ([NIFTI, ("decay_corrected_to", 'unit = "Bq/mL"\ntime = 2018-11-15T09:21:59\n'
     "decay_corrected_to")], "", TimeError, ("scan[1].time is before the injection",)),
    # files
    ([('"SCAN_001/image"', '"SCAN_1"')], "", ImageFileError, ("scan[1].spect does not", "SCAN_1")),
    ([('["SCAN_001/mask"]', '["SCAN_001/mask", "x"]')], "", ImageFileError,
     ("scan[1].structures[2] does not exist",)),
    ([], 'hu_to_density = "x.csv"', ImageFileError, ("options.hu_to_density", "x.csv")),
    ([], '\n[[scan]]\nspect = "SCAN_001/../SCAN_001/image"', CaseError,
     ("scan[1] and scan[2] have the same SPECT",)),
    ([NIFTI], "", CaseError, ("scan[1].time is missing", "NIfTI")),
    ([NIFTI, ("decay_corrected_to", "time = 2018-11-15T13:06:00\ndecay_corrected_to")], "",
     CaseError, ("scan[1].unit is missing", "kBq/mL")),
    ([NIFTI, ('decay_corrected_to = "acquisition"', 'time = 2018-11-15T13:06:00\nunit = "Bq/ml"')],
     "", CaseError, ("scan[1].unit", 'did you mean "Bq/mL"')),
    ([NIFTI, ('"acquisition"', '"none"\ntime = 2018-11-15T13:06:00\nunit = "Bq"')], "", CaseError,
     ("scan[1].duration is missing",)),
    ([('["SCAN_001/mask"]', '["labels.nii.gz"]\nstructure_names = { liver = "1" }')], "",
     CaseError, ("whole number", "liver")),
    ([('["SCAN_001/mask"]', '["labels.nii.gz"]\nstructure_names = { 1 = "a", 2 = "a" }')], "",
     CaseError, ("twice",)),
    ([('["SCAN_001/mask"]', '["SCAN_001/mask"]\nstructure_names = { 1 = "a" }')], "",
     CaseError, ("scan[1].structure_names would not be used", "label maps")),
    # combinations
    ([("intravenous", "intratumoral")], "", CaseError, ("names no lesion", "injection")),
    ([('"intravenous"', '"intravenous"' + INJECTION.format("1 GBq"))], "", CaseError,
     ("intratumoral route only",)),
    ([('"intravenous"', '"intratumoral"' + INJECTION.format("8 GBq"))], "", CaseError,
     ("more than its activity", "8000 MBq of 7210 MBq")),
    ([('"intravenous"', '"intratumoral"' + 2 * INJECTION.format("1 GBq"))], "", CaseError,
     ("lesion twice", "lesion 1")),
    ([], 'partial_volume = "gtm"', CaseError, ("options.resolution is missing", "16 mm")),
    ([], 'partial_volume = "recovery-curve"', CaseError, ("options.recovery_curve is missing",)),
    ([], "recovery_curve = { beta_ml = 1, alpha = 1 }", CaseError, ("would not be used",)),
    ([], 'resolution_uncertainty = "1 mm"', CaseError, ("without a resolution",)),
    ([], 'effective_half_life_uncertainty = "1 h"', CaseError, ("effective_half_life is missing",)),
    ([], 'effective_half_life = "1 h"', CaseError, ("effective_half_life_uncertainty is missing",)),
    ([], 'fit = ["prior"]', CaseError, ("options.effective_half_life is missing",)),
    ([], 'fit = ["mono", "trapezoid"]', CaseError, ("options.fit", "stand alone")),
    ([], "eud_a = 0", CaseError, ("options.eud_a",)),
    ([], "\n[[options.radiobiology]]\nalpha_per_gy = 0.3\nalpha_beta_gy = 10", CaseError,
     ("options.radiobiology[1].repair_half_time is missing",)),
    # TOML
    ([('"7.210 GBq"', '"7.210 GBq')], "", CaseError, ("not valid TOML", "line 7")),
    ([('patient = "P01"', 'patient = "P01"\npatient = "P02"')], "", CaseError, ("TOML", "line 2")),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "end", "error", "words"), REFUSED)
def test_refused_in_one_line(
    tmp_path: Path,
    changes: list[tuple[str, str]],
    end: str,
    error: type[HevesyError],
    words: tuple[str, ...],
) -> None:
    with pytest.raises(error) as refused:
        read_case(write_case(tmp_path, *changes, end=end))
    message = str(refused.value)
    assert type(refused.value) is error, message
    assert "\n" not in message
    assert refused.value.exit_code == 2
    for word in words:
        assert word in message


def test_two_administrations_at_one_time(tmp_path: Path) -> None:
    again = '[[administration]]\nactivity = "1 GBq"\nkind = "net"\nroute = "intravenous"\n'
    path = write_case(
        tmp_path,
        ("[administration]", "[[administration]]"),
        ("[[scan]]", again + f"time = {TIME}\n\n[[scan]]"),
    )
    with pytest.raises(CaseError, match="same time"):
        read_case(path)


def test_the_patient_is_never_repeated(tmp_path: Path) -> None:
    with pytest.raises(CaseError) as refused:
        read_case(write_case(tmp_path, ('"P01"', "19560412")))
    assert "19560412" not in str(refused.value)


def test_no_file_a_folder_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="does not exist"):
        read_case(tmp_path / "case.toml")
    with pytest.raises(CaseError, match="is a folder"):
        read_case(tmp_path)
    (tmp_path / "latin.toml").write_bytes('agent = "Grün"'.encode("latin-1"))
    with pytest.raises(CaseError, match="UTF-8"):
        read_case(tmp_path / "latin.toml")
    (tmp_path / "empty.toml").write_bytes(b"")
    with pytest.raises(CaseError, match="is missing"):
        read_case(tmp_path / "empty.toml")


def test_an_empty_folder(tmp_path: Path) -> None:
    path = write_case(tmp_path)
    (tmp_path / "SCAN_001/image/1.dcm").unlink()
    with pytest.raises(ImageFileError, match="empty folder"):
        read_case(path)
