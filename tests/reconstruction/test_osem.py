"""OSEM against what expectation maximisation must do, and against known images."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hevesy.camera import PointSpread, SystemModel, ViewGeometry
from hevesy.errors import GridError, InputError
from hevesy.images import Grid, Quantity, Volume
from hevesy.reconstruction import (
    OsemState,
    RelativeDifferencePrior,
    iterate_osem,
    order_subsets,
    reconstruct_osem,
    smooth_gaussian,
)

ACROSS, AXIAL = 24, 6


def small_model(views: int = 16, radius_of_water: float = 40.0, **kwargs: Any) -> SystemModel:
    geometry = ViewGeometry(
        angles_deg=np.arange(views) * 360.0 / views,
        radii_mm=np.full(views, 90.0),
        shape=(AXIAL, ACROSS),
        pixel_mm=(5.0, 5.0),
        **kwargs,
    )
    place = (np.arange(ACROSS) - (ACROSS - 1) / 2) * 5.0
    disc = np.hypot(place[:, None], place[None, :]) < radius_of_water
    water = Volume(
        values=np.broadcast_to(0.015 * disc, (AXIAL, *disc.shape)).astype(np.float32),
        grid=geometry.grid(),
        quantity=Quantity.ATTENUATION_PER_MM,
    )
    spread = PointSpread(slope_mm_per_mm=0.04, at_face_mm=2.0, intrinsic_mm=3.0)
    return SystemModel(geometry=geometry, point_spread=spread, attenuation=water)


def phantom(model: SystemModel) -> NDArray[np.float32]:
    image = np.zeros(model.grid.shape, dtype=np.float32)
    image[:, 7:17, 7:17] = 2.0
    image[2:4, 9:12, 12:15] = 12.0
    return image


def test_subsets_hold_every_view_once_and_lie_far_apart() -> None:
    for views, subsets in ((60, 10), (60, 7), (7, 3), (5, 5), (12, 1)):
        angles = np.arange(views) * 360.0 / views
        found = order_subsets(angles, subsets)
        assert len(found) == subsets
        assert sorted(np.concatenate(found).tolist()) == list(range(views))
        assert max(f.size for f in found) - min(f.size for f in found) <= 1
    firsts = [int(f[0]) for f in order_subsets(np.arange(60) * 6.0, 10)]
    steps = [min(abs(a - b), 10 - abs(a - b)) for a, b in pairwise(firsts)]
    assert min(steps) >= 2
    # a clockwise rotation deals out the same positions
    back = order_subsets(np.arange(60) * -6.0 + 0.16, 10)
    assert all(f.size == 6 for f in back)
    for subsets in (0, 61):
        with pytest.raises(InputError, match="subsets"):
            order_subsets(np.arange(60) * 6.0, subsets)


def test_two_heads_at_the_same_angles_are_dealt_out_evenly() -> None:
    angles = np.tile(np.arange(0.0, 360.0, 30.0), 2)
    assert all(found.size == 6 for found in order_subsets(angles, 4))


def test_one_subset_keeps_the_counts_and_gains_likelihood() -> None:
    """Of every EM update: sum of sensitivity x image = counts, and the likelihood never falls."""
    model = small_model()
    counts = np.random.default_rng(1).poisson(model.forward(phantom(model)) * 20.0)
    state = reconstruct_osem(counts, model, iterations=6, subsets=1)
    sensitivity = model.back(np.ones_like(counts, dtype=np.float32))
    explained = float((sensitivity.astype(np.float64) * state.image).sum())
    assert explained == pytest.approx(counts.sum(), rel=1e-5)
    likelihoods = [figures.log_likelihood for figures in state.figures]
    assert all(later > earlier for earlier, later in pairwise(likelihoods))
    assert [figures.iteration for figures in state.figures] == [1, 2, 3, 4, 5, 6]
    assert state.figures[-1].image_counts == pytest.approx(state.image.sum(dtype=np.float64))


def test_one_update_is_the_formula() -> None:
    """Written out with the dense matrix, from an even image."""
    model = small_model(views=3)
    counts = np.random.default_rng(2).poisson(model.forward(phantom(model))).astype(np.float32)
    additive = np.full(counts.shape, 0.5, dtype=np.float32)
    weights = np.array([1.0, 2.0, 0.5])
    state = reconstruct_osem(
        counts, model, iterations=1, subsets=1, additive=additive, view_weights=weights
    )
    scale = weights[:, None, None]
    sensitivity = model.back(np.ones(counts.shape) * scale).astype(np.float64)
    start = np.where(sensitivity > 0, counts.sum() / sensitivity.sum(), 0.0)
    expected = scale * model.forward(start) + additive
    wanted = start * model.back(scale * counts / expected)
    wanted = np.divide(wanted, sensitivity, out=np.zeros_like(wanted), where=sensitivity > 0)
    np.testing.assert_allclose(state.image, wanted, rtol=2e-4, atol=1e-6)


def test_counts_without_noise_give_the_image_back() -> None:
    model = small_model()
    truth = phantom(model)
    additive = np.full((16, AXIAL, ACROSS), 3.0, dtype=np.float32)
    weights = np.linspace(20.0, 15.0, 16)  # seconds x decay
    counts = model.forward(truth) * weights[:, None, None] + additive
    state = reconstruct_osem(
        counts, model, iterations=30, subsets=4, additive=additive, view_weights=weights
    )
    assert state.updates == 120
    assert float(state.image.sum() / truth.sum()) == pytest.approx(1.0, abs=2e-3)
    hot = truth > 10
    assert float(state.image[hot].mean()) == pytest.approx(12.0, rel=0.06)
    assert state.figures[-1].expected_counts == pytest.approx(counts.sum(), rel=1e-3)
    assert state.figures[-1].change_relative < 0.02


@pytest.mark.parametrize(("views", "subsets"), [(16, 5), (7, 3)])
def test_subsets_need_not_divide_the_views(views: int, subsets: int) -> None:
    model = small_model(views=views)
    truth = phantom(model)
    state = reconstruct_osem(model.forward(truth), model, iterations=12, subsets=subsets)
    assert float(state.image.sum() / truth.sum()) == pytest.approx(1.0, abs=0.01)


def test_taken_up_again_and_on_other_threads_it_is_the_same_bits() -> None:
    model = small_model()
    counts = np.random.default_rng(3).poisson(model.forward(phantom(model)) * 5.0)
    prior = RelativeDifferencePrior(strength_share=0.05)
    whole = reconstruct_osem(counts, model, iterations=4, subsets=4, prior=prior, threads=1)
    half = reconstruct_osem(counts, model, iterations=2, subsets=4, prior=prior, threads=3)
    done = reconstruct_osem(counts, model, iterations=2, subsets=4, prior=prior, start=half)
    np.testing.assert_array_equal(done.image, whole.image)
    assert done.figures == whole.figures
    assert done.iteration == 4


class StopAfter:
    """Says stop after so many steps."""

    def __init__(self, steps: int) -> None:
        self.steps, self.seen = steps, 0

    def stage(self, name: str) -> None:
        """Nothing."""

    def advance(self, done: int, total: int) -> None:
        self.seen = done

    def should_stop(self) -> bool:
        return self.seen >= self.steps


def test_stopped_it_gives_what_is_done() -> None:
    model = small_model(views=8)
    counts = model.forward(phantom(model))
    state = reconstruct_osem(counts, model, iterations=5, subsets=2, control=StopAfter(2))
    assert state.iteration == 2
    again = reconstruct_osem(counts, model, iterations=2, subsets=2)
    np.testing.assert_array_equal(state.image, again.image)


def test_what_no_view_sees_stays_empty() -> None:
    model = small_model(views=4, offset_mm=300.0)
    counts = np.zeros((4, AXIAL, ACROSS))
    assert reconstruct_osem(counts, model, iterations=1, subsets=2).image.max() == 0.0
    whole = small_model()
    state = reconstruct_osem(np.ones((16, AXIAL, ACROSS)), whole, iterations=2, subsets=4)
    assert state.image[:, ~whole.mask].max() == 0.0
    assert np.isfinite(state.image).all()


def test_the_priors_slope_is_its_penaltys_derivative() -> None:
    prior = RelativeDifferencePrior(strength_share=0.1, edge_factor=3.0)
    generator = np.random.default_rng(4)
    image = generator.random((4, 5, 3)).astype(np.float32) + 0.2
    slope = prior.slope(image, (4.0, 4.0, 6.0))
    for place in ((0, 0, 0), (2, 3, 1), (3, 4, 2), (1, 0, 2)):
        step = 1e-3
        up, down = image.astype(np.float64), image.astype(np.float64)
        up[place] += step
        down[place] -= step
        spacing = (4.0, 4.0, 6.0)
        wanted = (prior.penalty(up, spacing) - prior.penalty(down, spacing)) / (2 * step)
        assert slope[place] == pytest.approx(wanted, rel=2e-3, abs=1e-4)
    assert (prior.slope(np.zeros((3, 3, 3), np.float32), (4, 4, 4)) == 0).all()


def test_a_prior_lowers_noise_and_keeps_the_total() -> None:
    model = small_model()
    counts = np.random.default_rng(5).poisson(model.forward(phantom(model)) * 0.5)
    flat = (slice(None), slice(8, 16), slice(8, 12))
    noise = []
    for strength in (0.0, 0.05, 0.2):
        prior = RelativeDifferencePrior(strength_share=strength)
        state = reconstruct_osem(counts, model, iterations=8, subsets=4, prior=prior)
        noise.append(float(state.image[flat].std() / state.image[flat].mean()))
        assert float(state.image.sum() / phantom(model).sum() / 0.5) == pytest.approx(1, abs=0.06)
    plain = reconstruct_osem(counts, model, iterations=8, subsets=4)
    assert noise[0] == pytest.approx(float(plain.image[flat].std() / plain.image[flat].mean()))
    assert noise[2] < noise[1] < 0.85 * noise[0]


def test_the_filter_widens_a_point_as_it_says_and_keeps_the_total() -> None:
    grid = Grid.from_spacing((31, 33, 35), spacing_mm=(3.0, 2.0, 2.0))
    values = np.zeros(grid.shape)
    values[15, 16, 17] = 10.0
    soft = smooth_gaussian(Volume(values=values, grid=grid, quantity=Quantity.COUNTS), 9.0).values
    assert float(soft.sum(dtype=np.float64)) == pytest.approx(10.0, rel=1e-5)
    place = (np.arange(31) - 15) * 3.0
    variance = float((soft.sum(axis=(1, 2)) * place**2).sum() / soft.sum())
    assert np.sqrt(variance) * 2.3548 == pytest.approx(9.0, rel=0.01)
    with pytest.raises(InputError, match="width"):
        smooth_gaussian(Volume(values=values, grid=grid, quantity=Quantity.COUNTS), -1.0)


def test_what_does_not_fit_is_refused() -> None:
    model = small_model(views=4)
    counts = np.ones((4, AXIAL, ACROSS))
    with pytest.raises(GridError, match="same views"):
        reconstruct_osem(counts[:3], model, iterations=1, subsets=1)
    with pytest.raises(InputError, match="below 0"):
        reconstruct_osem(counts, model, iterations=1, subsets=1, additive=-counts)
    with pytest.raises(InputError, match="weight"):
        reconstruct_osem(counts, model, iterations=1, subsets=1, view_weights=[1.0, 1.0])
    with pytest.raises(InputError, match="iteration"):
        reconstruct_osem(counts, model, iterations=0, subsets=1)
    state = reconstruct_osem(counts, model, iterations=1, subsets=2)
    with pytest.raises(InputError, match="other subsets"):
        reconstruct_osem(counts, model, iterations=1, subsets=4, start=state)
    other = OsemState(
        image=np.ones((2, 2, 2), np.float32),
        grid=Grid.from_spacing((2, 2, 2), spacing_mm=(4, 4, 4)),
        iteration=1,
        subsets=2,
        figures=(),
    )
    with pytest.raises(GridError, match="another grid"):
        reconstruct_osem(counts, model, iterations=1, subsets=2, start=other)
    with pytest.raises(InputError, match="prior"):
        RelativeDifferencePrior(strength_share=-1.0)


class Haze:
    """As much again as the image itself, evenly over each view: a scatter that can't be sharper."""

    def __init__(self, share: float) -> None:
        self.share = share

    def expected_counts(
        self, image: NDArray[np.float32], views: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        even = self.share * image.sum(dtype=np.float64) / (AXIAL * ACROSS)
        return np.full((views.size, AXIAL, ACROSS), even, dtype=np.float32)


def with_haze(model: SystemModel, truth: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    views = np.arange(model.geometry.view_count)
    return np.asarray(model.forward(truth) + Haze(share).expected_counts(truth, views))


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_what_the_image_itself_adds_is_found_without_swinging(share: float) -> None:
    """Counts A x + S x, S x of the straight counts' order: the image comes back, step by step.

    Without attenuation straight counts are the image's total in each view, so that S x is `share`
    of them.
    """
    model = small_model(radius_of_water=0.0)
    truth = phantom(model)
    counts = with_haze(model, truth, share)
    wrong = []
    state = None
    for state in iterate_osem(counts, model, iterations=12, subsets=4, additive_model=Haze(share)):
        wrong.append(float(np.linalg.norm(state.image - truth)))
        # four updates put the total right up to what the image's shape still lacks
        assert state.image.sum() == pytest.approx(float(truth.sum()), rel=0.1)
    assert state is not None
    assert state.image.sum() == pytest.approx(float(truth.sum()), rel=0.02)
    assert all(later < earlier for earlier, later in pairwise(wrong))
    likelihoods = [figures.log_likelihood for figures in state.figures]
    assert likelihoods[-1] > likelihoods[0]
    assert state.figures[-1].expected_counts == pytest.approx(float(counts.sum()), rel=0.015)


def test_a_model_that_adds_nothing_changes_nothing() -> None:
    model = small_model()
    counts = model.forward(phantom(model))
    plain = reconstruct_osem(counts, model, iterations=2, subsets=4)
    modelled = reconstruct_osem(counts, model, iterations=2, subsets=4, additive_model=Haze(0.0))
    assert np.array_equal(plain.image, modelled.image)


def test_weights_and_rows_act_on_what_the_image_adds() -> None:
    """Views of half the weight see half of straight counts and haze; dark rows see nothing."""
    model = small_model(radius_of_water=0.0)
    truth = phantom(model)
    weights = np.where(np.arange(16) % 2, 0.5, 1.5)
    rows = np.array([0.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    counts = with_haze(model, truth, 0.5) * weights[:, None, None] * rows[:, None]
    state = reconstruct_osem(
        counts, model, iterations=10, subsets=4, additive_model=Haze(0.5), view_weights=weights,
        row_weights=rows,
    )  # fmt: skip
    assert state.image[1:].sum() == pytest.approx(float(truth[1:].sum()), rel=0.03)


def test_steps_are_the_iterations_of_the_whole() -> None:
    model = small_model()
    counts = model.forward(phantom(model))
    steps = list(iterate_osem(counts, model, iterations=3, subsets=4))
    whole = reconstruct_osem(counts, model, iterations=3, subsets=4)
    assert [one.iteration for one in steps] == [1, 2, 3]
    assert np.array_equal(steps[-1].image, whole.image)
    assert steps[-1].figures == whole.figures
