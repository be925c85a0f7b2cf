"""The running dose: stored patients run again, coverage as stored, and the page."""

import functools
from typing import Any

import pytest
from benchmarks import monitor_page
from benchmarks.monitor_coverage import PAGES, load, run_patient, stored_priors

SAMPLE = (1, 17)
# Sampling is by accept and reject: another machine's rounding makes another sample of 2000 curves.
# A quantile is then known to 0.02 (four of it), a median to 2 % of the first interval's width.
QUANTILE, RATIO = 0.09, 0.06


@functools.cache
def stored() -> dict[str, Any]:
    return load()


@pytest.mark.parametrize("patient", SAMPLE)
def test_a_stored_patient_comes_out_the_same(patient: int) -> None:
    before = next(row for row in stored()["patients"] if row["patient"] == patient)
    every = stored_priors(stored())
    priors = {name: every[name] for name in ("right", "study", "wide")}
    after = run_patient(patient, priors)
    assert after["family"] == before["family"]
    for name in ("wide", "study", "one scan, wide"):
        for old, new in zip(before[name], after[name], strict=True):
            assert new[0] == pytest.approx(old[0], abs=QUANTILE), name
            assert new[1:3] == pytest.approx(old[1:3], rel=RATIO, abs=RATIO), name


def test_stored_intervals_hold_the_truth_as_often_as_they_promise() -> None:
    """90 % is not above the interval (95 %) of what was counted, at any scan, final and so far."""
    for name in ("right", "study", "wide", "wrong"):
        found = monitor_page._table(stored(), name)
        for column in (0, 3):
            for scan in range(found.shape[1]):
                _, of, _, high = monitor_page.counted(found[:, scan, column])
                assert of == 200
                assert high > 0.9, (name, column, scan)


def test_the_page_is_what_the_stored_patients_give() -> None:
    written = (PAGES / monitor_page.PAGE).read_text("utf-8")
    assert monitor_page.page(stored()) == written, "run `make validate`"
    assert (PAGES / monitor_page.FIGURE).is_file()
