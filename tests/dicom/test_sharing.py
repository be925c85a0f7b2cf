"""DICOM of a sharing copy: nothing of the source is left, and what a dose needs is as it was."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.datadict import DicomDictionary, keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
)

from hevesy.dicom import (
    DAMAGED,
    CopyProof,
    PatientSharing,
    SourceMoments,
    check_shared_file,
    read_ct,
    read_dicom_source,
    read_projections,
    read_rtstruct,
    read_spect,
    share_dicom_file,
    why_not_shared,
    write_ct_series,
    write_nm_spect,
    write_rtstruct,
)
from hevesy.dicom.atomic_write import write_dataset
from hevesy.dicom.sharing.actions import attribute_rules
from hevesy.dicom.sharing.moments import FileMoments
from hevesy.errors import ImageFileError, TimeError
from hevesy.images import Grid, Quantity, Region, Volume
from hevesy.trial.sharing import Identifiers, PatientClock, SharingKey, Tally, share_region
from tests.dicom import raw_cases
from tests.dicom.image_cases import FRAME, IDENTIFIERS, PARIS, SCAN, WHO, pt_slices, verify
from tests.dicom.structure_cases import dicom_errors

KEY = SharingKey(secret=bytes(range(32)))
CT = "1.2.840.10008.5.1.4.1.1.2"
DAYS = -123
GRID = Grid.from_spacing((3, 4, 5), spacing_mm=(4, 3, 2))


def sharing_of(
    files: list[Path], *, offset_s: float = 7200, days: int = DAYS, zone: ZoneInfo = PARIS
) -> tuple[PatientSharing, CopyProof]:
    source = read_dicom_source(files)
    sharing = PatientSharing(
        key=KEY, patient="P1", clock=PatientClock(shift_days=days, offset_s=offset_s), zone=zone,
        known=source.known,
        region=lambda name: share_region(
            name, key=KEY, patient="P1", lesions={}, known=source.known),
    )  # fmt: skip
    return sharing, CopyProof(
        source=source, moments=SourceMoments(days=source.days, shift_days=days)
    )


def shared(files: list[Path], out: Path, **options: object) -> list[Path]:
    """Share files, and hold each against the proof."""
    sharing, proof = sharing_of(files, **options)  # type: ignore[arg-type]
    made = []
    for number, file in enumerate(files):
        made.append(out / f"{number}.dcm")
        share_dicom_file(file, made[-1], sharing=sharing, tally=Tally())
        assert check_shared_file(made[-1], proof) == ()
    return made


def one(dataset: Dataset, folder: Path, **options: object) -> Dataset:
    dataset.SOPClassUID, dataset.SOPInstanceUID = CT, "1.2.3.99"
    path = write_dataset(dataset, folder / "source.dcm")
    return dcmread(shared([path], folder, **options)[0])


def of_kind(*kinds: str) -> list[int]:
    """Public tags that go by their kind, or that the table maps or shifts."""
    rules = attribute_rules()
    return [
        tag
        for tag, (kind, many, _, retired, _) in sorted(DicomDictionary.items())
        if kind in kinds and not retired and tag >> 16 > 4 and many == "1"
        and (tag not in rules or rules[tag].action in {"shift", "uid"})
    ]  # fmt: skip


NAMED_KIND = {"SOPClassUID", "SOPInstanceUID", "TimezoneOffsetFromUTC"}
DATES = [tag for tag in of_kind("DA") if "Time" not in keyword_for_tag(tag)]
DATE_TIMES, UIDS = of_kind("DT"), [
    tag for tag in of_kind("UI")
    if keyword_for_tag(tag) not in NAMED_KIND and "SOPClass" not in keyword_for_tag(tag)
    and "Syntax" not in keyword_for_tag(tag)
]  # fmt: skip
HOLDERS = [
    0x00081115, 0x00081199, 0x00089215, 0x00540016, 0x30060010, 0x00700308, 0x52009229,
]  # fmt: skip
days_drawn = st.dates(date(2022, 7, 1), date(2025, 6, 30))  # of one course: within 1100 days
moments_drawn = st.datetimes(datetime(2022, 7, 1), datetime(2025, 6, 30))  # noqa: DTZ001
uids_drawn = st.integers(1, 10**12).map(lambda number: f"1.3.12.2.{number}.7")


@st.composite
def datasets(draw: st.DrawFn, deep: int = 3) -> Dataset:
    """Draw dates, moments and UIDs in any attribute that has them, in sequences of sequences."""
    made = Dataset()
    for tag in draw(st.lists(st.sampled_from(DATES), max_size=4, unique=True)):
        made.add_new(tag, "DA", draw(days_drawn).strftime("%Y%m%d"))
    for tag in draw(st.lists(st.sampled_from(DATE_TIMES), max_size=3, unique=True)):
        zone = draw(st.sampled_from(["", "+0200", "-0930"]))
        made.add_new(tag, "DT", draw(moments_drawn).strftime("%Y%m%d%H%M%S.%f") + zone)
    for tag in draw(st.lists(st.sampled_from(UIDS), max_size=4, unique=True)):
        made.add_new(tag, "UI", draw(uids_drawn))
    if deep:
        for tag in draw(st.lists(st.sampled_from(HOLDERS), max_size=2, unique=True)):
            items = draw(st.lists(datasets(deep - 1), min_size=1, max_size=2))
            made.add_new(tag, "SQ", Sequence(items))
    return made


def walk(first: Dataset, then: Dataset) -> list[tuple[str, str, str]]:
    """Kind, value before and value after of every element, at the same places."""
    found = []
    for element in first:
        if element.tag not in then:
            assert element.keyword in {"SOPClassUID", "SOPInstanceUID"} or not element.value, (
                element
            )
            continue
        other = then[element.tag]
        if element.VR == "SQ":
            assert len(element.value) == len(other.value)
            for before, after in zip(element.value, other.value, strict=True):
                found += walk(before, after)
        else:
            found.append((str(element.VR), str(element.value), str(other.value or "")))
    return found


def moment(text: str, zone: ZoneInfo) -> datetime:
    naive = datetime.strptime(text[:21], "%Y%m%d%H%M%S.%f")  # noqa: DTZ007 - placed below
    if text[21:]:
        hours, minutes = int(text[22:24]), int(text[24:26])
        sign = -1 if text[21] == "-" else 1
        offset = timedelta(hours=sign * hours, minutes=sign * minutes)
        return (naive - offset).replace(tzinfo=ZoneInfo("UTC"))
    return naive.replace(tzinfo=zone)


@given(datasets())
@settings(max_examples=30, deadline=None)
def test_dates_move_together_and_uids_are_mapped_everywhere(
    tmp_path_factory: pytest.TempPathFactory, dataset: Dataset
) -> None:
    """One constant for all moments, whole days for all dates, one new UID for each old one."""
    zone = ZoneInfo("Asia/Shanghai")  # no daylight saving since 1991: every clock was shown once
    folder = tmp_path_factory.mktemp("random")
    made = one(dataset, folder, offset_s=8 * 3600, zone=zone)
    new_of: dict[str, str] = {}
    constants = set()
    for kind, before, after in walk(dcmread(folder / "source.dcm"), made):
        if kind == "DA":
            days = date.fromisoformat(after) - date.fromisoformat(before)
            assert days == timedelta(days=DAYS)
        elif kind == "DT":
            moved = moment(after, ZoneInfo("UTC")) - moment(before, zone)
            constants.add(moved)
        elif kind == "UI" and not before.startswith("1.2.840.10008."):
            assert after.startswith("2.25.")
            assert new_of.setdefault(before, after) == after
    assert constants <= {timedelta(days=DAYS, hours=8)}
    assert len(set(new_of.values())) == len(new_of)


@given(st.lists(moments_drawn, min_size=2, max_size=2))
@settings(max_examples=100, deadline=None)
def test_intervals_stay_wherever_the_year_s_clock_stands(moments: list[datetime]) -> None:
    """Date and time, and both in one, in Paris: the interval in the copy is that in UTC."""
    for one_of_them in moments:
        assume(_shown_once(one_of_them))
    clock = PatientClock(shift_days=DAYS, offset_s=3600)
    moves = FileMoments(Dataset(), PARIS, clock)
    true = moments[1].replace(tzinfo=PARIS).astimezone(UTC) - moments[0].replace(
        tzinfo=PARIS
    ).astimezone(UTC)
    pairs, whole = [], []
    for one_of_them in moments:
        day, time = one_of_them.strftime("%Y%m%d"), one_of_them.strftime("%H%M%S.%f")
        pairs.append(moment("".join(moves.pair(day, time)), ZoneInfo("UTC")))
        whole.append(moment(moves.date_time(day + time), ZoneInfo("UTC")))
    assert pairs == whole
    assert pairs[1] - pairs[0] == true


def _shown_once(naive: datetime) -> bool:
    early, late = (naive.replace(tzinfo=PARIS, fold=fold) for fold in (0, 1))
    return early.utcoffset() == late.utcoffset()


def test_the_profile_is_held() -> None:
    """Attributes of Table E.1-1 (PS3.15 2026c) and their actions, typed from the standard."""
    rules = attribute_rules()
    profile = {
        0x00080050: ("Z", {"empty"}), 0x00080080: ("X/Z/D", {"dummy"}),
        0x00080090: ("Z", {"empty"}), 0x00081070: ("X/Z/D", {"dummy"}),
        0x00100010: ("Z", {"code"}), 0x00100020: ("Z/D", {"code"}), 0x00100030: ("Z", {"empty"}),
        0x00100032: ("X", {"remove"}), 0x00101000: ("X", {"remove"}),
        0x00104000: ("X", {"remove"}), 0x00080018: ("U", {"uid"}), 0x0020000D: ("U", {"uid"}),
        0x00200052: ("U", {"uid"}), 0x00080022: ("X/Z", {"shift"}),
        0x00080020: ("Z", {"shift"}), 0x00181078: ("X", {"shift"}),
        0x0008103E: ("X", {"remove"}), 0x00880200: ("X", {"remove"}),
        0x04000561: ("X", {"remove"}), 0x00400275: ("X", {"remove"}),
        0x00101030: ("X", {"keep"}), 0x00101010: ("X", {"age"}), 0x00204000: ("X", {"remove"}),
    }  # fmt: skip
    for tag, (written, done) in profile.items():
        assert rules[tag].profile == written, rules[tag]
        assert rules[tag].action in done, rules[tag]
    assert len([rule for rule in rules.values() if rule.profile]) > 600
    for rule in rules.values():  # what the profile has go or change does not stay as it is
        if rule.profile and rule.action == "keep":
            assert rule.keyword in {"PatientSex", "PatientSize", "PatientWeight"}, rule


def test_dates_that_are_not_the_patients_go(tmp_path: Path) -> None:
    """A published or a camera's date, shifted, would tell the shift."""
    dataset = Dataset()
    dataset.DateOfLastCalibration = dataset.DateOfManufacture = "20240101"
    dataset.StudyDate, dataset.SeriesDate = "20240506", "19000101"
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "1", "SCT", "a"
    code.ContextGroupVersion, code.ContextIdentifier = "20020904000000", "18"
    dataset.RadionuclideCodeSequence = [code]
    made = one(dataset, tmp_path)
    assert made.StudyDate == "20240104"  # 123 days before 6 May 2024
    assert made.SeriesDate == ""
    for placeholder in ("20000101", "99991231", "21000101"):
        dataset.SeriesDate = placeholder
        dataset.AcquisitionDateTime = f"{placeholder}101500"
        made = one(dataset, tmp_path)
        assert (made.StudyDate, made.SeriesDate, made.AcquisitionDateTime) == ("20240104", "", "")
    dataset.AcquisitionDate, dataset.SeriesDate = "20190506", "20240506"  # made anew years later
    dataset.StudyDate = "20190506"
    made = one(dataset, tmp_path)
    assert (made.AcquisitionDate, made.SeriesDate) == ("20190103", "")
    for gone in ("DateOfLastCalibration", "DateOfManufacture"):
        assert gone not in made
    item = made.RadionuclideCodeSequence[0]
    assert "ContextGroupVersion" not in item
    assert item.CodeMeaning == "a"


def test_what_must_go_is_gone(tmp_path: Path) -> None:
    dataset = Dataset()
    WHO.apply(dataset)
    dataset.PatientAge, dataset.PatientWeight, dataset.PatientSize = "093Y", "71.5", "1.68"
    dataset.Modality, dataset.Manufacturer, dataset.ManufacturerModelName = "CT", "M", "Model 3"
    dataset.InstitutionName, dataset.StationName = "Klinik Süd", "CT-WARD-3"
    dataset.OperatorsName = "Smith^John"
    dataset.DeviceSerialNumber = "SN-77812"
    dataset.ImageComments = "of Hidden Name"
    dataset.ConvolutionKernel = "B30 for hidden"
    dataset.EnergyWindowName = "20240506"
    dataset.RequestAttributesSequence = [Dataset()]
    dataset.add_new(0x00091001, "LO", "private Hidden")
    dataset.add_new(0x00090010, "LO", "MAKER")
    dataset.add_new(0x60000010, "US", 3)
    dataset.add_new(0x60003000, "OW", b"\x01\x00")
    dataset.add_new(0x50003000, "OW", b"\x01\x00")
    dataset.add_new(0x00880200, "SQ", [Dataset()])
    inner = Dataset()
    inner.ReferencedSOPInstanceUID, inner.ReferencedSOPClassUID = "1.2.3.99", CT
    inner.PerformingPhysicianName = "Hidden^Doctor"
    dataset.ReferencedImageSequence = [inner]
    made = one(dataset, tmp_path)
    whole = (tmp_path / "0.dcm").read_bytes()
    for gone in (*IDENTIFIERS, "Smith", "WARD", "77812", "Klinik", "MAKER", "1.2.3.99", "20240506"):
        assert gone.encode() not in whole, gone
    assert made.PatientName == made.PatientID == KEY.code("patient", "P1")
    assert (made.PatientBirthDate, made.PatientAge) == ("", "090Y")
    assert (made.PatientWeight, made.PatientSize, made.PatientSex) == (71.5, 1.68, "O")
    assert (made.Manufacturer, made.ManufacturerModelName) == ("M", "Model 3")
    assert made.ConvolutionKernel == made.EnergyWindowName == "REMOVED"
    assert made.ReferencedImageSequence[0].ReferencedSOPInstanceUID == made.SOPInstanceUID
    assert made.ReferencedImageSequence[0].ReferencedSOPClassUID == CT
    assert made.PatientIdentityRemoved == "YES"
    assert made.LongitudinalTemporalInformationModified == "MODIFIED"
    codes = [
        (i.CodeValue, i.CodingSchemeDesignator) for i in made.DeidentificationMethodCodeSequence
    ]
    assert codes == [(code, "DCM") for code in ("113100", "113105", "113107", "113108")]
    assert made.TimezoneOffsetFromUTC == "+0000"
    assert made.file_meta.MediaStorageSOPInstanceUID == made.SOPInstanceUID
    assert whole[:128] == bytes(128)
    assert not [e for e in made.iterall() if e.tag.is_private or e.tag.group >> 8 in (0x50, 0x60)]


@pytest.mark.parametrize(
    ("before", "after"),
    [("089Y", "089Y"), ("090Y", "090Y"), ("101Y", "090Y"), ("018M", "018M"), ("young", "")],
)
def test_ages(tmp_path: Path, before: str, after: str) -> None:
    dataset = Dataset()
    dataset.PatientAge = before
    assert one(dataset, tmp_path).PatientAge == after


def test_the_proof_finds_what_is_planted(tmp_path: Path) -> None:
    """A copy that was spoilt by hand: each fault is found by reading alone."""
    dataset = Dataset()
    WHO.apply(dataset)
    dataset.SOPClassUID, dataset.SOPInstanceUID = CT, "1.2.3.99"
    source = write_dataset(dataset, tmp_path / "source.dcm")
    sharing, proof = sharing_of([source])
    good = share_dicom_file(source, tmp_path / "good.dcm", sharing=sharing, tally=Tally())
    assert check_shared_file(good, proof) == ()

    def spoil(change: Callable[[Dataset], None]) -> str:
        made = dcmread(good)
        change(made)
        made.save_as(tmp_path / "bad.dcm")
        return " ".join(check_shared_file(tmp_path / "bad.dcm", proof))

    def nested(made: Dataset) -> None:
        item = Dataset()
        item.StudyInstanceUID = WHO.study_uid
        made.ReferencedStudySequence = [item]

    planted: list[tuple[Callable[[Dataset], None], str]] = [
        (lambda d: setattr(d, "StudyDate", "20240506"), "StudyDate holds a day"),
        (lambda d: setattr(d, "StudyDescription", "of hidden"), "known identifier"),
        (lambda d: setattr(d, "StudyDescription", "on 20240506"), "known identifier"),
        (lambda d: d.add_new(0x00091001, "UN", b"xx SECRET-4711"), "private attribute"),
        (lambda d: d.add_new(0x60000010, "US", 2), "overlay"),
        (lambda d: setattr(d, "ImageComments", f"of {WHO.study_uid}"), "UID of the source"),
        (nested, "StudyInstanceUID holds a UID"),
        (lambda d: delattr(d, "PatientIdentityRemoved"), "does not say"),
        (lambda d: setattr(d, "preamble", b"x" * 128), "preamble"),
    ]
    for change, said in planted:
        assert said in spoil(change), said


def test_a_spect_reads_as_it_did(tmp_path: Path) -> None:
    values = np.random.default_rng(5).random(GRID.shape) * 1e5
    volume = Volume(values=values, grid=GRID, quantity=Quantity.BQ_PER_ML, frame_of_reference=FRAME)
    source = tmp_path / "a.dcm"
    write_nm_spect(source, volume, SCAN, identity=WHO)
    (made,) = shared([source], tmp_path / "out")
    verify(made)
    before, after = read_spect(source, zone=PARIS), read_spect(made, zone=ZoneInfo("UTC"))
    assert np.array_equal(before.volume.values, after.volume.values)
    assert np.array_equal(before.volume.grid.origin_mm, after.volume.grid.origin_mm)
    for name in ("duration_s", "decay_tags", "radionuclide", "half_life_s", "administered_bq"):
        assert getattr(before, name) == getattr(after, name), name
    assert before.start is not None
    assert after.start is not None
    assert before.administration_time is not None
    assert after.administration_time is not None
    assert after.start - after.administration_time == before.start - before.administration_time
    assert after.start - before.start == timedelta(days=DAYS, hours=2)


def test_raw_projections_and_pet_slices_read_as_they_did(tmp_path: Path) -> None:
    bed = raw_cases.written(tmp_path / "raw.dcm", raw_cases.raw(views=4, heads=2), heads=2)
    (made,) = shared([bed], tmp_path / "out")
    before, after = read_projections(bed, zone=PARIS), read_projections(made, zone=ZoneInfo("UTC"))
    assert np.array_equal(before.projections.counts, after.projections.counts)
    assert np.array_equal(
        before.projections.geometry.angles_deg, after.projections.geometry.angles_deg
    )
    assert before.projections.windows == after.projections.windows
    assert before.window_names == after.window_names
    assert (before.collimator, before.agent.half_life_s) == (
        after.collimator, after.agent.half_life_s)  # fmt: skip
    (tmp_path / "pt").mkdir()
    slices = sorted(pt_slices(tmp_path / "pt").iterdir())
    shared(slices, tmp_path / "pt_out")
    first = read_spect(tmp_path / "pt", zone=PARIS)
    then = read_spect(tmp_path / "pt_out", zone=ZoneInfo("UTC"))
    assert np.array_equal(first.volume.values, then.volume.values)
    assert first.decay_tags == then.decay_tags


def test_a_structure_set_still_belongs_to_its_ct(tmp_path: Path) -> None:
    hu = Volume(values=np.zeros(GRID.shape), grid=GRID, quantity=Quantity.HU,
                frame_of_reference=FRAME)  # fmt: skip
    write_ct_series(tmp_path / "ct", hu, identity=WHO)
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[1, 1:3, 1:4] = True
    image = read_ct(tmp_path / "ct")
    regions = [
        Region(name=name, mask=mask, grid=image.volume.grid)
        for name in ("liver", "Hidden's tumour")
    ]
    write_rtstruct(tmp_path / "rs.dcm", regions, image.context, written_at=SCAN.start)
    files = [*sorted((tmp_path / "ct").iterdir()), tmp_path / "rs.dcm"]
    made = shared(files, tmp_path / "out")
    (tmp_path / "ct_out").mkdir()
    for path in made[:-1]:
        path.rename(tmp_path / "ct_out" / path.name)
    again = read_ct(tmp_path / "ct_out")
    assert np.array_equal(image.volume.values, again.volume.values)
    found = read_rtstruct(made[-1], again.context).regions
    names = sorted(region.name for region in found)
    assert names[0] == "liver"
    assert names[1].startswith("region-")
    assert all(np.array_equal(region.mask, mask) for region in found)
    assert set(dicom_errors(made[-1])) <= set(dicom_errors(files[-1]))
    verify(tmp_path / "ct_out" / made[0].name)


def test_intervals_stay_across_the_change_of_daylight_saving(tmp_path: Path) -> None:
    """30 March 2024, 12:00, and 1 April, 12:00, in Paris are 47 h apart; so they are in a copy."""
    files = []
    for number, day in enumerate(("20240330", "20240401")):
        dataset = Dataset()
        dataset.SOPClassUID, dataset.SOPInstanceUID = CT, f"1.2.3.{number}"
        dataset.AcquisitionDate, dataset.AcquisitionTime = day, "120000.25"
        dataset.ContentTime = "1230"
        dataset.AcquisitionDateTime = f"{day}120000.25"
        files.append(write_dataset(dataset, tmp_path / f"{number}.dcm"))
    first, last = (dcmread(path) for path in shared(files, tmp_path / "out", offset_s=3600))
    assert (first.AcquisitionTime, last.AcquisitionTime) == ("120000.25", "110000.25")
    assert (first.ContentTime, last.ContentTime) == ("1230", "1130")
    assert last.AcquisitionDateTime[8:] == "110000.25"
    dates = [date.fromisoformat(one.AcquisitionDate) for one in (first, last)]
    assert dates[1] - dates[0] == timedelta(days=2)
    for day, time in (("20240331", "023000"), ("20241027", "023000")):  # never, and twice
        dataset.AcquisitionDate, dataset.AcquisitionTime = day, time
        bad = write_dataset(dataset, tmp_path / "bad.dcm")
        sharing, _ = sharing_of([bad])
        with pytest.raises(TimeError, match="daylight saving"):
            share_dicom_file(bad, tmp_path / "x.dcm", sharing=sharing, tally=Tally())
    assert not (tmp_path / "x.dcm").exists()


def test_files_that_must_not_go(tmp_path: Path) -> None:
    def said(**attributes: object) -> str:
        dataset = Dataset()
        dataset.SOPClassUID, dataset.SOPInstanceUID = CT, "1.2.3"
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
        return why_not_shared(write_dataset(dataset, tmp_path / "a.dcm"))

    assert said() == ""
    assert "burnt" in said(BurnedInAnnotation="YES")
    assert "screen" in said(ImageType=["DERIVED", "SECONDARY", "SCREEN SAVE"])
    for kind in ("7", "88.11", "88.33", "104.1", "11.1"):
        assert "no image" in said(SOPClassUID=f"1.2.840.10008.5.1.4.1.1.{kind}")
    (tmp_path / "b.txt").write_text("hello")
    assert why_not_shared(tmp_path / "b.txt")
    (tmp_path / "c").write_bytes((tmp_path / "a.dcm").read_bytes()[:200])
    assert why_not_shared(tmp_path / "c") == DAMAGED


def test_the_same_key_gives_the_same_bytes_and_another_other_uids(tmp_path: Path) -> None:
    dataset = Dataset()
    WHO.apply(dataset)
    dataset.SOPClassUID, dataset.SOPInstanceUID = CT, "1.2.3"
    source = write_dataset(dataset, tmp_path / "a.dcm")
    first, again = (shared([source], tmp_path / name)[0] for name in ("x", "y"))
    assert first.read_bytes() == again.read_bytes()
    known = Identifiers()
    other = PatientSharing(
        key=KEY, patient="P2", clock=PatientClock(shift_days=-1, offset_s=0), zone=PARIS,
        known=known, region=str,
    )  # fmt: skip
    made = share_dicom_file(source, tmp_path / "z.dcm", sharing=other, tally=Tally())
    assert dcmread(made).StudyInstanceUID != dcmread(first).StudyInstanceUID


def test_real_scans(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    """A Siemens SPECT with its RTSTRUCT, and a GE's raw projections with 190 private attributes."""
    folder = shared_data("intevo16_lu177_spect")
    with zipfile.ZipFile(folder / "SCAN_001_SPECT_PT_dicom.zip") as packed:
        packed.extractall(tmp_path / "spect")
    with zipfile.ZipFile(folder / "SCAN_001_RTSTRUCT.zip") as packed:
        packed.extractall(tmp_path / "rs")
    with zipfile.ZipFile(shared_data("ge670_lu177_raw") / "NM.zip") as packed:
        packed.extractall(tmp_path / "raw")
    warsaw = ZoneInfo("Europe/Warsaw")
    spect = sorted(p for p in (tmp_path / "spect").rglob("*") if p.is_file())
    drawn = sorted(p for p in (tmp_path / "rs").rglob("*") if p.is_file())
    raw = sorted(p for p in (tmp_path / "raw").rglob("*") if p.is_file())
    made = shared([*spect, *drawn], tmp_path / "out", offset_s=3600, zone=warsaw)
    for path in made[len(spect) :]:
        path.rename(tmp_path / "drawn.dcm")
    before = read_spect(tmp_path / "spect", zone=warsaw)
    after = read_spect(tmp_path / "out", zone=ZoneInfo("UTC"))
    assert np.array_equal(before.volume.values, after.volume.values)
    assert before.decay_tags == after.decay_tags
    assert before.administered_bq == after.administered_bq
    assert before.start is not None
    assert after.start is not None
    assert before.administration_time is not None
    assert after.administration_time is not None
    assert before.start - before.administration_time == after.start - after.administration_time
    first = read_rtstruct(drawn[0], before.context)
    then = read_rtstruct(tmp_path / "drawn.dcm", after.context)
    assert [r.mask.sum() for r in first.regions] == [r.mask.sum() for r in then.regions]
    for old, new in zip(raw, shared(raw, tmp_path / "raw_out", zone=warsaw), strict=True):
        beds = read_projections(old, zone=warsaw), read_projections(new, zone=ZoneInfo("UTC"))
        assert np.array_equal(*(bed.projections.counts for bed in beds))
        assert beds[0].projections.windows == beds[1].projections.windows
        assert np.array_equal(*(bed.projections.geometry.radii_mm for bed in beds))
        assert not [e for e in dcmread(new).iterall() if e.tag.is_private]
    for source, copy in ((spect[0], made[0]), (drawn[0], tmp_path / "drawn.dcm")):
        assert set(dicom_errors(copy)) <= set(dicom_errors(source))


def image_of(**attributes: object) -> Dataset:
    """A CT of four by four pixels of Jane Doe."""
    made = Dataset()
    made.PatientName, made.PatientID, made.Modality = "Doe^Janette", "MRN-880417", "CT"
    made.StudyDate, made.StudyTime = "20240506", "101010"
    made.Rows = made.Columns = 4
    made.BitsAllocated = made.BitsStored = 16
    made.HighBit, made.PixelRepresentation, made.SamplesPerPixel = 15, 0, 1
    made.PhotometricInterpretation = "MONOCHROME2"
    made.PixelData = np.arange(16, dtype="<u2").tobytes()
    for word, value in attributes.items():
        setattr(made, word, value)
    return made


@pytest.mark.parametrize(
    ("word", "text", "becomes"),
    [
        ("Radiopharmaceutical", "Y90 05MAR2024 lot 12", "REMOVED"),
        ("Radiopharmaceutical", "Y90 of 5 March 2024", "REMOVED"),
        ("Radiopharmaceutical", "Y90, microspheres", "Y90, microspheres"),
        ("ManufacturerModelName", "Symbia, 2024-3-5", "REMOVED"),
        ("SeriesNumber", 20240506, None),  # the day of the study
        ("AcquisitionNumber", 880417, None),  # the patient's number without its letters
        ("ActualFrameDuration", 1200000, 1200000),
        ("CalibrationDateTime", "20240101", ""),  # a camera's: shifted, it would tie its patients
        ("EthicsCommitteeApprovalEffectivenessStartDate", "20210101", None),
        ("TemplateVersion", "20210101", None),
        ("RadiopharmaceuticalSpecificActivity", "12.5", None),  # a batch's
    ],
)
def test_kept_texts_and_numbers_hold_no_date_and_no_identifier(
    tmp_path: Path, word: str, text: object, becomes: object
) -> None:
    assert one(image_of(**{word: text}), tmp_path).get(word) == becomes


def test_uids_below_the_standard_s_root_that_are_not_its_own_are_mapped(tmp_path: Path) -> None:
    made = one(
        image_of(
            FrameOfReferenceUID="1.2.840.10008.1.4.1.1",  # Talairach's frame, of the standard
            StudyInstanceUID="1.2.840.10008.20240506.1",
        ),
        tmp_path,
    )
    assert made.FrameOfReferenceUID == "1.2.840.10008.1.4.1.1"
    assert made.StudyInstanceUID.startswith("2.25.")


@pytest.mark.parametrize("kind", ["JPEG", "JPEG2000"])
def test_comments_within_compressed_frames_go_and_pixels_stay(tmp_path: Path, kind: str) -> None:
    """A frame that Pillow made, with a comment and (JPEG) an application's segment put in."""
    image = pytest.importorskip("PIL.Image", exc_type=ImportError)
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    buffer = io.BytesIO()
    picture = image.fromarray(values)
    if kind == "JPEG":
        picture.save(buffer, "JPEG", quality=95)
        syntax, begin = JPEGBaseline8Bit, 2
    else:
        picture.save(buffer, "JPEG2000", irreversible=False, no_jp2=True)
        syntax, begin = JPEG2000Lossless, 0
    frame = buffer.getvalue()
    text = b"Doe^Janette 20240506"
    if kind == "JPEG":
        marks = b"".join(
            bytes([0xFF, mark]) + (len(text) + 2).to_bytes(2, "big") + text for mark in (0xFE, 0xE1)
        )
    else:  # behind SIZ, which comes first
        begin = 4 + int.from_bytes(frame[4:6], "big")
        marks = b"\xff\x64" + (len(text) + 4).to_bytes(2, "big") + b"\x00\x01" + text
    source = image_of(Rows=16, Columns=16, BitsAllocated=8, BitsStored=8, HighBit=7)
    source.PixelData = encapsulate([frame[:begin] + marks + frame[begin:]])
    source["PixelData"].VR = "OB"
    source["PixelData"].is_undefined_length = True
    source.SOPClassUID, source.SOPInstanceUID = CT, "1.2.3.99"
    path = write_dataset(source, tmp_path / "source.dcm", transfer_syntax=syntax)
    assert text in path.read_bytes()
    (made,) = shared([path], tmp_path)
    assert b"Janette" not in made.read_bytes()
    assert np.array_equal(dcmread(made).pixel_array, dcmread(path).pixel_array)
    _, proof = sharing_of([path])
    spoilt = dcmread(made)
    spoilt.PixelData = source.PixelData
    spoilt["PixelData"].is_undefined_length = True
    spoilt.save_as(tmp_path / "bad.dcm")
    assert check_shared_file(tmp_path / "bad.dcm", proof) == (
        "a known identifier stands in its bytes",
    )


def test_what_follows_the_last_pixel_goes_and_missing_pixels_are_refused(tmp_path: Path) -> None:
    pixels = image_of().PixelData
    made = one(image_of(PixelData=pixels + b"of Janette Doe"), tmp_path)
    assert made.PixelData == pixels
    made.PixelData += b"something behind"
    made.save_as(tmp_path / "bad.dcm")
    _, proof = sharing_of([tmp_path / "source.dcm"])
    assert check_shared_file(tmp_path / "bad.dcm", proof) == (
        "there is something behind the pixels",
    )
    with pytest.raises(ImageFileError, match="pixels of a file to be shared are missing"):
        one(image_of(PixelData=pixels[:22]), tmp_path)


@pytest.mark.parametrize(
    "syntax",
    [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian],
)
def test_each_way_to_write_is_searched(tmp_path: Path, syntax: UID) -> None:
    """Names deep in sequences, private and unknown attributes, in each transfer syntax."""
    inner, source = Dataset(), image_of()
    inner.PatientName, inner.TextValue = "Doe^Janette", "Mrs Doe"
    inner.add_new(0x00090010, "LO", "MAKER")
    inner.add_new(0x00091001, "LO", "Janette")
    source.ReferencedPatientSequence = source.SharedFunctionalGroupsSequence = [inner]
    source.add_new(0x00220099, "UN", b"Janette ")
    source.add_new(0xFFFCFFFC, "OB", b"Janette ")
    if syntax == ExplicitVRBigEndian:
        source.PixelData = np.arange(16, dtype=">u2").tobytes()
    source.SOPClassUID, source.SOPInstanceUID = CT, "1.2.3.99"
    path = write_dataset(source, tmp_path / "source.dcm", transfer_syntax=syntax)
    (made,) = shared([path], tmp_path)
    read = dcmread(made)
    assert read.file_meta.TransferSyntaxUID == syntax
    assert "Janette" not in str(read)
    assert b"Janette" not in made.read_bytes()
    assert np.array_equal(read.pixel_array, np.arange(16).reshape(4, 4))
