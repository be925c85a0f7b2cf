"""The Sankey: what goes in comes out, and nothing is counted twice."""

import itertools
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import InputError
from hevesy.images import Region
from hevesy.quantification.balance import ActivityBalance, ActivityPart, balance_activity
from hevesy.report.flows import lay_out_ribbons, spread_labels
from hevesy.report.projections import draw_projections
from hevesy.report.sample import sample_result
from hevesy.report.style import drawing, looks
from hevesy.report.whereabouts import draw_whereabouts, scan_balances

STYLES = looks(["lesion 1", "liver"], ["lesion 1"])


@given(st.lists(st.floats(0.0, 1e12), min_size=1, max_size=12).filter(lambda a: sum(a) > 1e-3))
def test_ribbons_conserve_the_flow(amounts):
    ribbons = lay_out_ribbons(amounts, gap=0.03)
    assert sum(r.width for r in ribbons) == pytest.approx(1.0, abs=1e-12)
    for amount, ribbon in zip(amounts, ribbons, strict=True):
        assert ribbon.width == pytest.approx(amount / sum(amounts), abs=1e-12)
    for upper, lower in itertools.pairwise(ribbons):
        assert upper.start == pytest.approx(lower.start + lower.width, abs=1e-12)
        assert upper.end >= lower.end + lower.width + 0.03 - 1e-9  # they do not cross


@pytest.mark.parametrize("amounts", [[], [0.0, 0.0], [1.0, -0.1]])
def test_no_flow_of_less_than_nothing(amounts):
    with pytest.raises(InputError, match="as 0, and say so"):
        lay_out_ribbons(amounts, gap=0.0)


@given(st.lists(st.floats(-0.2, 1.2), min_size=1, max_size=12))
def test_labels_do_not_lie_on_each_other(wanted):
    wanted = sorted(wanted, reverse=True)
    places = spread_labels(wanted, apart=0.1, highest=1.1)
    assert all(a - b >= 0.1 - 1e-9 for a, b in itertools.pairwise(places))
    assert places[0] <= 1.1


def test_the_balance_by_hand():
    # 600 MBq; 188Re halves in 17.005 h (ICRP-107); the sample's totals halve in 16 h
    for (_, balance), hours in zip(scan_balances(sample_result()), (1.0, 24.0, 72.0), strict=True):
        found = {part.name: part.activity_bq / 1e6 for part in balance.parts}
        left, total = 600 * 0.5 ** (hours / 17.005), 600 * 0.5 ** (hours / 16)
        assert found["decayed"] == pytest.approx(600 - left, rel=1e-4)
        assert found["lesion 1"] == pytest.approx(500 * 0.5 ** (hours / 16), rel=1e-9)
        assert found["rest of body"] == pytest.approx(total - found["lesion 1"] - found["liver"])
        assert found["excreted or not in the field"] == pytest.approx(left - total, rel=2e-3)
        assert sum(found.values()) == pytest.approx(600, rel=1e-12)


def test_uncertainty_of_the_rest_by_drawing():
    # Independent check: draw calibration and the regions' own errors, look at the spread.
    rng = np.random.default_rng(7)
    own, common, given_u = np.array([0.6e6, 0.3e6]), 0.05, 0.02
    true = np.array([40e6, 12e6])
    regions = [
        ActivityPart(
            name=str(n), kind="organ", activity_bq=a, uncertainty_bq=np.hypot(s, common * a)
        )
        for n, (a, s) in enumerate(zip(true, own, strict=True))
    ]
    balance = balance_activity(
        injected_bq=100e6, injected_relative_uncertainty=given_u, remaining_share=0.8,
        regions=regions, total_bq=70e6, calibration_relative_uncertainty=common,
    )  # fmt: skip
    factor = 1 + common * rng.standard_normal(200_000)
    seen = factor[:, None] * true + own * rng.standard_normal((200_000, 2))
    rest = factor * 70e6 - seen.sum(axis=1)
    unseen = 80e6 * (1 + given_u * rng.standard_normal(200_000)) - factor * 70e6
    # the spread of 200 000 draws is known to 1/sqrt(400 000) = 0.16 %: five times that
    assert balance.parts[2].uncertainty_bq == pytest.approx(rest.std(), rel=0.008)
    assert balance.parts[3].uncertainty_bq == pytest.approx(unseen.std(), rel=0.008)


def test_uncertainty_of_the_shares_by_drawing():
    # Two courses of uncertain activity; the share that is left of both, of 90 % still in the body.
    rng = np.random.default_rng(8)
    sigma, common = np.array([0.04, 0.02]), 0.03
    whole, still = np.array([100e6, 60e6]), np.array([0.3, 0.8])
    present, total = float(whole @ still), 160e6
    lesion = ActivityPart(
        name="lesion", kind="lesion", activity_bq=0.5 * present,
        uncertainty_bq=common * 0.5 * present,
    )  # fmt: skip
    balance = balance_activity(
        injected_bq=total, injected_relative_uncertainty=float(np.hypot(*(sigma * whole)) / total),
        remaining_share=present / total,
        remaining_share_uncertainty=float(
            np.hypot(*((still - present / total) * sigma * whole / total))
        ),
        remaining_covariance_share=float(
            (still - present / total) @ (sigma * whole / total) ** 2
        ),
        regions=[lesion], total_bq=0.9 * present, calibration_relative_uncertainty=common,
    )  # fmt: skip
    # what was truly given and what the camera's factor truly is, about what was stated and read
    true = whole * (1 + sigma * rng.standard_normal((200_000, 2)))
    given, left = true.sum(axis=1), true @ still
    seen = present * (1 + common * rng.standard_normal(200_000))
    drawn = (0.5 * seen / given, 0.4 * seen / given, (left - 0.9 * seen) / given, 1 - left / given)
    for (value, spread), share in zip(balance.shares, drawn, strict=True):
        assert value == pytest.approx(share.mean(), abs=5e-4)  # second order: (2.6 %)^2
        assert spread == pytest.approx(share.std(), rel=0.009)  # 5 x 0.16 %, and second order
    assert sum(value for value, _ in balance.shares) == pytest.approx(1.0, abs=1e-12)


def test_what_decayed_of_one_course_has_no_uncertainty():
    for _, balance in scan_balances(sample_result()):
        assert balance.parts[-1].kind == "decayed"
        assert balance.shares[-1][1] == 0.0  # exactly: no rounding stands for it
        assert balance.parts[-1].uncertainty_bq > 0.0


def test_a_region_around_another_does_not_count_twice():
    result = sample_result()
    lesion, liver = result.masks
    around = Region(name="liver", mask=liver.mask | lesion.mask, grid=liver.grid)
    (_, balance), *_ = scan_balances(replace(result, masks=(lesion, around)))
    assert "liver" not in {part.name for part in balance.parts}
    assert sum(p.activity_bq for p in balance.parts) == pytest.approx(600e6, rel=1e-12)
    with drawing():
        picture = draw_whereabouts(replace(result, masks=(lesion, around)), STYLES)
    assert "liver overlaps lesion 1" in picture.caption


def test_below_nothing_is_drawn_as_nothing_and_said():
    result = sample_result()
    shots = tuple(replace(p, total_activity_mbq=400.0) for p in result.pictures[:1])
    with drawing():
        picture = draw_whereabouts(replace(result, pictures=shots), STYLES)
    assert "rest of the body came out below 0 and is drawn as 0 (scan 1" in picture.caption


def test_two_courses_add_what_is_left_of_the_first():
    result = sample_result()
    second = replace(
        result.administrations[0], course=2,
        time=result.administrations[0].time + timedelta(hours=17.005),
    )  # fmt: skip
    shot = replace(
        result.pictures[0], start=second.time + timedelta(hours=17.005), total_activity_mbq=300.0
    )
    both = replace(result, administrations=(result.administrations[0], second), pictures=(shot,))
    ((_, balance),) = scan_balances(both)
    assert balance.injected_bq == pytest.approx(1200e6)
    assert balance.parts[-1].activity_bq == pytest.approx(1200e6 - 450e6, rel=1e-4)


def test_parts_that_do_not_add_up_are_no_balance():
    part = ActivityPart(name="a", kind="organ", activity_bq=1.0, uncertainty_bq=None)
    with pytest.raises(InputError, match="do not add up"):
        ActivityBalance(injected_bq=2.0, parts=(part,), shares=((0.5, None),))
    with pytest.raises(InputError, match="a share for each part"):
        ActivityBalance(injected_bq=1.0, parts=(part,), shares=())


def test_what_a_scan_did_not_see_is_hatched_and_lesions_are_outlined():
    result = sample_result()
    rows, columns = result.pictures[0].coronal_mip.shape
    seen = np.ones((rows, columns), dtype=bool)
    seen[: rows // 2] = False
    shots = tuple(
        replace(p, corner_mm=(-168.0, 144.0), seen=seen if n == 2 else None)
        for n, p in enumerate(result.pictures)
    )
    with drawing():
        drawn = draw_projections(replace(result, pictures=shots), STYLES)
        plain = draw_projections(result)
    assert "Hatched" in drawn.caption
    assert "lesions as drawn" in drawn.caption
    assert "Hatched" not in plain.caption
    assert drawn.uri != plain.uri
