"""The bootstrap's uncertainty against the spread of measurements that are really repeated."""

import numpy as np
import pytest
from numpy.typing import NDArray

from hevesy.errors import InputError, Interrupted
from hevesy.reconstruction import bootstrap_region_totals, reconstruct_osem
from tests.reconstruction.test_osem import StopAfter, phantom, small_model


def test_it_is_the_spread_of_repeated_measurements() -> None:
    model = small_model(views=12)
    truth = phantom(model)
    additive = np.full((12, *model.geometry.shape), 0.3, dtype=np.float32)
    expected = 0.6 * model.forward(truth) + additive
    regions = np.stack([truth > 10, truth > 0]).astype(np.float32)

    def reconstruct(counts: NDArray[np.float32]) -> NDArray[np.float32]:
        return reconstruct_osem(
            counts, model, iterations=3, subsets=4, additive=additive, threads=1
        ).image

    generator = np.random.default_rng(7)
    repeats = np.array(
        [np.tensordot(regions, reconstruct(generator.poisson(expected)), axes=3) for _ in range(60)]
    )
    spread = repeats.std(axis=0, ddof=1)
    measured = np.random.default_rng(8).poisson(expected)
    found = bootstrap_region_totals(measured, reconstruct, regions, replicates=60, seed=9)
    # each is known to 1/sqrt(2 * 59) = 9 %, their ratio to 13 %: three of these
    np.testing.assert_allclose(found.deviation / spread, 1.0, atol=0.39)
    assert (np.abs(found.totals - repeats.mean(axis=0)) < 4 * spread).all()
    assert 0 < found.relative[1] < found.relative[0] < 1


def test_replicates_are_streams_of_their_own() -> None:
    counts = np.full((1, 1, 50), 9.0)
    run = {n: bootstrap_region_totals(counts, lambda c: c, np.ones((1, 1, 1, 50)), replicates=n,
                                      seed=1) for n in (2, 3)}  # fmt: skip
    again = bootstrap_region_totals(
        counts, lambda c: c, np.ones((1, 1, 1, 50)), replicates=3, seed=1
    )
    assert again.covariance == run[3].covariance
    assert run[2].covariance != run[3].covariance
    assert np.isinf(
        bootstrap_region_totals(
            counts * 0, lambda c: c, np.ones((1, 1, 1, 50)), replicates=2, seed=1
        ).relative
    ).all()


def test_what_can_not_be_drawn_is_refused_and_it_can_be_stopped() -> None:
    shares = np.ones((1, 1, 1, 2))
    with pytest.raises(InputError, match="two replicates"):
        bootstrap_region_totals(np.ones((1, 1, 2)), lambda c: c, shares, replicates=1, seed=1)
    with pytest.raises(InputError, match="negative"):
        bootstrap_region_totals(-np.ones((1, 1, 2)), lambda c: c, shares, seed=1)
    with pytest.raises(Interrupted):
        bootstrap_region_totals(
            np.ones((1, 1, 2)), lambda c: c, shares, seed=1, control=StopAfter(2)
        )
