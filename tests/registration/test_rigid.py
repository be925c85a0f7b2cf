"""Rigid registration: known moves come back, and what can't be brought together is refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hevesy.errors import RegistrationError
from hevesy.images import Grid, Quantity, RigidTransform, Volume, resample
from hevesy.registration import Registration, RegistrationOptions, register_rigid
from tests.registration.torso import centre_of, torso

MOVES = [
    ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
    ((3.0, -2.0, 5.0), (12.0, -8.0, 20.0)),
    ((-6.0, 4.0, -7.0), (-25.0, 15.0, -30.0)),
]
IDENTITY = RigidTransform.identity()


def quick(**limits: float) -> RegistrationOptions:
    """Coarse options, for where only a refusal is looked for."""
    return RegistrationOptions(working_spacing_mm=8.0, samples=5000, **limits)  # type: ignore[arg-type]


def move_of(
    rotation_deg: tuple[float, float, float], translation_mm: tuple[float, float, float]
) -> RigidTransform:
    return RigidTransform.from_parts(rotation_deg=rotation_deg, translation_mm=translation_mm)


def check_found(
    found: RigidTransform, true: RigidTransform, grid: Grid, *, mm: float, deg: float
) -> None:
    """Error at the field's centre, and of the turn."""
    centre = centre_of(grid)
    assert np.linalg.norm(found.apply(centre) - true.apply(centre)) < mm
    assert found.compose(true.inverse()).rotation_deg < deg


@pytest.mark.parametrize(("rotation_deg", "translation_mm"), MOVES)
def test_known_moves_of_a_ct_come_back(
    rotation_deg: tuple[float, float, float], translation_mm: tuple[float, float, float]
) -> None:
    """To 1 mm and 0.5 degrees (about a quarter of a working voxel), noise of 20 HU in both."""
    true = move_of(rotation_deg, translation_mm)
    moving = torso(IDENTITY, quantity=Quantity.HU, noise=20.0, seed=2)
    fixed = torso(true, quantity=Quantity.HU, noise=20.0, seed=3)
    got = register_rigid(moving, fixed)
    check_found(got.transform, true, fixed.grid, mm=1.0, deg=0.5)
    assert got.metric == "mutual-information"
    assert got.figure_of_merit > 0.85  # 1 without the noise
    assert got.figure_of_merit >= got.figure_of_merit_before
    assert got.translation_mm == pytest.approx(true.shift_mm(centre_of(fixed.grid)), abs=1.0)
    assert got.rotation_deg == pytest.approx(true.rotation_deg, abs=0.5)


@pytest.mark.parametrize(("rotation_deg", "translation_mm"), MOVES[1:])
def test_known_moves_of_a_spect_come_back(
    rotation_deg: tuple[float, float, float], translation_mm: tuple[float, float, float]
) -> None:
    """Images of 12 mm FWHM with half the activity gone in one: to 1 mm and 0.5 degrees."""
    true = move_of(rotation_deg, translation_mm)
    moving = torso(IDENTITY, quantity=Quantity.BQ_PER_ML, noise=0.1, seed=2)
    fixed = torso(true, quantity=Quantity.BQ_PER_ML, noise=0.1, seed=3)
    got = register_rigid(moving, fixed.with_values(0.5 * fixed.values))
    assert got.metric == "correlation"
    check_found(got.transform, true, fixed.grid, mm=1.0, deg=0.5)


def test_a_spect_is_brought_to_a_ct() -> None:
    """By mutual information: to 3 mm and 1 degree, a quarter of the SPECT's resolution."""
    true = move_of((2.0, -3.0, 4.0), (10.0, -12.0, 15.0))
    moving = torso(IDENTITY, quantity=Quantity.BQ_PER_ML, noise=0.1, seed=2)
    fixed = torso(true, quantity=Quantity.HU, noise=20.0, seed=3)
    got = register_rigid(moving, fixed)
    assert (got.metric, got.merit_kind) == ("mutual-information", "information share")
    check_found(got.transform, true, fixed.grid, mm=3.0, deg=1.0)


def test_other_grids_and_another_couch_position() -> None:
    """The moving image 150 mm away with other voxels and a shorter field."""
    true = move_of((2.0, 1.0, -3.0), (20.0, 10.0, 150.0))
    far = RigidTransform.from_parts(translation_mm=(0.0, 0.0, -150.0))
    moving = torso(
        far,
        quantity=Quantity.HU,
        spacing_mm=(4.0, 5.0, 3.0),
        shape=(70, 52, 116),
        origin_mm=(-174.0, -130.0, 20.0),
    )
    fixed = torso(far.compose(true), quantity=Quantity.HU, noise=20.0)
    got = register_rigid(moving, fixed)
    check_found(got.transform, true, fixed.grid, mm=1.0, deg=0.5)


def test_the_transform_goes_straight_into_resampling() -> None:
    """Where the registration says, the moved image is the fixed one (away from the edges)."""
    true = move_of((4.0, -3.0, 6.0), (15.0, -10.0, 12.0))
    moving = torso(IDENTITY, quantity=Quantity.HU)
    fixed = torso(true, quantity=Quantity.HU)
    got = register_rigid(moving, fixed)
    moved = resample(moving, fixed.grid, transform=got.transform, outside=-1000.0)
    inner = (slice(16, -16), slice(12, -12), slice(16, -16))
    before = np.abs(moving.values[inner] - fixed.values[inner]).mean()
    after = np.abs(moved.values[inner] - fixed.values[inner]).mean()
    assert after < 0.2 * before


def test_the_same_input_gives_the_same_bits() -> None:
    true = move_of((3.0, -2.0, 5.0), (12.0, -8.0, 20.0))
    moving = torso(IDENTITY, quantity=Quantity.HU, noise=20.0, seed=2)
    fixed = torso(true, quantity=Quantity.HU, noise=20.0, seed=3)
    first, second = (register_rigid(moving, fixed) for _ in range(2))
    assert np.array_equal(first.transform.matrix, second.transform.matrix)
    assert first.figure_of_merit == second.figure_of_merit
    assert np.array_equal(first.checkerboard, second.checkerboard)


def smooth_noise(seed: int) -> Volume:
    """Structure of a body's coarseness that is nowhere like the torso."""
    from scipy.ndimage import gaussian_filter

    like = torso(IDENTITY, quantity=Quantity.HU)
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=like.grid.shape), 5)
    return like.with_values(40 + 400 * noise / noise.std())


def test_unrelated_images_are_refused() -> None:
    with pytest.raises(RegistrationError, match="could not be brought together"):
        register_rigid(smooth_noise(1), smooth_noise(2), options=quick())
    with pytest.raises(RegistrationError):
        register_rigid(smooth_noise(1), torso(IDENTITY, quantity=Quantity.HU), options=quick())


def test_unrelated_images_of_two_kinds_are_refused() -> None:
    spect = torso(IDENTITY, quantity=Quantity.BQ_PER_ML)
    with pytest.raises(RegistrationError):
        register_rigid(spect, smooth_noise(3), options=quick())


def test_limits_are_limits() -> None:
    """A move that is found is refused when it is larger than what was allowed."""
    true = move_of((0.0, 0.0, 8.0), (30.0, 0.0, 0.0))
    moving = torso(IDENTITY, quantity=Quantity.HU)
    fixed = torso(true, quantity=Quantity.HU)
    with pytest.raises(RegistrationError, match="shifts the patient too far"):
        register_rigid(moving, fixed, options=quick(largest_translation_mm=20.0))
    with pytest.raises(RegistrationError, match="turns the patient too far"):
        register_rigid(moving, fixed, options=quick(largest_rotation_deg=5.0))
    with pytest.raises(RegistrationError):
        register_rigid(moving, fixed, options=quick(least_merit=0.9999))


def test_images_that_show_nothing_are_refused() -> None:
    ct = torso(IDENTITY, quantity=Quantity.HU)
    empty = ct.with_values(np.full(ct.grid.shape, -1000.0))
    with pytest.raises(RegistrationError, match="moving image is the same everywhere"):
        register_rigid(empty, ct)
    thin = Grid.from_spacing((2, 32, 32), spacing_mm=(5, 5, 5))
    slab = Volume(
        values=np.random.default_rng(1).normal(size=thin.shape), grid=thin, quantity=Quantity.HU
    )
    with pytest.raises(RegistrationError, match="fixed image is too thin"):
        register_rigid(ct, slab)


@pytest.mark.parametrize(
    "wrong",
    [
        {"metric": "joint"},
        {"working_spacing_mm": 0.0},
        {"samples": 10},
        {"seed": 0},
        {"largest_rotation_deg": float("nan")},
        {"least_overlap_share": 1.5},
        {"least_merit": -2.0},
        {"largest_translation_mm": -1.0},
        {"least_information_share": 2.0},
    ],
)
def test_options_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(RegistrationError):
        RegistrationOptions(**wrong)  # type: ignore[arg-type]


def read_ct(path: Path) -> Volume:
    import SimpleITK as sitk  # noqa: N813

    image = sitk.ReadImage(str(path))
    affine = np.eye(4)
    columns = np.reshape(image.GetDirection(), (3, 3)) * np.array(image.GetSpacing())
    affine[:3, :3] = columns[:, ::-1]
    affine[:3, 3] = image.GetOrigin()
    values = sitk.GetArrayFromImage(image)
    return Volume(values=values, grid=Grid(shape=values.shape, affine=affine), quantity=Quantity.HU)


REAL = {
    "abdomen": ("abdomen_ct_organs", "example_ct.nii.gz"),
    "chest": ("lung_ct_tumour", "lung2_image.nrrd"),
}


@pytest.mark.parametrize("part", REAL)
def test_known_moves_of_real_ct_come_back(part: str, shared_data: Callable[[str], Path]) -> None:
    """A real CT, moved and given 20 HU of new noise: to 1 mm and 0.5 degrees."""
    folder, name = REAL[part]
    moving = read_ct(shared_data(folder) / name)
    true = RigidTransform.from_parts(
        rotation_deg=(4.0, -3.0, 5.0),
        translation_mm=(18.0, -12.0, 15.0),
        centre_mm=centre_of(moving.grid),
    )
    moved = resample(moving, moving.grid, transform=true, outside=-1000.0)
    noise = np.random.default_rng(4).normal(0, 20, moving.grid.shape)
    got = register_rigid(moving, moved.with_values(moved.values + noise))
    check_found(got.transform, true, moving.grid, mm=1.0, deg=0.5)
    assert got.figure_of_merit > 0.85


def test_two_patients_ct_are_refused(shared_data: Callable[[str], Path]) -> None:
    """An abdomen and another patient's chest."""
    images = [read_ct(shared_data(folder) / name) for folder, name in REAL.values()]
    with pytest.raises(RegistrationError):
        register_rigid(images[0], images[1], options=quick())


def test_a_result_holds_a_read_only_picture() -> None:
    result = Registration(
        transform=IDENTITY,
        metric="correlation",
        merit_kind="correlation",
        figure_of_merit=0.9,
        figure_of_merit_before=0.8,
        overlap_share=1.0,
        translation_mm=0.0,
        rotation_deg=0.0,
        checkerboard=np.zeros((3, 4)),
    )
    assert result.checkerboard.dtype == np.float32
    assert not result.checkerboard.flags.writeable
