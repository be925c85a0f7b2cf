"""The parent in an eluate, held against the study's limit at the limit's own time."""

from collections.abc import Sequence
from datetime import timedelta

from hevesy.errors import CustodyError
from hevesy.pharmacy import (
    BreakthroughLimit,
    BreakthroughVerdict,
    TestKind,
    TestResult,
    get_decay_pair,
    judge_breakthrough,
)
from hevesy.protocol import StudyProtocol
from hevesy.store import Reader
from hevesy.store import tables as t

__all__ = ["breakthrough_tests", "judge_eluate", "refuse_breakthrough"]


def judge_eluate(
    reader: Reader, protocol: StudyProtocol, elution: t.Elution
) -> BreakthroughVerdict | None:
    """Carry an eluate's measured breakthrough to the study's reference time, and judge it.

    Parameters
    ----------
    reader : Reader
    protocol : StudyProtocol
    elution : Elution
        The store's.

    Returns
    -------
    BreakthroughVerdict or None
        None where it was not measured.
    """
    if elution.breakthrough_relative is None:
        return None
    generator = reader.get(t.Generator, elution.generator)
    measured_at = elution.breakthrough_at or elution.measured_at
    limit = None
    if protocol.breakthrough_limit_ratio is not None:
        limit = BreakthroughLimit(
            maximum_ratio=protocol.breakthrough_limit_ratio,
            after_elution_s=protocol.breakthrough_after_s or 0.0,
        )
    return judge_breakthrough(
        get_decay_pair(generator.daughter_nuclide, generator.parent_nuclide),
        measured_ratio=elution.breakthrough_relative,
        measured_after_s=max(0.0, (measured_at - elution.at).total_seconds()),
        limit=limit,
    )


def _name(reader: Reader, elution: t.Elution) -> str:
    parent = reader.get(t.Generator, elution.generator).parent_nuclide
    return f"{parent} in eluate {elution.id}"


def _limit_words(protocol: StudyProtocol) -> str:
    after = timedelta(seconds=protocol.breakthrough_after_s or 0.0)
    return f"at most {protocol.breakthrough_limit_ratio:g}, {after} after the elution"


def refuse_breakthrough(reader: Reader, protocol: StudyProtocol, elution: t.Elution) -> None:
    """Refuse an eluate for labelling: over the study's limit, or not measured.

    Parameters
    ----------
    reader : Reader
    protocol : StudyProtocol
    elution : Elution

    Raises
    ------
    CustodyError
        The study has set a limit, and the eluate does not meet it.
    """
    if protocol.breakthrough_limit_ratio is None:
        return
    verdict = judge_eluate(reader, protocol, elution)
    if verdict is None:
        raise CustodyError(
            f"the breakthrough of elution {elution.id} was not measured",
            got="missing",
            allowed=_limit_words(protocol),
            remedy="enter it by `hevesy pharmacy correct elution`, --set breakthrough_relative",
        )
    if not verdict.passed:
        raise CustodyError(
            f"elution {elution.id} has too much of its parent to be labelled",
            got=f"{verdict.parent_ratio!r} at the limit's time",
            allowed=_limit_words(protocol),
            remedy="take another eluate",
        )


def breakthrough_tests(
    reader: Reader, protocol: StudyProtocol, elutions: Sequence[t.Elution]
) -> tuple[list[TestKind], list[TestResult]]:
    """Give the eluates' breakthrough as tests of the batch, where the study has set a limit.

    Parameters
    ----------
    reader : Reader
    protocol : StudyProtocol
    elutions : sequence of Elution
        What went into the batch.

    Returns
    -------
    list of TestKind, list of TestResult
        A kind for each eluate, and a result where it was measured; due before the injection.
    """
    if protocol.breakthrough_limit_ratio is None:
        return [], []
    kinds, results = [], []
    for elution in elutions:
        name = _name(reader, elution)
        kinds.append(TestKind(name=name, highest_value=protocol.breakthrough_limit_ratio))
        verdict = judge_eluate(reader, protocol, elution)
        if verdict is not None:
            results.append(
                TestResult(
                    kind=name,
                    value=verdict.parent_ratio,
                    measured_at=elution.breakthrough_at or elution.measured_at,
                    performed_by=elution.performed_by,
                )
            )
    return kinds, results
