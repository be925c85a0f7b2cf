"""Further bad input, by `main` in this process; the output folder is new each time."""

from pathlib import Path

import pytest

from hevesy.errors import FitError
from hevesy.timeactivity import FitOptions, fit_time_activity
from hevesy.workflows.requirements import LEAST_SCANS
from tests.refusals import spoil
from tests.refusals.command import assert_refused, contents, run_here
from tests.refusals.spoil import (
    CT_SLICE,
    NM,
    PT_SLICE,
    RTSTRUCT,
    SEG,
    Spoil,
    as_pt,
    both,
    case,
    nifti_case,
    use_seg,
)

METHOD = 'method = "local"\n'
ROUTE = 'route = "intravenous"\n'
HALF_LIFE = 'effective_half_life = "60 h"\neffective_half_life_uncertainty = "6 h"\n'
SCAN_1 = 'spect = "scan_1/spect"\n'


def option(line: str) -> Spoil:
    return case((METHOD, f"{METHOD}{line}\n"))


def scan_1(line: str) -> Spoil:
    return case((SCAN_1, f"{SCAN_1}{line}\n"))


def only_scan_1(folder: Path) -> None:
    text = (folder / "case.toml").read_text()
    first, _, rest = text.partition('[[scan]]\nspect = "scan_2')
    (folder / "case.toml").write_text(first + "[options]" + rest.partition("[options]")[2])


def own_table(text: str) -> Spoil:
    def apply(folder: Path) -> None:
        (folder / "scanner.csv").write_text(text)
        option('hu_to_density = "scanner.csv"')(folder)

    return apply


def intratumoral(lesion: str) -> Spoil:
    injection = f'\n[[administration.injection]]\nlesion = "{lesion}"\nactivity = "200 MBq"\n'
    return case((ROUTE, f'route = "intratumoral"\n{injection}'))


def no_zone(**changes: object) -> Spoil:
    return spoil.dicom(NM, TimezoneOffsetFromUTC=None, **changes)


DICOM_CASES: list[tuple[str, Spoil, tuple[str, ...]]] = [
    # decay
    (
        "ADMIN with a Decay Factor of 1, as the Intevo writes",
        as_pt(spoil.whole_series("scan_1/spect", DecayCorrection="ADMIN", DecayFactor="1")),
        ("scan 1", "ADMIN", 'add the line `decay_corrected_to = "acquisition"`'),
    ),
    (
        "decay not spoken of",
        spoil.dicom(NM, DecayCorrection=None, CorrectedImage=None),
        ("scan 1", "silent", 'add the line `decay_corrected_to = "acquisition"`'),
    ),
    (
        "corrected, not said to when",
        spoil.dicom(NM, DecayCorrection=None),
        ("scan 1", "DECY", "decay_corrected_to"),
    ),
    # times of the DICOM
    (
        "DICOM in the gap of daylight saving",
        no_zone(AcquisitionDate="20240331", AcquisitionTime="023000"),
        ("gap of daylight saving", "2024-03-31T02:30:00", "`time`"),
    ),
    (
        "DICOM in the overlap",
        no_zone(AcquisitionDate="20241027", AcquisitionTime="023000"),
        ("overlap of daylight saving", "2024-10-27T02:30:00", "`time`"),
    ),
    (
        "no time in the DICOM",
        spoil.dicom(
            NM, AcquisitionDate=None, AcquisitionTime=None, SeriesDate=None, SeriesTime=None,
            ContentDate=None, ContentTime=None,
        ),
        ("scan 1 has no start time", "time ="),
    ),
    (
        "two scans at one moment",
        case(('spect = "scan_2/spect"', 'spect = "scan_2/spect"\ntime = 2024-03-05T14:00:00')),
        ("scans 1 and 2 begin at the same moment", "4 h"),
    ),
    # images
    (
        "counts",
        as_pt(spoil.whole_series("scan_1/spect", Units="CNTS")),
        ("scan 1", "counts", "unit ="),
    ),
    ("counts declared", scan_1('unit = "counts"'), ("scan[1].unit", "Bq/mL")),
    (
        "another unit declared than the file's",
        scan_1('unit = "MBq/mL"'),
        ("Bq/mL in the file, MBq/mL declared",),
    ),
    (
        "negative PT",
        as_pt(spoil.dicom(PT_SLICE, RescaleIntercept="-5000")),
        ("negative activities", "0 and above"),
    ),
    ("a truncated PT slice", as_pt(spoil.cut(PT_SLICE)), ("pt009.dcm", "truncated")),
    ("an NM cut within its header", spoil.cut(NM, 0.02), ("nm.dcm", "truncated")),
    ("text instead of the SPECT", spoil.text_instead(NM), ("nm.dcm", "truncated or")),
    ("a CT for a SPECT", case(("scan_3/spect", "scan_1/ct")), ("no SPECT", "CT (")),
    ("a SPECT for a CT", case(('ct = "scan_2/ct"', 'ct = "scan_3/spect"')), ("no CT", "NM (")),
    ("a case for a SPECT", case(('"scan_3/spect"', '"nifti.toml"')), ("nifti.toml", "no DICOM")),
    ("no such folder", case(("scan_3/spect", "scan_4/spect")), ("scan[3].spect", "not exist")),
    (
        "a CT that does not say how to make HU of its values",
        spoil.whole_series("scan_1/ct", RescaleIntercept=None),
        ("scan 1", "HU", "RescaleIntercept"),
    ),
    ("CT slices of two frames", spoil.dicom(CT_SLICE, FrameOfReferenceUID="1.2.3"), ("differ in",)),
    ("a CT slice of other pixels", spoil.dicom(CT_SLICE, PixelSpacing=[5, 5]), ("differ in",)),
    ("the last scan of another patient", spoil.spect_of_another_patient, ("two patients", "3")),
    # structures
    ("a truncated SEG", both(use_seg, spoil.cut(SEG)), ("seg.dcm", "truncated")),
    ("text for an RTSTRUCT", spoil.text_instead(RTSTRUCT), ("regions.dcm", "RTSTRUCT or SEG")),
    ("a CT for an RTSTRUCT", case(("regions.dcm", "ct/CT0001.dcm")), ("CT0001.dcm, CT",)),
    ("a region twice in a SEG", spoil.two_segments_of_one_name, ("one name", "'liver'")),
    (
        "an RTSTRUCT of another patient",
        spoil.dicom(RTSTRUCT, PatientID="SECRET-ID-TWO"),
        ("structure file and the image are of two patients",),
    ),
    (
        "a SEG in another frame",
        both(use_seg, spoil.dicom(SEG, FrameOfReferenceUID="1.2.3.4")),
        ("another frame of reference",),
    ),
    (
        "a DICOM structure file without a DICOM image",
        case((SCAN_1, SCAN_1.replace("scan_1/spect", "nifti/spect.nii.gz")
              + 'time = 2024-03-05T14:00:00\nunit = "Bq/mL"\n'
              + 'decay_corrected_to = "acquisition"\n'),
             ('ct = "scan_1/ct"\n', "")),
        ("scan 1", "no DICOM image"),
    ),
    ("no regions", case(('structures = ["scan_1/regions.dcm"]\n', "")), ("no regions",)),
    # what was given
    (
        "an injected lesion without a region",
        intratumoral("segment 4"),
        ("an injected lesion has no region", "'segment 4'", "liver, lesion"),
    ),
    (
        "an administration that no scan follows",
        case(("[administration]", "[[administration]]"),
             (ROUTE, ROUTE + '\n[[administration]]\nactivity = "1 GBq"\nkind = "net"\n'
              "time = 2024-04-05T10:00:00\n" + ROUTE)),
        ("administration 2",),
    ),
    ("an unknown nuclide", case(('"Lu-177"', '"Lu-777"')), ("Lu-777",)),
    (
        "a compression that can't be decoded",
        spoil.in_another_syntax(NM),
        ("scan 1", "nm.dcm", "transfer syntax JPEG Lossless", "export it uncompressed"),
    ),
    # options
    (
        "regions that no file has",
        option('regions = ["lesion", "livr"]'),
        ("options.regions names a region", "'livr'", 'did you mean "liver"?'),
    ),
    (
        "a region chosen twice",
        option('regions = ["liver", "liver"]'),
        ("options.regions", "a name twice", "'liver'"),
    ),
    (
        "an injected lesion that is not among the regions chosen",
        both(intratumoral("lesion"), option('regions = ["liver"]')),
        ("an injected lesion has no region", "'lesion'"),
    ),
    ("an unknown method", case((METHOD, 'method = "locall"\n')), ("locall", '"local"')),
    ("two goals", option('precision = "1 %"\nhistories = 100000'), ("two goals", "give one")),
    ("an unknown engine beside", option('compare = ["kernal"]'), ("kernal", '"kernel"')),
    (
        "a density for a region that is not there",
        option("region_density_g_cm3 = { spleen = 1.05 }"),
        ("names a region", "'spleen'", "lesion, liver"),
    ),
    (
        "radiobiology for a region that is not there",
        option('radiobiology = [{ alpha_per_gy = 0.3, alpha_beta_gy = 10.0, '
               'repair_half_time = "1.5 h", regions = ["spleen"] }]'),
        ("names a region", "'spleen'"),
    ),
    ("a bi-exponential through three scans", option('fit = ["bi"]'), ("3 scans", "bi: 4")),
    (
        "a half-life above the physical one",
        option('effective_half_life = "200 h"\neffective_half_life_uncertainty = "9 h"'),
        ("longer than the physical", "200 h", "Lu-177"),
    ),
    ("one scan and no half-life", only_scan_1, ("1 scan", "effective_half_life =")),
    ("a CT calibration of words", own_table("hu,density_g_cm3\nair,0\n"), ("CT calibration",)),
    (
        "a CT calibration in kg/m3",
        own_table("hu,density_g_cm3\n-1000,1.2\n0,1000\n"),
        ("density", "1000"),
    ),
    (
        "a CT calibration that is not in order",
        own_table("hu,density_g_cm3\n0,1.0\n-1000,0.001\n"),
        ("CT numbers", "rise"),
    ),
]  # fmt: skip
NIFTI_CASES: list[tuple[str, Spoil, tuple[str, ...]]] = [
    ("no CT and no density", nifti_case(('ct = "nifti/ct.nii.gz"\n', "")), ("density_g_cm3 =",)),
    (
        "one scan and no half-life",
        nifti_case((HALF_LIFE, "")),
        ("1 scan and no effective half-life", "effective_half_life ="),
    ),
    (
        "two scans' tail through one",
        nifti_case((HALF_LIFE, f'{HALF_LIFE}fit = ["trapezoid"]\ntail = "last-two"\n')),
        ("last-two", "physical"),
    ),
    ("no time", nifti_case(("time = 2024-03-05T14:00:00\n", "")), ("scan[1].time is missing",)),
    ("no unit", nifti_case(('unit = "Bq/mL"\n', "")), ("scan[1].unit is missing", "Bq/mL")),
    (
        "a scan before the injection",
        nifti_case(("2024-03-05T14", "2024-03-05T09")),
        ("scan[1].time is before the injection",),
    ),
    (
        "no word on decay",
        nifti_case(('decay_corrected_to = "acquisition"\n', "")),
        ("scan 1", 'add the line `decay_corrected_to = "acquisition"`'),
    ),
    ("NaN in the SPECT", spoil.nan_nifti, ("not finite", "spect.nii.gz")),
    ("NaN in the CT", spoil.nan_nifti_ct, ("not finite", "ct.nii.gz")),
    ("four axes", spoil.four_axes, ("three axes", "spect.nii.gz")),
    ("a label that the map lacks", nifti_case(("2 = ", "7 = ")), ("'lesion'", "7", "1, 2")),
    ("one name for two labels", nifti_case(('"lesion"', '"liver"')), ("a name twice", "'liver'")),
    ("labels that are not whole", spoil.labels_not_whole, ("whole numbers",)),
    ("a cut label map", spoil.cut("nifti/labels.nii.gz", 0.8), ("truncated", "labels.nii.gz")),
    ("a NIfTI of text", spoil.text_instead("nifti/ct.nii.gz"), ("not NIfTI-1", "ct.nii.gz")),
    ("no lesion named", nifti_case(("intravenous", "intratumoral")), ("names no lesion",)),
    ("a SPECT for a CT", spoil.spect_for_ct, ("the CT of scan 1", "no CT numbers", "HU")),
]


def identify(row: object) -> str:
    return row if isinstance(row, str) else ""


def refuse(
    patient: Path,
    name: str,
    fault: Spoil,
    words: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    fault(patient)
    before = contents(patient.parent)
    assert_refused(run_here(patient / name, patient.parent / "new" / "out", capsys), words)
    assert contents(patient.parent) == before


@pytest.mark.parametrize(("name", "fault", "words"), DICOM_CASES, ids=identify)
def test_dicom(
    patient: Path,
    name: str,
    fault: Spoil,
    words: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    refuse(patient, "case.toml", fault, words, capsys)


@pytest.mark.parametrize(("name", "fault", "words"), NIFTI_CASES, ids=identify)
def test_nifti(
    patient: Path,
    name: str,
    fault: Spoil,
    words: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    refuse(patient, "nifti.toml", fault, words, capsys)


@pytest.mark.parametrize("name", ["mono", "bi", "tri", "bi-uptake"])
def test_least_scans_are_those_of_the_fit(name: str) -> None:
    """What is refused before work begins is what the fit itself could not do."""

    def fit(count: int) -> None:
        hours = [4.0 * 2**i for i in range(count)]
        activity = [1e8 * (0.5 ** (h / 5) + 0.5 ** (h / 60)) for h in hours]
        fit_time_activity(
            [3600 * h for h in hours],
            activity,
            [0.02 * a for a in activity],
            decay_per_s=1.2e-6,
            options=FitOptions(models=(name,)),
            name="region",
        )

    fit(LEAST_SCANS[name])
    with pytest.raises(FitError, match="too few scans"):
        fit(LEAST_SCANS[name] - 1)
