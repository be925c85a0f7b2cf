"""Tests of a batch and decisions on it: results, late ones too, and signed releases."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hevesy.errors import CustodyError, InputError
from hevesy.files import nearest, read_tlc_trace
from hevesy.pharmacy import (
    ReleaseState,
    Signature,
    TestKind,
    TestOutcome,
    TestResult,
    change_state,
    elapsed_s,
    judge_test,
)
from hevesy.protocol import Action, StudyProtocol
from hevesy.store import tables as t
from hevesy.workflows.custody.acting import acting, happened
from hevesy.workflows.custody.standing import Standing, limits_of_tests, read_standing
from hevesy.workflows.tlc import TlcReading, run_tlc

__all__ = ["DECISIONS", "StripRequest", "add_test", "decide", "invalidate_test"]

DECISIONS = {
    "conditional": ReleaseState.CONDITIONALLY_RELEASED,
    "approve": ReleaseState.RELEASED,
    "reject": ReleaseState.REJECTED,
    "recall": ReleaseState.RECALLED,
}
"""What can be decided of a batch, and the state it then has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripRequest:
    """Radio-TLC strips from which a result is to be taken.

    Parameters
    ----------
    traces : tuple of Path
    regions, background : tuple of str
        As `run_tlc` takes them.
    product : str
    whole : bool
    """

    traces: tuple[Path, ...]
    regions: tuple[str, ...]
    background: tuple[str, ...] = ()
    product: str = "product"
    whole: bool = False


def _kind(protocol: StudyProtocol, name: str) -> TestKind:
    kinds = {kind.name: kind for kind in limits_of_tests(protocol)}
    if name not in kinds:
        near = nearest(name, list(kinds))
        raise CustodyError(
            "the study has no such test",
            got=name,
            allowed=", ".join(kinds) or "none",
            remedy=f'did you mean "{near}"?' if near else "add it to study.toml, with its limit",
        )
    return kinds[name]


def _strips(strips: StripRequest, nuclide: str, limit_percent: float | None) -> TlcReading:
    return run_tlc(
        strips.traces,
        nuclide=nuclide,
        regions=strips.regions,
        background=strips.background,
        product=strips.product,
        whole=strips.whole,
        limit_percent=limit_percent,
    )


def _raw(strips: StripRequest, reading: TlcReading) -> dict[str, object]:
    """The raw traces, and how they were summed; read again they give the same value."""
    text = "\n".join(path.read_text("utf-8", errors="replace") for path in strips.traces)
    settings = {
        "regions": list(strips.regions),
        "background": list(strips.background),
        "product": strips.product,
        "whole": strips.whole,
        "files": [path.name for path in strips.traces],
        "notes": list(reading.notes),
    }
    for path in strips.traces:
        read_tlc_trace(path)
    clean = "".join(c if c in "\t\n\r" or c.isprintable() else "\ufffd" for c in text)
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in strips.traces)).hexdigest()
    return {"settings": settings, "raw": clean, "raw_sha256": digest}


def add_test(
    folder: Path,
    batch: str,
    test: str,
    *,
    user: str,
    sampled_at: datetime,
    result_at: datetime,
    number: float | None = None,
    number_uncertainty: float | None = None,
    words: str | None = None,
    strips: StripRequest | None = None,
) -> tuple[t.QualityTest, Standing]:
    """Enter a test's result, judged by the study's limit; whatever it says, it is kept.

    Parameters
    ----------
    folder : Path
    batch, test, user : str
    sampled_at, result_at : datetime
    number, number_uncertainty : float or None
        In the test's unit, unrounded; k = 1.
    words : str or None
        For tests without a number.
    strips : StripRequest or None
        Take the radiochemical purity of these in per cent, and keep them.

    Returns
    -------
    QualityTest, Standing
        The store's record, and the batch as it stands with it.

    Raises
    ------
    CustodyError
        No such test; none or several of number, words, strips.
    """
    if sum(given is not None for given in (number, words, strips)) != 1:
        raise CustodyError(
            f"a result of test '{test}' is one number, words, or strips",
            allowed="one of --value, --words, --trace",
            remedy="give the one that the test has",
        )
    with acting(folder, user, Action.TEST) as (protocol, writer):
        kind = _kind(protocol, test)
        row = writer.get(t.Batch, batch)
        more: dict[str, object] = {}
        if strips is not None:
            if kind.unit != "%":
                raise CustodyError(
                    f"test '{test}' takes no strips",
                    got=kind.unit or "no unit",
                    allowed="%",
                    remedy="name the test of the radiochemical purity",
                )
            reading = _strips(strips, row.nuclide, kind.lowest_value)
            number, number_uncertainty = (
                reading.purity.rcp_percent,
                reading.purity.rcp_uncertainty_percent,
            )
            more = _raw(strips, reading)
        happened(writer, result_at, "the result")
        elapsed_s(row.started_at, sampled_at, "the batch's start and its sample")
        elapsed_s(sampled_at, result_at, "a sample and its result")
        result = TestResult(
            kind=test, value=number, words=words, measured_at=result_at, performed_by=user
        )
        outcome = judge_test(kind, [result]).outcome
        count = len(writer.all(t.QualityTest, batch=batch))
        made = writer.add(
            t.QualityTest(
                id=f"{batch}-Q{count + 1}",
                batch=batch,
                test=test,
                sampled_at=sampled_at,
                result_at=result_at,
                performed_by=user,
                passed=outcome is TestOutcome.PASSED,
                value=number,
                uncertainty=number_uncertainty,
                unit=kind.unit or None,
                words=words,
                limit_low=kind.lowest_value,
                limit_high=kind.highest_value,
                **more,  # type: ignore[arg-type]
            )
        )
        return made, read_standing(writer, protocol, batch)


def invalidate_test(
    folder: Path, name: str, *, user: str, passphrase: str, reason: str, expected_version: int
) -> tuple[t.QualityTest, Standing]:
    """Declare a result invalid, for a fault of the measurement; signed by another person.

    Parameters
    ----------
    folder : Path
    name : str
        The result's.
    user, passphrase, reason : str
    expected_version : int
        The version of the result that was seen.

    Returns
    -------
    QualityTest, Standing

    Raises
    ------
    CustodyError
        By the person who measured it, or it is invalid already.
    """
    with acting(folder, user, Action.TEST, reason=reason, passphrase=passphrase) as opened:
        protocol, writer = opened
        row = writer.get(t.QualityTest, name)
        if row.performed_by == user:
            raise CustodyError(
                f"result {name} can't be declared invalid by who measured it",
                got=user,
                allowed="another person",
                remedy="have another person sign",
            )
        if row.invalid_because is not None:
            raise CustodyError(f"result {name} is invalid already", remedy="nothing is to be done")
        made = writer.correct(
            t.QualityTest,
            name,
            expected_version=expected_version,
            meaning="declared invalid",
            invalid_because=reason,
        )
        writer.sign(t.QualityTest, name, meaning="declared invalid")
        return made, read_standing(writer, protocol, row.batch)


def decide(
    folder: Path,
    batch: str,
    decision: str,
    *,
    user: str,
    passphrase: str,
    reason: str = "",
    at: datetime | None = None,
    seen: int | None = None,
) -> tuple[t.ReleaseDecision, Standing]:
    """Decide on a batch, signed.

    Parameters
    ----------
    folder : Path
    batch : str
    decision : str
        A key of `DECISIONS`.
    user, passphrase : str
        The signer.
    reason : str
    at : datetime or None
        When it was decided; now by default.
    seen : int or None
        How many decisions on the batch the signer had seen: refused if there are more by now.

    Returns
    -------
    ReleaseDecision, Standing
        The store's record, and the batch as it stands with it.

    Raises
    ------
    InputError
        No such decision.
    CustodyError
        Somebody else decided meanwhile.
    """
    if decision not in DECISIONS:
        near = nearest(decision, list(DECISIONS))
        raise InputError(
            "there is no such decision",
            got=decision,
            allowed=", ".join(DECISIONS),
            remedy=f'did you mean "{near}"?' if near else "take one of these",
        )
    with acting(folder, user, Action.RELEASE, reason=reason, passphrase=passphrase) as opened:
        protocol, writer = opened
        standing = read_standing(writer, protocol, batch)
        if seen is not None and standing.decisions != seen:
            raise CustodyError(
                f"batch {batch} was decided on meanwhile by somebody else",
                got=f"{standing.decisions} decisions; it is {standing.release.state.value}",
                allowed=f"{seen}, which were seen",
                remedy="look at it again, then decide",
            )
        moment = writer.now() if at is None else happened(writer, at, "the decision")
        then = read_standing(writer, protocol, batch, moment)
        for quality in (then.quality, standing.quality):  # as known at the decision, and by now
            changed = change_state(
                standing.release,
                DECISIONS[decision],
                signature=Signature(signed_by=user, signed_at=moment, reason=reason),
                quality=quality,
                labelling=standing.labelling,
                given_out=standing.given_out,
            )
        made = writer.add(
            t.ReleaseDecision(
                id=f"{batch}-D{standing.decisions + 1}",
                batch=batch,
                state=changed.state.value,
                at=moment,
                decided_by=user,
                expires_at=changed.expires_at,
                tests=list(standing.tests),
                reason=reason or None,
            )
        )
        writer.sign(t.ReleaseDecision, made.id, meaning=changed.state.value)
        return made, read_standing(writer, protocol, batch)
