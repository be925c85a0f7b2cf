"""The stated uncertainties are the spread of repeats."""

import numpy as np
import pytest
from scipy.stats import chi2

from tests.transport.decays import MEDIA, problem_of, simulate

SEEDS = 24
# sigma is itself from 32 batches: the mean of 1/s2 is 31/29 of 1/sigma2
STUDENT = 31 / 29


@pytest.fixture(scope="module")
def repeats() -> dict[str, np.ndarray]:
    labels = np.full((7, 7, 7), MEDIA.index("soft-tissue"))
    labels[:, :, 4:] = MEDIA.index("lung")
    source = np.zeros(labels.shape)
    source[2:5, 2:5, 2:4] = [1.0, 3.0]
    regions = {"source": source > 0, "lung": labels == MEDIA.index("lung")}
    voxels, sigmas, means, spreads = [], [], [], []
    for seed in range(SEEDS):
        tally = simulate(
            problem_of(source, labels, seed=seed, photons=True, regions=regions), 12_000
        )
        mean, sigma = tally.mean_and_sigma()
        voxels.append(mean)
        sigmas.append(sigma)
        pairs = [tally.region_mean_and_sigma(name) for name in regions]
        means.append([pair[0] for pair in pairs])
        spreads.append([pair[1] for pair in pairs])
    found = {"mean": voxels, "sigma": sigmas, "regions": means, "region_sigmas": spreads}
    return {name: np.array(rows) for name, rows in found.items()}


def test_voxels(repeats: dict[str, np.ndarray]) -> None:
    """Chi-square over seeds and voxels above 10 % of the maximum, in its 99.9 % interval."""
    mean = repeats["mean"].mean(axis=0)
    hot = mean > 0.1 * mean.max()
    z2 = ((repeats["mean"] - mean)[:, hot] / repeats["sigma"][:, hot]) ** 2 / STUDENT
    freedom = (SEEDS - 1) * int(hot.sum())
    assert hot.sum() >= 30
    # voxels that one electron crosses go together: as if there were a third of them
    independent = freedom / 3
    low, high = chi2.interval(0.999, independent)
    assert low < z2.sum() * independent / freedom < high


def test_regions(repeats: dict[str, np.ndarray]) -> None:
    for n in range(2):
        values, sigmas = repeats["regions"][:, n], repeats["region_sigmas"][:, n]
        found = float((((values - values.mean()) / sigmas) ** 2 / STUDENT).sum())
        low, high = chi2.interval(0.999, SEEDS - 1)
        assert low < found < high


def test_uncertainty_falls_with_the_root_of_histories() -> None:
    source = np.zeros((5, 5, 5))
    source[2, 2, 2] = 1.0
    few, many = (
        simulate(problem_of(source, photons=True), n).mean_and_sigma()[1] for n in (6_000, 96_000)
    )
    near = np.argsort(few)[-27:]
    assert np.median(few[near] / many[near]) == pytest.approx(4.0, rel=0.15)
