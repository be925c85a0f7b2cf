"""Real structures: two lesions of a 177Lu patient, and the organs of an abdomen."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hevesy.dicom import (
    DicomContext,
    read_seg,
    read_spect,
    read_structures,
    write_rtstruct,
    write_seg,
)
from hevesy.errors import IdentityError
from hevesy.images import Grid, Region
from tests.dicom.structure_cases import WRITTEN_AT, context_of, dicom_errors


@pytest.fixture(scope="module")
def intevo(
    shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[int, tuple[Path, DicomContext]]:
    """RTSTRUCT and image context of both scans."""
    folder = shared_data("intevo16_lu177_spect")
    out = tmp_path_factory.mktemp("intevo")
    found = {}
    for scan in (1, 2):
        for part in ("RTSTRUCT", "SPECT_PT_dicom"):
            with zipfile.ZipFile(folder / f"SCAN_00{scan}_{part}.zip") as archive:
                archive.extractall(out / f"{scan}{part}")
        (rtstruct,) = (out / f"{scan}RTSTRUCT").rglob("*.dcm")
        found[scan] = (rtstruct, read_spect(out / f"{scan}SPECT_PT_dicom").context)
    return found


@pytest.mark.parametrize("scan", [1, 2])
def test_volumes_of_the_lesions(intevo: dict[int, tuple[Path, DicomContext]], scan: int) -> None:
    found = read_structures(*intevo[scan])
    assert found.kind == "RTSTRUCT"
    # SOURCE.txt of the data set: 107 mL and 2.9 mL, for both scans, from its makers' software.
    # The digits given allow 0.5 % and 1.7 %. Of the small lesion's 384 voxels some 170 lie on its
    # surface and are in or out at random: sqrt(170) / 2 = 6.5 voxels, 1.7 %. Summed: 3.5 %.
    assert found["lesion1 liver R lobe"].volume_ml == pytest.approx(107, rel=0.01)
    assert found["lesion2 liver L lateral"].volume_ml == pytest.approx(2.9, rel=0.035)
    assert found.warnings == ()


@pytest.mark.parametrize("scan", [1, 2])
def test_volumes_agree_with_the_contours_areas(
    intevo: dict[int, tuple[Path, DicomContext]], scan: int
) -> None:
    """The shoelace formula on the contours, which knows no voxels."""
    import pydicom

    path, image = intevo[scan]
    found = read_structures(path, image)
    for roi, region in zip(pydicom.dcmread(path).ROIContourSequence, found.regions, strict=True):
        area_mm2 = 0.0
        for contour in roi.ContourSequence:
            x, y, _ = np.array(contour.ContourData, dtype=float).reshape(-1, 3).T
            area_mm2 += 0.5 * abs(float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)))
        volume_ml = area_mm2 * image.grid.spacing_mm[0] / 1000
        # The surface's voxels are in or out at random: sqrt(count) of them, two sigma.
        surface = sum(len(c.ContourData) / 3 for c in roi.ContourSequence)
        noise_ml = 2 * np.sqrt(surface) * image.grid.voxel_volume_ml
        assert region.volume_ml == pytest.approx(volume_ml, abs=noise_ml)


def test_the_other_scan_is_refused(intevo: dict[int, tuple[Path, DicomContext]]) -> None:
    for structures, image in ((1, 2), (2, 1)):
        with pytest.raises(IdentityError, match="another"):
            read_structures(intevo[structures][0], intevo[image][1])


def test_they_come_back_from_rtstruct_and_seg(
    intevo: dict[int, tuple[Path, DicomContext]], tmp_path: Path
) -> None:
    path, image = intevo[1]
    regions = read_structures(path, image).regions
    rtstruct = write_rtstruct(tmp_path / "rtstruct.dcm", regions, image, written_at=WRITTEN_AT)
    seg = write_seg(tmp_path / "seg.dcm", regions, image, written_at=WRITTEN_AT)
    for written in (rtstruct, seg):
        again = read_structures(written, image)
        assert again.warnings == ()
        for one, other in zip(regions, again.regions, strict=True):
            assert one.name == other.name
            assert np.array_equal(one.mask, other.mask)
        assert dicom_errors(written) == []


def test_forty_organs_come_back(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    """41 labels of an abdomen: real shapes with holes, islands and touching neighbours."""
    sitk = pytest.importorskip("SimpleITK")
    image = sitk.ReadImage(str(shared_data("abdomen_ct_organs") / "example_seg.nii.gz"))
    labels = sitk.GetArrayFromImage(image)
    x_mm, y_mm, z_mm = image.GetSpacing()
    direction = np.array(image.GetDirection()).reshape(3, 3)[:, ::-1]
    grid = Grid.from_spacing(
        labels.shape,
        spacing_mm=(z_mm, y_mm, x_mm),
        origin_mm=image.GetOrigin(),
        direction=direction,
    )
    regions = tuple(
        Region(name=f"organ {label}", mask=labels == label, grid=grid)
        for label in np.unique(labels[labels > 0])
    )
    assert len(regions) == 41
    context = context_of(grid)
    rtstruct = write_rtstruct(tmp_path / "a.dcm", regions, context, written_at=WRITTEN_AT)
    seg = write_seg(tmp_path / "b.dcm", regions, context, written_at=WRITTEN_AT)
    from_contours = read_structures(rtstruct, context).regions
    from_seg = read_seg(seg, context).regions
    for drawn, one, other in zip(regions, from_contours, from_seg, strict=True):
        assert np.array_equal(drawn.mask, one.mask)
        assert np.array_equal(drawn.mask, other.mask)
