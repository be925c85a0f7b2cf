"""The virtual patient's truth: closed forms, conservation, geometry."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from hevesy.errors import InputError, NuclideError, TimeError
from hevesy.images import RigidTransform
from hevesy.simulation import (
    ANATOMY,
    Capsule,
    Compartment,
    Ellipsoid,
    Leak,
    SuperellipticCylinder,
    VirtualPatient,
    activity_bq_per_ml,
    build_virtual_patient,
    compartment_curves,
    frame_uid,
    label_grid,
    move_patient,
    patient_compartments,
    patient_regions,
    region_curves,
    render_ct,
    scan_position,
    treat_again,
    true_tia,
    true_tia_bq_s,
)


@pytest.fixture(scope="module")
def patient() -> VirtualPatient:
    return build_virtual_patient(seed=3)


@pytest.fixture(scope="module")
def moved(patient: VirtualPatient) -> VirtualPatient:
    return move_patient(patient, scan_position(4, 3), frame_of_reference=frame_uid(3, 4))


def test_region_volumes_are_those_of_the_solids(patient: VirtualPatient) -> None:
    volumes = {region.name: region.volume_ml for region in patient_regions(patient)}
    # counting voxel centres in a solid errs by about 0.6 x sqrt(surface voxels) voxels: 1.5 % for
    # the small lesion's 150 voxels, under 1 % for all others
    ball = 4 / 3 * math.pi / 1000
    assert volumes["lesion"] == pytest.approx(ball * 21 * 20 * 20, rel=0.01)
    assert volumes["small lesion"] == pytest.approx(ball * 9**3, rel=0.03)
    assert volumes["left kidney"] == pytest.approx(ball * 26 * 27 * 55, rel=0.01)
    assert volumes["bladder"] == pytest.approx(ball * 42 * 38 * 36, rel=0.01)
    assert 1600 < volumes["liver"] < ball * 88 * 72 * 68
    # the liver's dome and the spine take from the lungs
    assert 2700 < volumes["lungs"] < 2 * ball * 55 * 74 * 86


def test_regions_do_not_overlap(patient: VirtualPatient) -> None:
    total = sum(region.mask.astype(int) for region in patient_regions(patient))
    assert total.max() == 1


def test_regions_lie_inside_the_body_and_the_image_in_every_position(
    patient: VirtualPatient,
) -> None:
    expected = {r.name: r.volume_ml for r in patient_regions(patient)}
    for scan in (2, 3, 6):
        posed = move_patient(patient, scan_position(scan, 11), frame_of_reference="2.25.1")
        for region in patient_regions(posed):
            mask = region.mask
            for axis in range(3):
                ends = np.take(mask, [0, mask.shape[axis] - 1], axis=axis)
                assert not ends.any(), (scan, region.name)
            # 5 %: the small lesion's 150 voxels change in number with its place between them
            assert region.volume_ml == pytest.approx(expected[region.name], rel=0.05)


@pytest.mark.parametrize("hours", [0.0, 1.0, 24.0, 96.0])
def test_activity_of_every_region_is_its_curve(patient: VirtualPatient, hours: float) -> None:
    truth = activity_bq_per_ml(patient, hours * 3600)
    for region in patient_regions(patient):
        inside = truth.values[region.mask].sum(dtype=float) * truth.grid.voxel_volume_ml
        expected = float(region_curves(patient)[region.name].activity_bq(hours * 3600))
        # float32 values: 6e-8 each; the kidneys and bladder are empty at 0 h
        assert inside == pytest.approx(expected, rel=1e-6, abs=1e-3)


def test_moving_keeps_every_regions_activity(moved: VirtualPatient) -> None:
    truth = activity_bq_per_ml(moved, 6 * 3600.0)
    for region in patient_regions(moved):
        inside = truth.values[region.mask].sum(dtype=float) * truth.grid.voxel_volume_ml
        expected = float(region_curves(moved)[region.name].activity_bq(6 * 3600.0))
        assert inside == pytest.approx(expected, rel=1e-6)


def test_truth_tia_is_the_sum_of_the_closed_forms(patient: VirtualPatient) -> None:
    tia = true_tia(patient)
    closed = true_tia_bq_s(patient)
    for region in patient_regions(patient):
        inside = tia.values[region.mask].sum(dtype=float)
        assert inside == pytest.approx(closed[region.name], rel=1e-6)
    everything = sum(curve.tia_bq_s() for curve in patient.curves.values())
    assert tia.values.sum(dtype=float) == pytest.approx(everything, rel=1e-6)


def test_tia_in_closed_form_by_hand(patient: VirtualPatient) -> None:
    # small lesion: 60 MBq x 0.76, effective half-life 1 / (1/17.004 + 1/200) h
    effective_h = 1 / (1 / 17.004 + 1 / 200)
    expected = 6e7 * 0.76 * effective_h * 3600 / math.log(2)
    assert true_tia_bq_s(patient)["small lesion"] == pytest.approx(expected, rel=1e-9)


def test_tia_is_the_integral_of_the_activity(patient: VirtualPatient) -> None:
    # the bladder has an uptake phase; 300 h are 18 half-lives (4e-6 is left)
    seconds = np.linspace(0, 300 * 3600, 200_001)
    curve = region_curves(patient)["bladder"]
    numeric = np.trapezoid(curve.activity_bq(seconds), seconds)
    assert numeric == pytest.approx(curve.tia_bq_s(), rel=2e-5)


@given(st.floats(0, 400))
@settings(max_examples=60, deadline=None)
def test_never_more_activity_than_was_injected(hours: float) -> None:
    shares = {c.name: float(c.share_at(hours * 3600)) for c in patient_compartments()}
    assert all(share >= -1e-12 for share in shares.values())
    # of the large injection alone (the others have no tract and keep as much in their lesions)
    elsewhere = ("small lesion", "lung lesion", "bone lesion")
    assert sum(share for name, share in shares.items() if name not in elsewhere) <= 1.0


def test_curves_obey_physical_decay() -> None:
    decay_per_s = math.log(2) / (17.004 * 3600)
    given = {"lesion": 1e9, "lung lesion": 3e8, "small lesion": 6e7, "bone lesion": 4e7}
    curves = compartment_curves(given, decay_per_s=decay_per_s)
    for compartment in patient_compartments():
        injected = {**given, "all": 1.4e9}[compartment.source]
        seconds = np.array([0.0, 3600.0, 86400.0])
        expected = injected * compartment.share_at(seconds) * np.exp(-decay_per_s * seconds)
        assert curves[compartment.name].activity_bq(seconds) == pytest.approx(expected, abs=1e-3)


def test_every_part_has_a_compartment() -> None:
    assert {part.compartment for part in ANATOMY} == {c.name for c in patient_compartments()}


def test_lesion_is_hotter_in_the_middle(patient: VirtualPatient) -> None:
    lesion = next(r for r in patient_regions(patient) if r.name == "lesion")
    even = build_virtual_patient(seed=3, radial_gradient=0.0, lump_contrast=0.0)
    flat = activity_bq_per_ml(even, 0.0).values[lesion.mask]
    assert flat.max() == pytest.approx(flat.min(), rel=1e-6)
    graded = build_virtual_patient(seed=3, radial_gradient=0.3, lump_contrast=0.0)
    values = activity_bq_per_ml(graded, 0.0).values[lesion.mask] / flat
    points = graded.grid.to_world_mm(np.argwhere(lesion.mask))
    scaled = (points - [-85.0, -20.0, 35.0]) / [21.0, 20.0, 20.0]
    radius2 = (scaled**2).sum(axis=1)
    assert values == pytest.approx(1 + 0.3 * (1 - radius2 / 0.6), rel=0.01)
    lumpy = activity_bq_per_ml(patient, 0.0).values[lesion.mask] / flat
    assert 0.15 < lumpy.std() < 0.45
    assert lumpy.min() >= 0


def test_lumps_move_with_the_patient(patient: VirtualPatient) -> None:
    # a shift by whole voxels must carry the texture along exactly
    shift = RigidTransform.from_parts(translation_mm=(2.6 * 2, 0, 3.0))
    posed = move_patient(patient, shift, frame_of_reference="2.25.2")
    here, there = activity_bq_per_ml(patient, 0.0).values, activity_bq_per_ml(posed, 0.0).values
    lesion = next(r for r in patient_regions(patient) if r.name == "lesion").mask
    inner = np.argwhere(lesion)[100:-100]
    z, y, x = inner.T
    ratio = there[z + 1, y, x + 2] / here[z, y, x]
    assert np.median(np.abs(ratio - 1)) < 1e-4


def test_moved_labels_are_the_labels_of_the_moved_points(patient: VirtualPatient) -> None:
    position = scan_position(3, 5)
    labels = label_grid(patient.grid, position)
    kidney = next(p for p in ANATOMY if p.name == "left kidney")
    number = ANATOMY.index(kidney) + 1
    centre_mm = position.apply(kidney.solids[0].ball_mm()[0])
    mean_index = np.argwhere(labels == number).mean(axis=0)
    found = patient.grid.to_world_mm(mean_index)
    # a centroid of 8,000 voxels: 2.6 mm / sqrt(12 x 8000) is under 0.01 mm
    assert found == pytest.approx(centre_mm, abs=0.1)


def test_ct_numbers(patient: VirtualPatient) -> None:
    ct = render_ct(patient, seed=5)
    assert ct.values.dtype == np.int16
    for part, region in ((p, r) for p in ANATOMY for r in patient_regions(patient)
                         if p.name == r.name):  # fmt: skip
        values = ct.values[region.mask].astype(float)
        # standard error of the mean: 12 / sqrt(148) = 1 HU for the smallest
        assert values.mean() == pytest.approx(part.hu, abs=4 * 12 / math.sqrt(values.size) + 0.1)
        # 12 HU and rounding (variance 1/12); relative error of a deviation: 1 / sqrt(2 n)
        spread = 4 / math.sqrt(2 * values.size)
        assert values.std() == pytest.approx(math.hypot(12, 12**-0.5), rel=spread)


def test_same_seed_same_patient() -> None:
    one, two, other = (build_virtual_patient(seed=s) for s in (8, 8, 9))
    assert np.array_equal(true_tia(one).values, true_tia(two).values)
    assert not np.array_equal(true_tia(one).values, true_tia(other).values)
    assert one.frame_of_reference == two.frame_of_reference != other.frame_of_reference


def test_other_nuclides() -> None:
    patient = build_virtual_patient(seed=1, nuclide="166Ho")
    assert patient.nuclide.name == "Ho-166"
    curve = region_curves(patient)["small lesion"]
    effective_h = 1 / (1 / 26.8 + 1 / 200)
    assert float(curve.activity_bq(effective_h * 3600)) == pytest.approx(6e7 * 0.76 / 2, rel=1e-9)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": -1},
        {"radial_gradient": 1.5},
        {"lump_contrast": -0.1},
        {"lesion_activity_bq": 0.0},
        {"small_lesion_activity_bq": float("nan")},
    ],
)
def test_refusals(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        build_virtual_patient(**{"seed": 1, **wrong})  # type: ignore[arg-type]


def test_unknown_nuclide_and_time_before_injection(patient: VirtualPatient) -> None:
    with pytest.raises(NuclideError):
        build_virtual_patient(seed=1, nuclide="Re-18")
    for time_s in (-1.0, float("nan")):
        with pytest.raises(TimeError):
            activity_bq_per_ml(patient, time_s)


def test_shapes_and_compartments_refuse_nonsense() -> None:
    with pytest.raises(InputError):
        Ellipsoid(centre_mm=(0, 0, 0), semi_axes_mm=(1, 0, 1))
    with pytest.raises(InputError):
        Capsule(start_mm=(0, 0, 0), end_mm=(0, 0, 1), radius_mm=-1)
    with pytest.raises(InputError):
        SuperellipticCylinder(centre_mm=(0, 0), semi_axes_mm=(math.inf, 1))
    for shares, half_lives in (((1.0,), (1.0, 2.0)), ((1.0,), (0.0,)), ((-0.1,), (1.0,))):
        with pytest.raises(InputError):
            Compartment(name="x", source="all", shares=shares, biological_half_lives_h=half_lives)


def test_capsule_against_distance_to_a_segment() -> None:
    rod = Capsule(start_mm=(1.0, 2.0, 3.0), end_mm=(11.0, -2.0, 8.0), radius_mm=4.0)
    rng = np.random.default_rng(1)
    points = rng.uniform(-5, 16, size=(2000, 3))
    steps = np.linspace(0, 1, 2001)[:, None]
    axis = np.array(rod.start_mm) + steps * (np.array(rod.end_mm) - np.array(rod.start_mm))
    nearest = np.min([np.linalg.norm(points - a, axis=1) for a in axis[::10]], axis=0)
    clear = np.abs(nearest - 4.0) > 0.01
    x, y, z = points.astype(np.float32).T
    assert np.array_equal(rod.contains((x, y, z))[clear], (nearest < 4.0)[clear])


def test_a_bone_lesion_lies_in_the_vertebra() -> None:
    patient = build_virtual_patient(
        seed=2,
        lesion_activity_bq=None,
        lung_lesion_activity_bq=None,
        small_lesion_activity_bq=None,
        bone_lesion_activity_bq=2e8,
    )
    names = [region.name for region in patient_regions(patient)]
    assert names == ["lungs", "liver", "left kidney", "right kidney", "bladder", "bone lesion"]
    lesion = next(r for r in patient_regions(patient) if r.name == "bone lesion")
    # 4/3 pi 12 x 11 x 9 mm; about 245 voxels, whose number varies by about their surface's root
    assert lesion.volume_ml == pytest.approx(4 / 3 * math.pi * 1.2 * 1.1 * 0.9, rel=0.05)
    spine = next(n for n, part in enumerate(ANATOMY, start=1) if part.name == "spine")
    around = ndimage.binary_dilation(lesion.mask) & ~lesion.mask
    assert (patient.labels[around] == spine).all()


def test_a_leak_takes_from_the_lesion_and_from_the_body() -> None:
    plain = build_virtual_patient(seed=2)
    leaking = build_virtual_patient(seed=2, leak=Leak(tract_share=0.08, lost_share=0.1))

    def at_zero(patient: VirtualPatient, name: str) -> float:
        return float(patient.curves[name].activity_bq(0.0))

    assert leaking.injected_bq == plain.injected_bq
    assert at_zero(leaking, "needle tract") == pytest.approx(0.9e9 * 0.08)
    assert at_zero(leaking, "lesion") == pytest.approx(0.9e9 * 0.76 * 0.92 / 0.994)
    assert at_zero(leaking, "small lesion") == at_zero(plain, "small lesion")
    # all else in proportion to what stayed of all injections
    assert at_zero(leaking, "liver") / at_zero(plain, "liver") == pytest.approx(1.26 / 1.36)


@pytest.mark.parametrize("share", [-0.1, 0.6, math.nan])
def test_a_leak_that_cannot_be_is_refused(share: float) -> None:
    with pytest.raises(InputError, match="leak"):
        Leak(tract_share=share)


def test_a_patient_without_a_lesion_is_refused() -> None:
    with pytest.raises(InputError, match="without a lesion"):
        build_virtual_patient(
            seed=1,
            lesion_activity_bq=None,
            lung_lesion_activity_bq=None,
            small_lesion_activity_bq=None,
        )


@given(st.floats(1, 500), st.floats(0, 200))
@settings(max_examples=30, deadline=None)
def test_two_courses_add_up(gap_h: float, later_h: float) -> None:
    first = compartments_only({"lesion": 1e9})
    second = compartments_only({"lesion": 4e8, "small lesion": 5e7})
    both = treat_again(first, second, gap_s=gap_h * 3600)
    for name, curve in both.curves.items():
        expected = sum(
            float(patient.curves[name].activity_bq((later_h + extra) * 3600))
            for patient, extra in ((first, gap_h), (second, 0.0))
            if name in patient.curves
        )
        # uptake phases are differences: 1 mBq of 1 GBq is a double's last digits
        assert float(curve.activity_bq(later_h * 3600)) == pytest.approx(
            expected, rel=1e-9, abs=1e-3
        )


def compartments_only(injected_bq: dict[str, float]) -> VirtualPatient:
    """A patient whose voxels do not matter."""
    curves = compartment_curves(injected_bq, decay_per_s=1.132e-5)
    return replace(SMALL, curves=curves, injected_bq=injected_bq)


SMALL = build_virtual_patient(seed=1)
