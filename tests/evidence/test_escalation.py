"""Escalation designs: published boundaries and values, exact sums, quadrature."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binom, norm

from hevesy.errors import TrialError
from hevesy.evidence import (
    boin_boundaries,
    reassess,
    simulate_boin,
    simulate_crm,
    three_plus_three,
)

LIU_YUAN = {
    0.15: (0.118, 0.179), 0.20: (0.157, 0.238), 0.25: (0.197, 0.298), 0.30: (0.236, 0.358),
    0.35: (0.276, 0.419), 0.40: (0.316, 0.479),
}  # fmt: skip
"""Liu and Yuan, J R Stat Soc C 2015;64:507, table 1 (default interval 0.6 to 1.4 of the target)."""

TABLE_30 = {
    "escalate": (0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4),
    "deescalate": (1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 6, 6, 6, 7, 7, 7, 8),
    "eliminate": (None, None, 3, 3, 4, 4, 5, 5, 5, 6, 6, 7, 7, 8, 8, 8, 9, 9, 9, 10),
}
"""The table that the authors' package BOIN prints for a target of 0.3, 1 to 20 patients."""


@pytest.mark.parametrize("target", LIU_YUAN)
def test_boin_published_intervals(target: float) -> None:
    """Three decimals, cut or rounded in the table: within 0.001."""
    found = boin_boundaries(target, most=3)
    assert found.escalate_share == pytest.approx(LIU_YUAN[target][0], abs=0.001)
    assert found.deescalate_share == pytest.approx(LIU_YUAN[target][1], abs=0.001)


def test_boin_published_table() -> None:
    found = boin_boundaries(0.3, most=20)
    assert found.escalate_share == pytest.approx(0.2364907, abs=1e-7)  # as the package prints
    assert found.deescalate_share == pytest.approx(0.3585195, abs=1e-7)
    for name, row in TABLE_30.items():
        assert getattr(found, name) == row


def test_boin_simulation_against_every_course_of_two_cohorts() -> None:
    """Exact expectation of the second cohort's level, enumerated; 4000 trials, SE below 0.008."""
    truth = (0.2, 0.4)
    found = simulate_boin(truth, target_share=0.3, cohorts=2, cohort_size=3, trials=4000, seed=2)
    up = binom.pmf(0, 3, truth[0])
    shut = binom.sf(2, 3, truth[0])
    assert found.patients[1] == pytest.approx(3 * up, abs=0.1)
    assert found.patients[0] == pytest.approx(3 + 3 * (1 - up - shut), abs=0.1)
    shut_later = sum(binom.pmf(k, 3, truth[0]) * binom.sf(3 - k, 3, truth[0]) for k in (1, 2))
    assert found.none_share == pytest.approx(shut + shut_later, abs=0.02)


def test_three_plus_three_published() -> None:
    """Le, Introductory Biostatistics, answer 12.4: levels of 0.4 and 0.5, the first is taken."""
    assert three_plus_three([0.4, 0.5]).selected[0] == pytest.approx(0.256, abs=5e-4)


def test_three_plus_three_enumerated() -> None:
    """Every course of three levels by brute force, outcome by outcome."""
    truth = (0.1, 0.3, 0.5)
    taken, patients = np.zeros(4), np.zeros(3)

    def go(level: int, chance: float) -> None:
        if level == 3:
            taken[2] += chance
            return
        for first in itertools.product((0, 1), repeat=3):
            p = chance * np.prod([truth[level] if t else 1 - truth[level] for t in first])
            patients[level] += 3 * p
            if sum(first) == 0:
                go(level + 1, p)
            elif sum(first) == 1:
                patients[level] += 3 * p
                clean = (1 - truth[level]) ** 3
                go(level + 1, p * clean)
                taken[level - 1 if level else 3] += p * (1 - clean)
            else:
                taken[level - 1 if level else 3] += p

    go(0, 1.0)
    found = three_plus_three(truth)
    assert found.selected == pytest.approx(taken[:3])
    assert found.none_share == pytest.approx(taken[3])
    assert found.patients == pytest.approx(patients)
    assert found.events == pytest.approx(patients * truth)


def test_crm_published() -> None:
    """Cheung 2011, page 21: logistic, intercept 3; the five patients of his example."""
    found = reassess(
        [0.05, 0.12, 0.25, 0.40, 0.55], target_share=0.25, model="logistic",
        levels=[2, 4, 4, 2, 3], toxic=[False, False, True, False, False],
    )  # fmt: skip
    assert found.level == 3  # the fourth
    assert found.parameter[0] == pytest.approx(0.28, abs=0.005)
    assert found.toxicities == pytest.approx([0.01, 0.03, 0.08, 0.18, 0.33], abs=0.005)


def test_crm_power_model_against_quadrature() -> None:
    skeleton, levels = [0.1, 0.15, 0.25, 0.4, 0.65], [0] * 3 + [1] * 6 + [2] * 3
    toxic = [False] * 4 + [True] + [False] * 4 + [True, True, False]

    def weight(a: float) -> float:
        p = np.array(skeleton)[levels] ** np.exp(a)
        return float(np.prod(np.where(toxic, p, 1 - p)) * norm.pdf(a, scale=1.34**0.5))

    whole = quad(weight, -8, 8, epsabs=1e-14)[0]
    mean = quad(lambda a: a * weight(a), -8, 8, epsabs=1e-14)[0] / whole
    found = reassess(skeleton, target_share=0.25, levels=levels, toxic=toxic)
    assert found.parameter[0] == pytest.approx(mean, abs=1e-6)
    assert found.toxicities == pytest.approx(np.array(skeleton) ** np.exp(mean), abs=1e-6)


def test_crm_skips_no_level() -> None:
    found = simulate_crm(
        [0.001, 0.001, 0.001], skeleton=[0.05, 0.2, 0.4], target_share=0.3, patients=9,
        cohort_size=3, trials=50, seed=1,
    )  # fmt: skip
    assert found.patients == pytest.approx([3, 3, 3], abs=0.2)


@pytest.mark.parametrize("design", ["boin", "crm"])
def test_the_right_level_is_found_more_often_with_more_patients(design: str) -> None:
    truth = [0.08, 0.3, 0.55]
    shares = []
    for patients in (9, 60):
        if design == "boin":
            found = simulate_boin(truth, target_share=0.3, cohorts=patients // 3, cohort_size=3,
                                  trials=300, seed=3)  # fmt: skip
        else:
            found = simulate_crm(truth, skeleton=[0.15, 0.3, 0.45], target_share=0.3,
                                 patients=patients, cohort_size=3, trials=150, seed=3)  # fmt: skip
        assert sum(found.selected) + found.none_share == pytest.approx(1)
        shares.append(found.selected[1])
    assert shares[1] > shares[0]
    assert shares[1] > 0.75


def test_refusals() -> None:
    with pytest.raises(TrialError, match="do not fall"):
        three_plus_three([0.3, 0.2])
    with pytest.raises(TrialError, match="target"):
        boin_boundaries(0.0, most=3)
    with pytest.raises(TrialError, match="1 to 200 cohorts"):
        simulate_boin([0.1], target_share=0.3, cohorts=0, cohort_size=3, trials=10, seed=1)
    with pytest.raises(TrialError, match="do not fit"):
        simulate_crm([0.1, 0.2], skeleton=[0.1], target_share=0.3, patients=3, cohort_size=3,
                     trials=1, seed=1)  # fmt: skip
    with pytest.raises(TrialError, match="does not exist"):
        reassess([0.1], target_share=0.3, levels=[1], toxic=[False])
