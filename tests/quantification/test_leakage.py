"""Shares of an injection: they add up to 1, and their errors are those of drawn inputs."""

import math

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.quantification import InjectedPart, share_injection

NET, DECAY = 1e9, 0.4


def part(share: float, own: float) -> InjectedPart:
    return InjectedPart(activity_bq=share * NET * DECAY, own_uncertainty_bq=own * NET * DECAY)


PARTS = {"tract": part(0.02, 0.005), "rim": part(-0.01, 0.01), "liver": part(0.1, 0.02)}


def shares(**changes: float):  # type: ignore[no-untyped-def]
    values = {
        "net_bq": NET,
        "net_relative_uncertainty": 0.02,
        "decay_factor": DECAY,
        "calibration_relative_uncertainty": 0.03,
        **changes,
    }
    return share_injection(
        lesions=[part(0.5, 0.02), part(0.2, 0.01)], parts=PARTS, at_site=["tract", "rim"], **values
    )


def test_everything_adds_up_to_what_was_injected() -> None:
    found = shares()
    assert found.retained[0] == pytest.approx(0.7, rel=1e-12)
    assert found.leaked[0] == pytest.approx(0.3, rel=1e-12)
    assert found.extravasation[0] == pytest.approx(0.01, rel=1e-12)
    everything = found.retained[0] + sum(share for _, share, _ in found.parts) + found.rest[0]
    assert everything == pytest.approx(1.0, abs=1e-12)


def test_uncertainties_are_the_spread_of_drawn_inputs() -> None:
    """40 000 draws: the spread is known to 0.35 %, five of which are allowed."""
    rng = np.random.default_rng(11)
    n = 40_000
    scale = (1 + 0.03 * rng.standard_normal(n)) / (1 + 0.02 * rng.standard_normal(n))
    drawn = {
        name: scale * (share + own * rng.standard_normal(n))
        for name, share, own in (
            ("a", 0.5, 0.02), ("b", 0.2, 0.01), ("tract", 0.02, 0.005), ("rim", -0.01, 0.01),
            ("liver", 0.1, 0.02),
        )
    }  # fmt: skip
    found = shares()
    retained = drawn["a"] + drawn["b"]
    assert found.retained[1] == pytest.approx(retained.std(), rel=0.02)
    assert found.leaked[1] == pytest.approx((1 - retained).std(), rel=0.02)
    assert found.extravasation[1] == pytest.approx((drawn["tract"] + drawn["rim"]).std(), rel=0.02)
    assert found.rest[1] == pytest.approx((1 - sum(drawn.values())).std(), rel=0.02)
    for name, _, uncertainty in found.parts:
        assert uncertainty == pytest.approx(drawn[name].std(), rel=0.02)


@pytest.mark.parametrize(
    "changes",
    [
        {"net_bq": 0.0},
        {"net_bq": math.inf},
        {"decay_factor": 0.0},
        {"decay_factor": 1.1},
        {"net_relative_uncertainty": -0.1},
        {"calibration_relative_uncertainty": 1.0},
    ],
)
def test_refused(changes: dict[str, float]) -> None:
    with pytest.raises(InputError, match="shares of an injection"):
        shares(**changes)
    with pytest.raises(InputError, match="finite"):
        InjectedPart(activity_bq=math.nan, own_uncertainty_bq=0.0)
    with pytest.raises(InputError, match="finite"):
        InjectedPart(activity_bq=1.0, own_uncertainty_bq=-1.0)
