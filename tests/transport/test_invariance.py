"""What the dose must not depend on, and what it must be where the answer is known."""

import math

import numpy as np
import pytest

from hevesy.media import collision_stopping_power_mev_cm2_per_g, get_medium
from hevesy.transport import StepControl, Tally
from tests.transport.decays import MEDIA, point, problem_of, simulate

SIGMAS = 4.0
FINER = StepControl(
    hard_loss_mev=0.01, photon_cutoff_mev=0.005, strength_high=0.03, strength_low=0.1,
    tolerance_mm=0.005, rejection_mev=0.05, bottom_mev=0.005,
)  # fmt: skip


def energy(tally: Tally, mask: np.ndarray) -> tuple[float, float]:
    """Energy per decay in some voxels, and sigma from their own (added as independent)."""
    mean, sigma = tally.mean_and_sigma(np.flatnonzero(mask.ravel()))
    return float(mean.sum()), float(np.sqrt((sigma**2).sum()))


def assert_same(one: tuple[float, float], other: tuple[float, float], systematic: float) -> None:
    allowed = SIGMAS * math.hypot(one[1], other[1]) + systematic * one[0]
    assert abs(one[0] - other[0]) <= allowed, (one, other)


@pytest.mark.parametrize(
    ("nuclide", "margin", "radiated"), [("Lu-177", 1, 0.001), ("Re-188", 3, 0.005)]
)
@pytest.mark.parametrize("medium", ["water", "cortical-bone"])
def test_equilibrium_in_a_large_uniform_source(
    nuclide: str, margin: int, radiated: float, medium: str
) -> None:
    """In the middle every voxel gets what is emitted in it, but for far bremsstrahlung."""
    shape = (13, 13, 13)
    inner = _inner(shape, margin)
    problem = problem_of(
        np.ones(shape), MEDIA.index(medium), spacing_mm=(4.0, 4.0, 4.0), nuclide=nuclide,
        regions={"inner": inner},
    )  # fmt: skip
    mean, sigma = simulate(problem, 500_000).region_mean_and_sigma("inner")
    wanted = problem.emission.electron_energy_mev * inner.mean()
    lost = radiated * (2 if medium == "cortical-bone" else 1)
    assert mean / wanted == pytest.approx(1 - lost / 2, abs=lost / 2 + 3 * sigma / wanted)
    assert sigma / wanted < 0.0025


def _inner(shape: tuple[int, int, int], margin: int) -> np.ndarray:
    found = np.zeros(shape, dtype=bool)
    found[tuple(slice(margin, n - margin) for n in shape)] = True
    return found


def test_reciprocity() -> None:
    """Uniform medium: mean dose in B from decays all over A is that in A from decays in B."""
    shape = (14, 14, 14)
    a, b = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    a[5:7, 5:6, 4:7] = True
    b[6:9, 6:8, 6:7] = True
    runs = []
    for source, target in ((a, b), (b, a)):
        problem = problem_of(
            source.astype(float), spacing_mm=(2.0, 2.5, 1.5), nuclide="Re-188", seed=9,
            regions={"target": target},
        )  # fmt: skip
        mean, sigma = simulate(problem, 300_000).region_mean_and_sigma("target")
        runs.append((mean / target.sum(), sigma / target.sum()))
    assert_same(runs[0], runs[1], 1e-3)
    assert runs[0][1] < 0.01 * runs[0][0]


def layered() -> tuple[np.ndarray, np.ndarray]:
    """Bone, tissue with the source, lung: borders that steps must not feel."""
    labels = np.full((12, 12, 12), MEDIA.index("soft-tissue"))
    labels[:, :, :4], labels[:, :, 8:] = MEDIA.index("cortical-bone"), MEDIA.index("lung")
    source = np.zeros(labels.shape)
    source[5:7, 5:7, 4:8] = 1.0
    return source, labels


def test_the_dose_does_not_depend_on_the_steps() -> None:
    source, labels = layered()
    runs = [
        simulate(problem_of(source, labels, steps=steps, seed=seed), 250_000)
        for steps, seed in ((StepControl(), 1), (FINER, 2))
    ]
    for x in (3, 4, 5, 6, 7, 8, 9):  # the layer of bone that touches, the source, the near lung
        mask = np.zeros(labels.shape, dtype=bool)
        mask[4:8, 4:8, x] = True
        assert_same(energy(runs[0], mask), energy(runs[1], mask), 3e-3)


def test_the_dose_does_not_depend_on_the_voxels() -> None:
    """Each voxel in eight: the eight together get the same."""
    source, labels = layered()
    coarse = simulate(problem_of(source, labels), 300_000)
    split = [np.kron(part, np.ones((2, 2, 2))) for part in (source, labels)]
    fine = simulate(
        problem_of(split[0], split[1].astype(int), spacing_mm=(1.5, 1.5, 1.5), seed=4), 300_000
    )
    for x in (3, 4, 5, 6, 7, 8, 9):
        mask = np.zeros(labels.shape, dtype=bool)
        mask[4:8, 4:8, x] = True
        doubled = np.kron(mask, np.ones((2, 2, 2))).astype(bool)
        assert_same(energy(coarse, mask), energy(fine, doubled), 3e-3)


def test_density_and_voxels_scale_together() -> None:
    """Half of the density in voxels twice as wide: ranges in voxels are the same, to the bit."""
    source = point((9, 9, 9), (4, 4, 4))
    dense = simulate(problem_of(source, density=1.0, spacing_mm=(2.0, 2.0, 2.0)), 50_000)
    thin = simulate(problem_of(source, density=0.5, spacing_mm=(4.0, 4.0, 4.0)), 50_000)
    mean, sigma = dense.mean_and_sigma()
    other, spread = thin.mean_and_sigma()
    seen = mean > 0.01 * mean.max()
    z = (mean - other)[seen] / np.hypot(sigma, spread)[seen]
    assert np.abs(z).max() < 5


def test_dose_to_water_is_dose_to_bone_times_the_ratio_of_stopping_powers() -> None:
    """In bone the ratio of water to bone runs from 1.15 (0.1 MeV) to 1.10 (1 MeV)."""
    bone = MEDIA.index("cortical-bone")
    source = np.ones((6, 6, 6))
    medium, water = (
        simulate(problem_of(source, bone, dose_to_water=to_water), 40_000)
        for to_water in (False, True)
    )
    ratio = water.mean_and_sigma()[0].sum() / medium.mean_and_sigma()[0].sum()
    energies = np.array([0.1, 0.3, 1.0])
    low, high = sorted(
        float(v)
        for v in (
            collision_stopping_power_mev_cm2_per_g(get_medium("water"), energies)
            / collision_stopping_power_mev_cm2_per_g(get_medium("cortical-bone"), energies)
        )[[0, -1]]
    )
    assert low - 0.01 < ratio < high + 0.01
    assert water.deposited_mev == medium.deposited_mev  # the ledger is of energy, not of dose
    # in water itself it changes nothing, to the bit
    plain, scored = (
        simulate(problem_of(source, dose_to_water=to_water), 3000) for to_water in (False, True)
    )
    assert np.array_equal(plain.total, scored.total)
