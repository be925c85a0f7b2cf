"""Labelling, tests and release: what must be there, what is named, what can't be reached."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import CustodyError, TimeError
from hevesy.pharmacy import (
    TRANSITIONS,
    BatchRelease,
    Component,
    LabellingBatch,
    LabellingProtocol,
    LabellingReview,
    ProtocolStep,
    ReleaseState,
    Signature,
    StepRecord,
    TestKind,
    TestOutcome,
    TestResult,
    change_state,
    imdendrim_protocol,
    judge_batch,
    judge_test,
    require_usable,
    review_labelling,
    state_demanded,
)

ELUTED = datetime(2024, 3, 1, 8, tzinfo=UTC)
EXPIRES = ELUTED + timedelta(hours=10)
PROTOCOL = LabellingProtocol(
    steps=(
        ProtocolStep(name="reduction", temperature_low_deg_c=70, temperature_high_deg_c=74,
                     duration_low_s=1200, duration_high_s=1500, gas="CO"),
        ProtocolStep(name="labelling", duration_low_s=3600),
    ),
    components=("acid",),
    equipment=("heater",),
    labelled_within_s=7200,
)  # fmt: skip


def minutes(count: float) -> datetime:
    return ELUTED + timedelta(minutes=count)


def step(name: str, start: float, end: float, **more: object) -> StepRecord:
    told = {"performed_by": "A", "checked_by": "B", **more}
    return StepRecord(step=name, started_at=minutes(start), ended_at=minutes(end), **told)  # type: ignore[arg-type]


GOOD = LabellingBatch(
    batch="B-1",
    eluted_at=ELUTED,
    components=(Component(kind="acid", lot="7", expires_at=EXPIRES),),
    equipment=(("heater", "H-2"),),
    steps=(
        step("reduction", 5, 25, temperature_low_deg_c=71.5, temperature_high_deg_c=72.5, gas="CO"),
        step("labelling", 30, 90),
    ),
)


def test_a_batch_as_it_should_be() -> None:
    review = review_labelling(PROTOCOL, GOOD)
    assert review.deviations == ()
    assert review.elution_to_labelled_s == 5400
    assert GOOD.performers == {"A"}


def test_every_deviation_is_named() -> None:
    bad = replace(
        GOOD,
        steps=(
            step("reduction", 5, 35, temperature_low_deg_c=69, temperature_high_deg_c=75, gas="N2"),
            step("labelling", 70, 129),
        ),
    )
    words = [d.words for d in review_labelling(PROTOCOL, bad).deviations]
    assert len(words) == 6
    for part in ("at most 25 min", "at least 70 °C", "at most 74 °C", "under N2", "at least 60 min",
                 "129 min after the elution, allowed: at most 120 min"):  # fmt: skip
        assert any(part in word for word in words), part
    swapped = replace(
        GOOD, steps=(replace(GOOD.steps[0], started_at=minutes(91), ended_at=minutes(111)),
                     GOOD.steps[1])
    )  # fmt: skip
    assert "order" in review_labelling(PROTOCOL, swapped).deviations[0].words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"components": ()}, "components without acid"),
        ({"equipment": ()}, "equipment without heater"),
        ({"steps": GOOD.steps[:1]}, "steps without labelling"),
        ({"steps": (*GOOD.steps, GOOD.steps[1])}, "twice"),
        ({"components": (Component(kind="acid", lot="7", expires_at=ELUTED),)}, "past its expiry"),
        ({"steps": (step("reduction", 5, 25, gas="CO"), GOOD.steps[1])}, "temperature"),
        ({"steps": (replace(GOOD.steps[0], gas=None), GOOD.steps[1])}, "gas"),
    ],
)
def test_an_incomplete_record_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(CustodyError, match=words):
        review_labelling(PROTOCOL, replace(GOOD, **change))  # type: ignore[arg-type]


def test_an_elution_after_the_labelling_is_refused() -> None:
    with pytest.raises(TimeError):
        review_labelling(PROTOCOL, replace(GOOD, eluted_at=minutes(50)))


@pytest.mark.parametrize("checker", ["A", " a ", ""])
def test_two_people_are_needed(checker: str) -> None:
    with pytest.raises(CustodyError):
        step("reduction", 0, 1, checked_by=checker)


def test_the_published_protocol() -> None:
    published = imdendrim_protocol()
    assert [s.duration_low_s for s in published.steps] == [1200, 3600]
    assert published.steps[0].gas == "CO"
    assert published.labelled_within_s == 7200


RCP = TestKind(name="RCP", unit="%", lowest_value=85.0)
PH = TestKind(name="pH", lowest_value=5.0, highest_value=7.5)
STERILITY = TestKind(name="sterility", accepted=("no growth",), before_injection=False)
BREAKTHROUGH = TestKind(name="breakthrough")
KINDS = (RCP, PH, STERILITY, BREAKTHROUGH)


def result(kind: str, found: float | str, **more: object) -> TestResult:
    value = {"words": found} if isinstance(found, str) else {"value": found}
    return TestResult(kind=kind, measured_at=minutes(95), performed_by="C", **value, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (85.0, TestOutcome.PASSED),
        (84.9, TestOutcome.FAILED),
        (84.9999999, TestOutcome.FAILED),  # the unrounded value
    ],
)
def test_the_limit_of_the_purity(found: float, outcome: TestOutcome) -> None:
    assert judge_test(RCP, [result("RCP", found)]).outcome is outcome


def test_missing_failed_and_unlimited() -> None:
    quality = judge_batch(KINDS, [result("RCP", 90.0), result("breakthrough", 1e-6)])
    assert [v.kind.name for v in quality.missing] == ["pH", "sterility"]
    assert [v.kind.name for v in quality.open_before_injection] == ["pH"]
    assert quality.verdicts[3].outcome is TestOutcome.NO_LIMIT


def test_a_repeat_does_not_undo_a_failure() -> None:
    failed, repeat = result("pH", 9.0), result("pH", 6.0)
    assert judge_test(PH, [failed, repeat]).outcome is TestOutcome.FAILED
    invalid = replace(failed, invalid_because="electrode broken")
    assert judge_test(PH, [invalid, repeat]).outcome is TestOutcome.PASSED
    assert judge_test(PH, [invalid]).outcome is TestOutcome.MISSING


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: judge_batch(KINDS, [result("colour", 1.0)]),
        lambda: judge_batch((PH, PH), []),
        lambda: judge_test(STERILITY, [result("sterility", 3.0)]),
        lambda: judge_test(PH, [result("pH", "fine")]),
        lambda: result("pH", float("nan")),
        lambda: TestKind(name="pH", lowest_value=8.0, highest_value=5.0),
        lambda: TestKind(name="x", lowest_value=1.0, accepted=("yes",)),
    ],
)
def test_results_that_are_refused(wrong: object) -> None:
    with pytest.raises(CustodyError):
        wrong()  # type: ignore[operator]


BATCH = BatchRelease(batch="B-1", expires_at=EXPIRES, performers=frozenset({"A", "C"}))
REVIEW = review_labelling(PROTOCOL, GOOD)
NOW_DUE = [result("RCP", 90.0), result("pH", 6.0), result("breakthrough", 1e-6)]
COMPLETE = [*NOW_DUE, result("sterility", "no growth")]


def signed(name: str = "B", at: float = 100, reason: str = "") -> Signature:
    return Signature(signed_by=name, signed_at=minutes(at), reason=reason)


def move(
    batch: BatchRelease,
    to: ReleaseState,
    results: list[TestResult],
    signature: Signature | None = None,
    review: LabellingReview = REVIEW,
    given_out: bool = False,
) -> BatchRelease:
    return change_state(
        batch, to, signature=signature or signed(), quality=judge_batch(KINDS, results),
        labelling=review, given_out=given_out,
    )  # fmt: skip


def test_a_late_sterility_failure_is_a_recall() -> None:
    batch = move(BATCH, ReleaseState.CONDITIONALLY_RELEASED, NOW_DUE)
    require_usable(batch, minutes(120), "injection")
    late = [*NOW_DUE, result("sterility", "growth")]
    with pytest.raises(CustodyError, match="sterility: growth"):
        move(batch, ReleaseState.RELEASED, late, signed(at=7200))
    demanded = state_demanded(batch, judge_batch(KINDS, late), given_out=True)
    assert demanded is ReleaseState.RECALLED
    with pytest.raises(CustodyError, match="recall it"):
        move(batch, ReleaseState.REJECTED, late, signed(at=7200, reason="growth"), given_out=True)
    gone = move(batch, demanded, late, signed("A", at=7200, reason="growth"), given_out=True)
    with pytest.raises(CustodyError, match="recalled"):
        require_usable(gone, minutes(130), "injection")
    assert [state for state, _ in gone.history] == [
        ReleaseState.CONDITIONALLY_RELEASED, ReleaseState.RECALLED,
    ]  # fmt: skip


def test_a_late_success_is_a_release_after_the_expiry() -> None:
    batch = move(BATCH, ReleaseState.CONDITIONALLY_RELEASED, NOW_DUE)
    done = move(batch, ReleaseState.RELEASED, COMPLETE, signed(at=14 * 24 * 60))
    assert done.state is ReleaseState.RELEASED


@pytest.mark.parametrize(
    ("to", "results", "signature", "words"),
    [
        (ReleaseState.RELEASED, NOW_DUE, signed(), "sterility: missing"),
        (ReleaseState.CONDITIONALLY_RELEASED, NOW_DUE[1:], signed(), "RCP: missing"),
        (ReleaseState.CONDITIONALLY_RELEASED, [result("RCP", 84.9), *NOW_DUE[1:]], signed(),
         "84.9 %"),
        (ReleaseState.RELEASED, COMPLETE, signed("A"), "made or tested"),
        (ReleaseState.RELEASED, COMPLETE, signed("c"), "made or tested"),
        (ReleaseState.RELEASED, COMPLETE, signed(at=80), "before it was labelled"),
        (ReleaseState.RELEASED, COMPLETE, signed(at=601), "past its expiry"),
        (ReleaseState.REJECTED, COMPLETE, signed(), "without a reason"),
        (ReleaseState.QUARANTINE, COMPLETE, signed(), "cannot become"),
    ],
)  # fmt: skip
def test_releases_that_are_refused(
    to: ReleaseState, results: list[TestResult], signature: Signature, words: str
) -> None:
    with pytest.raises((CustodyError, TimeError), match=words) as caught:
        move(BATCH, to, results, signature)
    assert "\n" not in str(caught.value)


def test_deviations_need_a_reason() -> None:
    deviating = replace(REVIEW, deviations=review_labelling(
        PROTOCOL, replace(GOOD, steps=(GOOD.steps[0], step("labelling", 30, 80)))
    ).deviations)  # fmt: skip
    with pytest.raises(CustodyError, match="at least 60 min"):
        move(BATCH, ReleaseState.RELEASED, COMPLETE, review=deviating)
    released = move(
        BATCH, ReleaseState.RELEASED, COMPLETE, signed(reason="RCP 90 %"), review=deviating
    )
    assert released.history[0][1].reason == "RCP 90 %"


@pytest.mark.parametrize("at", [99.9, 600])
def test_use_before_the_release_and_at_the_expiry_is_refused(at: float) -> None:
    batch = move(BATCH, ReleaseState.RELEASED, COMPLETE)
    with pytest.raises(TimeError):
        require_usable(batch, minutes(at), "injection")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(ReleaseState)),
            st.sampled_from([[], NOW_DUE, COMPLETE, [*NOW_DUE, result("sterility", "growth")],
                             [result("RCP", 80.0), *COMPLETE[1:]]]),
            st.sampled_from(["A", "B", "C", "D"]),
            st.sampled_from([60.0, 110.0, 500.0, 700.0, 9000.0]),
            st.sampled_from(["", "because"]),
            st.booleans(),
        ),
        max_size=8,
    )
)  # fmt: skip
def test_no_state_is_reached_against_the_rules(
    tries: list[tuple[ReleaseState, list[TestResult], str, float, str, bool]],
) -> None:
    batch = BATCH
    for to, results, who, at, why, out in tries:
        before = batch
        try:
            batch = move(batch, to, results, signed(who, at, why), given_out=out)
        except (CustodyError, TimeError):
            continue
        assert to in TRANSITIONS[before.state]
        quality = judge_batch(KINDS, results)
        if to in {ReleaseState.RELEASED, ReleaseState.CONDITIONALLY_RELEASED}:
            assert who in {"B", "D"}
            assert not quality.failed
            assert not any(v.kind.before_injection for v in quality.missing)
        if to is ReleaseState.RELEASED:
            assert not quality.missing
        if to in {ReleaseState.REJECTED, ReleaseState.RECALLED}:
            assert why
            assert not (to is ReleaseState.REJECTED and out)
    times = [signature.signed_at for _, signature in batch.history]
    assert times == sorted(times)


def test_whatever_a_failure_demands_can_be_done() -> None:
    """In every state that may still be used, a failed test leads to a state of the table."""
    failed = judge_batch(KINDS, [*NOW_DUE, result("sterility", "growth")])
    for state in ReleaseState:
        for out in (False, True):
            demanded = state_demanded(replace(BATCH, state=state), failed, given_out=out)
            assert demanded is None or demanded in TRANSITIONS[state]
            usable = {ReleaseState.RELEASED, ReleaseState.CONDITIONALLY_RELEASED}
            assert (demanded is None) <= (state not in usable)
