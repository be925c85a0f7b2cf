"""NIfTI and NRRD: what was written comes back; what can't be trusted is refused."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from hevesy.errors import CaseError, GridError, ImageFileError, OutputError, RegionError
from hevesy.files import read_activity_volume, read_label_map, read_volume, write_volume
from hevesy.images import Grid, Quantity, Volume

FORMATS = ("a.nii", "a.nii.gz", "a.nrrd")


def rotation(angles: tuple[float, float, float]) -> NDArray[np.float64]:
    matrix = np.eye(3)
    for axis, angle in enumerate(angles):
        i, j = (k for k in range(3) if k != axis)
        turn = np.eye(3)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        matrix = matrix @ turn
    return matrix


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    shape = draw(st.tuples(*[st.integers(1, 5)] * 3))
    spacing = draw(st.tuples(*[st.floats(0.3, 12.0)] * 3))
    origin = draw(st.tuples(*[st.floats(-800.0, 800.0)] * 3))
    angles = draw(st.tuples(*[st.floats(-np.pi, np.pi)] * 3))
    mirror = np.diag([draw(st.sampled_from([-1.0, 1.0])), 1.0, 1.0])
    axes = rotation(angles) @ mirror @ np.eye(3)[::-1]
    return Grid.from_spacing(shape, spacing_mm=spacing, origin_mm=origin, direction=axes)


def volume(grid: Grid, values: NDArray[np.generic] | None = None) -> Volume:
    given = np.arange(grid.size, dtype=np.float32).reshape(grid.shape) if values is None else values
    return Volume(values=given, grid=grid, quantity=Quantity.GY)


PLAIN = Grid.from_spacing((4, 5, 6), spacing_mm=(5, 2, 3), origin_mm=(1, 2, 3))


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_round_trip_is_exact(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    grid = data.draw(grids())
    finite = st.floats(-(2.0**100), 2.0**100, width=32, allow_subnormal=False)
    values = data.draw(arrays(np.float32, grid.shape, elements=finite))
    path = tmp_path_factory.mktemp("round") / name
    write_volume(path, volume(grid, values))
    back = read_volume(path, quantity=Quantity.GY)
    assert back.values.dtype == np.float32
    assert np.array_equal(back.values, values)
    # NIfTI holds the affine in float32: half a unit in the last place of 800 mm is 3e-5 mm, and of
    # the four columns (up to 12 mm x 4 voxels) 4e-6 mm. NRRD's text is read as float64.
    tolerance_mm = 1e-9 if name.endswith("nrrd") else 5e-5
    assert grid.matches(back.grid, tolerance_mm=tolerance_mm)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float64, np.bool_])
def test_number_types(tmp_path: Path, name: str, dtype: type) -> None:
    values = (np.arange(PLAIN.size).reshape(PLAIN.shape) % 2).astype(dtype)
    write_volume(tmp_path / name, volume(PLAIN, values))
    back = read_volume(tmp_path / name, quantity=Quantity.GY).values
    assert np.array_equal(back, values)
    wanted = {np.bool_: np.uint8, np.float64: np.float32}.get(dtype, dtype)
    assert back.dtype == wanted


def nifti(
    values: NDArray[np.float32],
    *,
    dims: tuple[int, ...] | None = None,
    q_code: int = 0,
    s_code: int = 1,
    srow: tuple[float, ...] = (-2, 0, 0, -10, 0, -3, 0, -20, 0, 0, 5, 30),
    order: str = "<",
) -> bytes:
    """A NIfTI-1 file written by hand from nifti1.h, `values` in (z, y, x)."""
    header = bytearray(352)
    shape = dims or values.shape[::-1]
    struct.pack_into(f"{order}i", header, 0, 348)
    struct.pack_into(f"{order}8h", header, 40, len(shape), *shape, *[1] * (7 - len(shape)))
    struct.pack_into(f"{order}2h", header, 70, 16, 32)
    struct.pack_into(f"{order}8f", header, 76, 1, 2, 3, 5, 1, 1, 1, 1)
    struct.pack_into(f"{order}3f", header, 108, 352, 1, 0)
    header[123] = 2 | 8  # mm, s
    struct.pack_into(f"{order}2h", header, 252, q_code, s_code)
    struct.pack_into(f"{order}6f", header, 256, 0, 0, 1, -10, -20, 30)  # half a turn about z
    struct.pack_into(f"{order}12f", header, 280, *srow)
    header[344:348] = b"n+1\0"
    return bytes(header) + values.astype(f"{order}f4").tobytes()


VALUES = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("codes", [(0, 1), (1, 0), (1, 1), (0, 2)])
def test_ras_becomes_lps(tmp_path: Path, order: str, codes: tuple[int, int]) -> None:
    # RAS index (1, 0, 0) of this affine lies at (-12, -20, 30): in LPS at (12, 20, 30).
    q_code, s_code = codes
    (tmp_path / "a.nii").write_bytes(nifti(VALUES, q_code=q_code, s_code=s_code, order=order))
    back = read_volume(tmp_path / "a.nii", quantity=Quantity.HU)
    assert np.array_equal(back.values, VALUES)
    assert back.grid.to_world_mm([0, 0, 1]) == pytest.approx([12, 20, 30])
    assert back.grid.to_world_mm([0, 1, 0]) == pytest.approx([10, 23, 30])
    assert back.grid.to_world_mm([1, 0, 0]) == pytest.approx([10, 20, 35])


def test_the_space_of_an_nrrd(tmp_path: Path) -> None:
    text = (
        "NRRD0004\ntype: float\ndimension: 3\n{}sizes: 4 3 2\n"
        "space directions: (1,0,0) (0,2,0) (0,0,5)\nspace origin: (10,20,30)\n"
        "endian: little\nencoding: raw\n\n"
    )
    ras = text.format("space: right-anterior-superior\n")
    (tmp_path / "a.nrrd").write_bytes(ras.encode() + VALUES.tobytes())
    back = read_volume(tmp_path / "a.nrrd", quantity=Quantity.HU)
    assert back.grid.to_world_mm([1, 1, 1]) == pytest.approx([-11, -22, 35])
    silent = text.format("").replace("space directions", "# ").replace("space origin", "# ")
    (tmp_path / "b.nrrd").write_bytes(silent.encode() + VALUES.tobytes())
    with pytest.raises(ImageFileError, match="does not say how the image lies"):
        read_volume(tmp_path / "b.nrrd", quantity=Quantity.HU)


def test_units_of_a_scan(tmp_path: Path) -> None:
    path = write_volume(tmp_path / "a.nii", volume(PLAIN))
    index = np.arange(PLAIN.size).reshape(PLAIN.shape)
    for unit, factor in (("Bq/mL", 1.0), ("kBq/mL", 1e3), ("MBq/mL", 1e6)):
        read = read_activity_volume(path, unit=unit)
        assert read.quantity is Quantity.BQ_PER_ML
        assert np.array_equal(read.values, index * factor)
    assert read_activity_volume(path, unit="Bq").quantity is Quantity.BQ
    with pytest.raises(CaseError, match="unknown unit"):
        read_activity_volume(path, unit="counts")


def test_scaled_numbers(tmp_path: Path) -> None:
    content = bytearray(nifti(VALUES))
    struct.pack_into("<2f", content, 112, 0.5, -3)
    (tmp_path / "a.nii").write_bytes(content)
    back = read_volume(tmp_path / "a.nii", quantity=Quantity.HU).values
    assert np.array_equal(back, VALUES * 0.5 - 3)
    assert back.dtype == np.float32


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@settings(max_examples=20, deadline=None)
@given(grid=grids())
def test_an_independent_reader_agrees(
    tmp_path_factory: pytest.TempPathFactory, name: str, grid: Grid
) -> None:
    import SimpleITK

    path = write_volume(tmp_path_factory.mktemp("itk") / name, volume(grid))
    back = read_volume(path, quantity=Quantity.GY)
    image = SimpleITK.ReadImage(str(path))
    assert np.array_equal(SimpleITK.GetArrayFromImage(image), back.values)
    last = np.array(grid.shape) - 1
    there = image.TransformIndexToPhysicalPoint([int(n) for n in last[::-1]])
    # ITK takes the direction from a float32 quaternion: 1e-6 x 60 mm, and the origin as above.
    assert back.grid.to_world_mm(last) == pytest.approx(there, abs=5e-4)


class TestRefused:
    @pytest.mark.parametrize("name", FORMATS)
    @pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
    def test_truncated(self, tmp_path: Path, name: str, share: float) -> None:
        noise = np.random.default_rng(1).random((20, 20, 20)).astype(np.float32)
        grid = Grid.from_spacing(noise.shape, spacing_mm=(2, 2, 2))
        whole = write_volume(tmp_path / name, volume(grid, noise)).read_bytes()
        (tmp_path / name).write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ImageFileError, match=r"truncated|damaged"):
            read_volume(tmp_path / name, quantity=Quantity.GY)

    @pytest.mark.parametrize("name", FORMATS)
    @pytest.mark.parametrize("content", [b"", b"hello" * 500, b"\x1f\x8b" + b"x" * 500])
    def test_another_format(self, tmp_path: Path, name: str, content: bytes) -> None:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ImageFileError) as refused:
            read_volume(tmp_path / name, quantity=Quantity.GY)
        assert "\n" not in str(refused.value)

    def test_a_damaged_byte_in_gzip(self, tmp_path: Path) -> None:
        packed = bytearray(gzip.compress(nifti(np.random.default_rng(1).random((9, 9, 9)))))
        packed[len(packed) // 2] ^= 0xFF
        (tmp_path / "a.nii.gz").write_bytes(packed)
        with pytest.raises(ImageFileError, match="damaged"):
            read_volume(tmp_path / "a.nii.gz", quantity=Quantity.GY)

    def test_missing_or_of_another_name(self, tmp_path: Path) -> None:
        with pytest.raises(ImageFileError, match="no such image"):
            read_volume(tmp_path / "a.nii", quantity=Quantity.GY)
        (tmp_path / "a.png").write_bytes(b"x")
        with pytest.raises(ImageFileError, match="known format"):
            read_volume(tmp_path / "a.png", quantity=Quantity.GY)

    def test_no_orientation(self, tmp_path: Path) -> None:
        (tmp_path / "a.nii").write_bytes(nifti(VALUES, s_code=0))
        with pytest.raises(ImageFileError, match="how the image lies"):
            read_volume(tmp_path / "a.nii", quantity=Quantity.GY)

    def test_two_orientations(self, tmp_path: Path) -> None:
        other = nifti(VALUES, q_code=1, srow=(2, 0, 0, -10, 0, -3, 0, -20, 0, 0, 5, 30))
        (tmp_path / "a.nii").write_bytes(other)
        with pytest.raises(ImageFileError, match="disagree by 12 mm"):
            read_volume(tmp_path / "a.nii", quantity=Quantity.GY)

    def test_shear(self, tmp_path: Path) -> None:
        srow = (-2, 0.5, 0, -10, 0, -3, 0, -20, 0, 0, 5, 30)
        (tmp_path / "a.nii").write_bytes(nifti(VALUES, srow=srow))
        with pytest.raises(GridError, match="right angles"):
            read_volume(tmp_path / "a.nii", quantity=Quantity.GY)

    def test_a_time_series(self, tmp_path: Path) -> None:
        (tmp_path / "a.nii").write_bytes(nifti(VALUES, dims=(4, 3, 1, 2)))
        with pytest.raises(ImageFileError, match=r"one \[\[scan\]\] per time point"):
            read_volume(tmp_path / "a.nii", quantity=Quantity.GY)
        (tmp_path / "a.nii").write_bytes(nifti(VALUES, dims=(4, 3, 2, 1)))
        assert read_volume(tmp_path / "a.nii", quantity=Quantity.GY).grid.shape == (2, 3, 4)

    def test_not_finite(self, tmp_path: Path) -> None:
        values = VALUES.copy()
        values[0, 0, 0] = np.nan
        (tmp_path / "a.nii").write_bytes(nifti(values))
        with pytest.raises(ImageFileError, match="not finite"):
            read_volume(tmp_path / "a.nii", quantity=Quantity.GY)

    def test_no_place_to_write(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match=r"dose\.nii"):
            write_volume(tmp_path / "none" / "dose.nii", volume(PLAIN))


class TestLabelMap:
    def write(self, folder: Path, dtype: type = np.uint8) -> Path:
        labels = np.zeros(PLAIN.shape, dtype=dtype)
        labels[1] = 1
        labels[2, :2] = 7
        return write_volume(folder / "labels.nrrd", volume(PLAIN, labels))

    @pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
    def test_named_labels(self, tmp_path: Path, dtype: type) -> None:
        path = self.write(tmp_path, dtype)
        lesion, liver = read_label_map(path, [(7, "lesion"), (1, "liver")])
        assert (lesion.name, liver.name) == ("lesion", "liver")
        # 2 x 6 and 5 x 6 voxels of 30 mm3
        assert lesion.volume_ml == pytest.approx(0.36)
        assert liver.volume_ml == pytest.approx(0.9)
        assert np.flatnonzero(liver.mask.any(axis=(1, 2))).tolist() == [1]

    def test_names_by_file(self, tmp_path: Path) -> None:
        path = self.write(tmp_path)
        stem = path.name.split(".")[0]
        assert [region.name for region in read_label_map(path, [])] == [f"{stem} 1", f"{stem} 7"]

    def test_refused(self, tmp_path: Path) -> None:
        path = self.write(tmp_path)
        with pytest.raises(RegionError, match=r"'spleen'.*got 3, allowed: 1, 7"):
            read_label_map(path, [(3, "spleen")])
        write_volume(tmp_path / "a.nii", volume(PLAIN, np.full(PLAIN.shape, 0.5)))
        with pytest.raises(ImageFileError, match="whole numbers"):
            read_label_map(tmp_path / "a.nii", [(1, "liver")])


def test_real_images(shared_data) -> None:  # type: ignore[no-untyped-def]
    # Size and spacing as their SOURCE.txt states them.
    lung = read_volume(shared_data("lung_ct_tumour") / "lung2_image.nrrd", quantity=Quantity.HU)
    assert lung.grid.shape == (61, 512, 512)
    assert lung.grid.spacing_mm == pytest.approx((5, 0.627, 0.627), abs=5e-4)
    (tumour,) = read_label_map(shared_data("lung_ct_tumour") / "lung2_label.nrrd", [(1, "tumour")])
    assert tumour.volume_ml == pytest.approx(48.4, abs=0.05)
    assert lung.values[tumour.mask].mean() == pytest.approx(8, abs=0.5)
    slices = np.flatnonzero(tumour.mask.any(axis=(1, 2)))
    assert (slices[0], slices[-1]) == (15, 25)
    organs = shared_data("abdomen_ct_organs")
    assert read_volume(organs / "example_ct.nii.gz", quantity=Quantity.HU).grid.shape == (
        112, 101, 122,
    )  # fmt: skip
