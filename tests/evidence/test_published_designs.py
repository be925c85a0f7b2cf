"""Escalation designs against operating characteristics that others published.

What is simulated here has so many trials (`OURS`) that the published table's own error decides. A
share p of N trials has the standard error sqrt(p (1 - p) / N), taken at our p (with two trials
added either way, so that a printed 0 is allowed its error); a mean over N trials the deviation
between our trials over sqrt(N). Both simulations' variances add. Printed digits add half a unit of
the last one. `SIGMAS` = 4: of 96 numbers, one falls outside by chance in 1 of 160 runs, and seeds
are fixed.
"""

import functools
import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad

from hevesy.evidence import (
    CrmRules,
    Operating,
    advise_crm,
    boin_boundaries,
    simulate_boin,
    simulate_crm,
    three_plus_three,
)
from tests.evidence.published_designs import (
    BOIN,
    THREE_PLUS_THREE,
    VIOLA,
    VIOLA_PATHS,
    ZHAO,
    Published,
    ZhaoRow,
)

OURS, SIGMAS = 40_000, 4.0
SKELETON = (0.03, 0.07, 0.12, 0.20, 0.30, 0.40, 0.52)
VIOLA_RULES = CrmRules(
    start_level=2, prior_variance_factor=0.75, coherence="share", enough_patients=12,
    toxic_share=0.3, certainty_share=0.72,
)  # fmt: skip


def share_error(share: float, trials: int) -> float:
    near = (share * trials + 2) / (trials + 4)
    return math.sqrt(near * (1 - near) * (1 / trials + 1 / OURS))


def hold(found: Operating, said: Published, *, printed: float, digits: float) -> None:
    """Every share and every mean of a published table."""
    shares = (*found.selected, found.none_share)
    for ours, theirs in zip(shares, said.taken, strict=True):
        room = SIGMAS * share_error(ours, said.trials) + printed / 100
        assert abs(ours - theirs / 100) < room, (said.name, ours, theirs)
    spread = math.sqrt(1 / said.trials + 1 / OURS)
    for ours, theirs, sd in zip(found.patients, said.patients, found.patients_sd[:-1], strict=True):
        room = SIGMAS * max(sd, 0.3) * spread + digits
        assert abs(ours - theirs) < room, (said.name, ours, theirs)


@pytest.mark.parametrize("said", BOIN, ids=lambda one: one.name)
def test_boin_as_the_authors_package_simulates_it(said: Published) -> None:
    found = simulate_boin(
        said.truth, target_share=0.3, cohorts=10, cohort_size=3, trials=OURS, seed=11,
        enough_patients=18,
    )  # fmt: skip
    hold(found, said, printed=0.05, digits=0.05)
    for ours, theirs, treated, truth in zip(
        found.events, said.events, found.patients, said.truth, strict=True
    ):
        assert ours == pytest.approx(truth * treated, abs=0.03)
        assert ours == pytest.approx(theirs, abs=0.05 + 4 * math.sqrt(max(ours, 0.01) / 500))


def test_boin_stricter_at_the_lowest_level() -> None:
    """24.5 and 43.3 % of 1000 trials took no level (same vignette, "Design options")."""
    for strict, printed in ((None, 0.245), (0.90, 0.433)):
        found = simulate_boin(
            (0.35, 0.45, 0.55, 0.65, 0.75), target_share=0.3, cohorts=12, cohort_size=3,
            trials=OURS, seed=12, enough_patients=18, lowest_share=strict,
        )  # fmt: skip
        room = SIGMAS * share_error(found.none_share, 1000)
        assert abs(found.none_share - printed) < room + 0.0005
    rules = boin_boundaries(0.3, most=18, lowest_share=0.90)
    assert rules.stop_lowest[2::3] == (2, 4, 5, 6, 7, 8)  # as that vignette prints it
    assert rules.eliminate[2::3] == (3, 4, 5, 7, 8, 9)


def test_boin_table_with_one_of_three() -> None:
    """Zhao et al. 2024, table 1, 3 to 12 patients; without the change 1 of 3 goes down."""
    plain = boin_boundaries(0.25, most=12)
    found = boin_boundaries(0.25, most=12, stay_at_one_of_three=True)
    assert found.escalate[2:] == (0, 0, 0, 1, 1, 1, 1, 1, 2, 2)
    assert found.deescalate[2:] == (2, 2, 2, 2, 3, 3, 3, 3, 4, 4)
    assert found.eliminate[2:] == (3, 3, 3, 4, 4, 4, 5, 5, 6, 6)
    assert plain.deescalate[2] == 1


@pytest.mark.parametrize("said", ZHAO, ids=lambda one: f"{one.table}-{one.truth.index(0.25) + 1}")
def test_boin_as_zhao_and_others_publish_it(said: ZhaoRow) -> None:
    """2 points and 0.4 patients: not a standard error, for the number of trials is not known to us.

    The article's two runs of one design (tables 4 and A2) differ by up to 1.3 points among
    themselves. Its trials go by a calendar and treat up to 0.3 patients fewer than ours, for a
    reason that the tables do not tell; without the early end's "would stay" it is 2 to 5.
    """
    found = simulate_boin(
        said.truth, target_share=0.25, cohorts=10, cohort_size=3, trials=OURS, seed=13,
        enough_patients=9, stay_at_one_of_three=said.stay,
    )  # fmt: skip
    at = said.truth.index(0.25)
    assert 100 * found.selected[at] == pytest.approx(said.right, abs=2.0)
    if said.above is not None:
        assert 100 * sum(found.selected[at + 1 :]) == pytest.approx(said.above, abs=2.0)
    ours = (sum(found.patients[:at]), found.patients[at], sum(found.patients[at + 1 :]))
    for mine, theirs in zip(ours, said.patients, strict=True):
        if theirs is not None:
            assert mine == pytest.approx(theirs, abs=0.4)
    assert found.mean_patients == pytest.approx(said.total, abs=0.4)


def test_three_plus_three_of_five_levels_exactly() -> None:
    """Printed to 0.1: half of that."""
    found, said = three_plus_three(THREE_PLUS_THREE.truth), THREE_PLUS_THREE
    shares = [100 * one for one in (*found.selected, found.none_share)]
    assert shares == pytest.approx(said.taken, abs=0.05)
    assert found.patients == pytest.approx(said.patients, abs=0.05)
    assert found.events == pytest.approx(said.events, abs=0.05)
    assert found.mean_patients == pytest.approx(13.1, abs=0.05)


@pytest.mark.parametrize("path", VIOLA_PATHS, ids=lambda one: "-".join(map(str, one)))
def test_crm_gives_the_doses_of_violas_pathways(path: tuple[int, ...]) -> None:
    """Every decision after one, two and three cohorts that the vignette prints."""
    levels: list[int] = []
    toxic: list[bool] = []
    for cohort, bad in enumerate(path):
        dose = 0 if cohort == 0 else VIOLA_PATHS[path[:cohort]]
        assert dose is not None
        levels += [dose + 2] * 3
        toxic += [True] * bad + [False] * (3 - bad)
    found = advise_crm(SKELETON, target_share=0.2, levels=levels, toxic=toxic, rules=VIOLA_RULES)
    wanted = VIOLA_PATHS[path]
    assert found.level == (None if wanted is None else wanted + 2)
    assert found.ends == ("toxic" if wanted is None else "")


@pytest.mark.parametrize("said", VIOLA, ids=lambda one: one.name)
def test_crm_as_violas_vignette_simulates_it(said: Published) -> None:
    """There no level is skipped on the way down either, and the last advice is what is taken."""
    rules = CrmRules(
        start_level=2, prior_variance_factor=0.75, coherence="share", enough_patients=12,
        toxic_share=0.3, certainty_share=0.72, skips_down=False, takes_next=True,
    )  # fmt: skip
    found = simulate_crm(
        said.truth, skeleton=SKELETON, target_share=0.2, patients=21, cohort_size=3,
        trials=OURS // 4, seed=14, rules=rules,
    )  # fmt: skip
    hold(found, said, printed=0.5, digits=0.005)


def test_boin_against_a_chain_over_every_state() -> None:
    """Three cohorts of 2 at two levels, an early end at 4: the exact distribution of states.

    Written anew, as a dictionary of states and their probabilities; 200,000 trials, 4 standard
    errors.
    """
    truth, rules = (0.15, 0.45), boin_boundaries(0.3, most=6)
    states: dict[tuple[int, int, int, int, int, int], float] = {(0, 0, 0, 0, 0, 1): 1.0}
    ended: dict[tuple[int, int, int, int, int, int], float] = {}
    for _ in range(3):
        after: dict[tuple[int, int, int, int, int, int], float] = {}
        for (n0, y0, n1, y1, level, top), chance in states.items():
            for bad in range(3):
                p = truth[level]
                weight = chance * math.comb(2, bad) * p**bad * (1 - p) ** (2 - bad)
                n, y = [n0, n1], [y0, y1]
                n[level] += 2
                y[level] += bad
                row, toxic, new, high = n[level] - 1, y[level], level, top
                limit = rules.eliminate[row]
                if limit is not None and toxic >= limit:
                    high = new = level - 1
                elif toxic >= rules.deescalate[row]:
                    new = max(level - 1, 0)
                elif toxic <= rules.escalate[row]:
                    new = min(level + 1, high)
                state = (n[0], y[0], n[1], y[1], new, high)
                place = ended if high < 0 or (n[level] >= 4 and new == level) else after
                place[state] = place.get(state, 0.0) + weight
        states = after
    for state, chance in states.items():
        ended[state] = ended.get(state, 0.0) + chance
    exact = np.zeros(3)
    for (n0, _, n1, _, _, top), chance in ended.items():
        exact[:2] += chance * np.array([n0, n1])
        exact[2] += chance * (top < 0)
    assert sum(ended.values()) == pytest.approx(1.0)
    found = simulate_boin(truth, target_share=0.3, cohorts=3, cohort_size=2, trials=200_000,
                          seed=15, enough_patients=4)  # fmt: skip
    for ours, wanted, error in zip(
        (*found.patients, found.none_share), exact,
        (*found.patients_uncertainty, found.none_uncertainty), strict=True,
    ):  # fmt: skip
        assert abs(ours - wanted) < 4 * error + 1e-12


@pytest.mark.parametrize("coherence", ["last", "share"])
def test_crm_against_every_course_of_three_cohorts(coherence: str) -> None:
    """Posterior means by quadrature, rules written anew; 20,000 trials, 4 standard errors."""
    skeleton, truth, target = np.array([0.08, 0.2, 0.4]), (0.15, 0.35, 0.6), 0.25

    @functools.cache
    def wanted(n: tuple[int, ...], y: tuple[int, ...]) -> int:
        def weight(a: float) -> float:
            p = skeleton ** math.exp(a)
            return float(np.prod(p**y * (1 - p) ** np.subtract(n, y)) * math.exp(-a * a / 2.68))

        whole, _ = quad(weight, -7, 7, epsabs=1e-13)
        mean = quad(lambda a: a * weight(a), -7, 7, epsabs=1e-13)[0] / whole
        return int(np.argmin(np.abs(skeleton ** math.exp(mean) - target)))

    exact = np.zeros(7)  # taken by level, treated by level, treated in all

    def go(cohort: int, chance: float, n: tuple[int, ...], y: tuple[int, ...], at: int) -> None:
        for outcome in itertools.product((0, 1), repeat=2):
            p = truth[at]
            weight = chance * math.prod(p if bad else 1 - p for bad in outcome)
            n2 = tuple(v + 2 * (i == at) for i, v in enumerate(n))
            y2 = tuple(v + sum(outcome) * (i == at) for i, v in enumerate(y))
            top = max(i for i, v in enumerate(n2) if v)
            model = wanted(n2, y2)
            if cohort == 3:
                exact[min(model, top)] += weight
                exact[3:6] += weight * np.array(n2)
                continue
            level = min(model, top + 1)
            stop = outcome[-1] if coherence == "last" else y2[at] / n2[at] > target
            go(cohort + 1, weight, n2, y2, min(level, at) if stop else level)

    go(1, 1.0, (0, 0, 0), (0, 0, 0), 0)
    found = simulate_crm(
        truth, skeleton=skeleton.tolist(), target_share=target, patients=6, cohort_size=2,
        trials=20_000, seed=16, rules=CrmRules(coherence=coherence),
    )  # fmt: skip
    assert exact[:3].sum() == pytest.approx(1.0)
    assert found.mean_patients == 6
    for ours, whole, error in zip(
        (*found.selected, *found.patients), exact[:6],
        (*found.selected_uncertainty, *found.patients_uncertainty), strict=True,
    ):  # fmt: skip
        assert abs(ours - whole) < 4 * error + 1e-9
