"""Where a batch stands, from its records: made how, tested, released, given out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hevesy.errors import CustodyError
from hevesy.nuclides import get_nuclide
from hevesy.pharmacy import (
    BatchQuality,
    BatchRelease,
    Component,
    Draw,
    DrawKind,
    LabellingBatch,
    LabellingProtocol,
    LabellingReview,
    ProtocolStep,
    ReleaseState,
    Signature,
    StepRecord,
    TestKind,
    TestResult,
    Vial,
    judge_batch,
    require_usable,
    review_labelling,
    state_demanded,
)
from hevesy.protocol import LabellingStep, StudyProtocol
from hevesy.store import Reader
from hevesy.store import tables as t
from hevesy.workflows.custody.eluates import breakthrough_tests

__all__ = [
    "Standing",
    "labelling_protocol",
    "limits_of_tests",
    "place_at",
    "read_standing",
    "read_vial",
    "require_standing",
    "syringe_sites",
    "whereabouts",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A batch as it stands at a moment.

    Parameters
    ----------
    release : BatchRelease
    quality : BatchQuality
    labelling : LabellingReview
    given_out : bool
        A vial of it was dispatched, or a syringe drawn.
    tests : tuple of str
        Names of the results.
    decisions : int
        How many were made.
    """

    release: BatchRelease
    quality: BatchQuality
    labelling: LabellingReview
    given_out: bool
    tests: tuple[str, ...]
    decisions: int

    @property
    def demanded(self) -> ReleaseState | None:
        """Into what a failed test forces the batch."""
        return state_demanded(self.release, self.quality, given_out=self.given_out)


def limits_of_tests(protocol: StudyProtocol) -> tuple[TestKind, ...]:
    """Give the study's tests with their limits.

    Parameters
    ----------
    protocol : StudyProtocol

    Returns
    -------
    tuple of TestKind
    """
    return tuple(
        TestKind(
            name=test.name,
            unit=test.unit,
            lowest_value=test.lowest_value,
            highest_value=test.highest_value,
            accepted=test.accepted,
            before_injection=test.before_injection,
        )
        for test in protocol.tests
    )


def _step(step: LabellingStep) -> ProtocolStep:
    """A nominal value and its tolerance as limits; without a tolerance it is not judged."""
    limits: dict[str, float | None] = {}
    for nominal, tolerance, low, high in (
        (step.temperature_deg_c, step.temperature_tolerance_deg_c,
         "temperature_low_deg_c", "temperature_high_deg_c"),
        (step.duration_s, step.duration_tolerance_s, "duration_low_s", "duration_high_s"),
    ):  # fmt: skip
        if nominal is not None and tolerance is not None:
            limits |= {low: nominal - tolerance, high: nominal + tolerance}
    return ProtocolStep(name=step.name, gas=step.gas or None, **limits)


def labelling_protocol(protocol: StudyProtocol) -> LabellingProtocol | None:
    """Give the study's labelling; None where it has set no steps.

    Parameters
    ----------
    protocol : StudyProtocol

    Returns
    -------
    LabellingProtocol or None
    """
    if not protocol.steps:
        return None
    return LabellingProtocol(
        steps=tuple(_step(step) for step in protocol.steps),
        labelled_within_s=protocol.labelled_within_s,
    )


def _review(
    reader: Reader, protocol: StudyProtocol, batch: t.Batch, steps: Sequence[t.BatchStep]
) -> LabellingReview:
    parts = reader.all(t.BatchElution, batch=batch.id)
    eluted = [reader.get(t.Elution, part.elution).at for part in parts]
    done = labelling_protocol(protocol)
    if done is None or batch.labelled_at is None or not eluted:
        labelled_at = batch.labelled_at or batch.started_at
        took_s = (labelled_at - min(eluted)).total_seconds() if eluted else 0.0
        return LabellingReview(labelled_at=labelled_at, elution_to_labelled_s=took_s, deviations=())
    record = LabellingBatch(
        batch=batch.id,
        eluted_at=min(eluted),
        components=tuple(
            Component(kind=part.name, lot=part.lot, expires_at=part.expires_at)
            for part in reader.all(t.BatchComponent, batch=batch.id)
            if part.expires_at is not None
        ),
        equipment=tuple((batch.equipment or {}).items()),
        steps=tuple(
            StepRecord(
                step=step.step,
                started_at=step.started_at,
                ended_at=step.ended_at,
                performed_by=step.performed_by,
                checked_by=step.checked_by or "",
                temperature_low_deg_c=step.temperature_low_deg_c,
                temperature_high_deg_c=step.temperature_high_deg_c,
                gas=step.gas,
            )
            for step in steps
        ),
    )
    return review_labelling(done, record)


def read_standing(
    reader: Reader, protocol: StudyProtocol, name: str, at: datetime | None = None
) -> Standing:
    """Read a batch with all that bears on its release.

    Parameters
    ----------
    reader : Reader
    protocol : StudyProtocol
    name : str
        The batch.
    at : datetime or None
        As it stood then: later decisions and results are left out. None: as it stands.

    Returns
    -------
    Standing

    Raises
    ------
    CustodyError
        It has no expiry.
    """
    batch = reader.get(t.Batch, name)
    if batch.expires_at is None:
        raise CustodyError(
            f"batch {name} has no expiry", remedy="correct its record: the study sets it"
        )
    steps = sorted(reader.all(t.BatchStep, batch=name), key=lambda step: step.ordinal)
    everything = sorted(reader.all(t.QualityTest, batch=name), key=lambda row: row.result_at)
    results = [row for row in everything if at is None or row.result_at <= at]
    decided = sorted(reader.all(t.ReleaseDecision, batch=name), key=lambda row: (row.at, row.audit))
    history = tuple(
        (
            ReleaseState(row.state),
            Signature(signed_by=row.decided_by, signed_at=row.at, reason=row.reason or ""),
        )
        for row in decided
        if at is None or row.at <= at
    )
    vials = reader.all(t.Vial, batch=name)
    eluted = [
        reader.get(t.Elution, part.elution) for part in reader.all(t.BatchElution, batch=name)
    ]
    more_kinds, more_results = breakthrough_tests(reader, protocol, eluted)
    return Standing(
        release=BatchRelease(
            batch=name,
            expires_at=batch.expires_at,
            performers=frozenset(
                {batch.performed_by}
                | {row.performed_by for row in eluted}
                | {step.performed_by for step in steps}
                | {row.performed_by for row in everything}
                | {vial.performed_by for vial in vials}
            ),
            state=history[-1][0] if history else ReleaseState.QUARANTINE,
            history=history,
        ),
        quality=judge_batch(
            [*limits_of_tests(protocol), *more_kinds],
            [
                *(found for found in more_results if at is None or found.measured_at <= at),
                *(
                    TestResult(
                        kind=row.test,
                        value=row.value,
                        words=row.words,
                        measured_at=row.result_at,
                        performed_by=row.performed_by,
                        invalid_because=row.invalid_because,
                    )
                    for row in results
                ),
            ],
        ),
        labelling=_review(reader, protocol, batch, steps),
        given_out=any(
            reader.all(t.Dispatch, vial=vial.id) or reader.all(t.Syringe, vial=vial.id)
            for vial in vials
        ),
        tests=tuple(row.id for row in results),
        decisions=len(decided),
    )


def require_standing(standing: Standing, at: datetime, what: str) -> None:
    """Refuse to use a batch that must not be used: by its state, expiry, or a failed test.

    Parameters
    ----------
    standing : Standing
        As it stood at `at`.
    at : datetime
    what : str
        What for: ``"injection"``.

    Raises
    ------
    CustodyError
        A test failed, and nobody has drawn the consequence yet.
    """
    require_usable(standing.release, at, what)
    demanded = standing.demanded
    if demanded is not None:
        raise CustodyError(
            f"batch {standing.release.batch} can't be used for the {what}: a test failed",
            got="; ".join(verdict.words for verdict in standing.quality.failed),
            allowed=f"it must be {demanded.value}",
            remedy="take another batch, and have this one withdrawn by `hevesy pharmacy release`",
        )


def read_vial(reader: Reader, vial: t.Vial, nuclide: str) -> Vial:
    """Read a vial with what was drawn from it, as `hevesy.pharmacy` keeps its books.

    Parameters
    ----------
    reader : Reader
    vial : Vial
        The store's.
    nuclide : str

    Returns
    -------
    Vial
    """
    draws = [
        Draw(
            identifier=row.id,
            kind=DrawKind.SYRINGE,
            volume_ml=row.volume_ml,
            activity_bq=row.activity_bq,
            activity_uncertainty_bq=row.activity_uncertainty_bq or 0.0,
            drawn_at=row.measured_at,
            measured_at=row.measured_at,
        )
        for row in reader.all(t.Syringe, vial=vial.id)
    ] + [
        Draw(
            identifier=row.id,
            kind=DrawKind(row.purpose),
            volume_ml=row.volume_ml,
            activity_bq=row.activity_bq,
            activity_uncertainty_bq=row.activity_uncertainty_bq or 0.0,
            drawn_at=row.measured_at,
            measured_at=row.measured_at,
        )
        for row in reader.all(t.Withdrawal, vial=vial.id)
        if row.purpose in {kind.value for kind in DrawKind}
    ]
    return Vial(
        batch=vial.batch,
        nuclide=get_nuclide(nuclide),
        volume_ml=vial.volume_ml,
        activity_bq=vial.activity_bq,
        activity_uncertainty_bq=vial.activity_uncertainty_bq or 0.0,
        measured_at=vial.measured_at,
        draws=tuple(sorted(draws, key=lambda draw: draw.drawn_at)),
    )


def place_at(reader: Reader, vial: t.Vial, at: datetime) -> str:
    """Tell at which site a vial was, or what was drawn from it; under way: where it goes.

    Parameters
    ----------
    reader : Reader
    vial : Vial
        The store's.
    at : datetime
        Aware.

    Returns
    -------
    str
        The site's name on record.
    """
    sent = [row for row in reader.all(t.Dispatch, vial=vial.id) if row.at < at]
    if not sent:
        return reader.get(t.Batch, vial.batch).site
    return max(sent, key=lambda row: row.at).to_site


def syringe_sites(reader: Reader, syringe: t.Syringe, lesions: Iterable[str]) -> frozenset[str]:
    """Tell where an injected syringe may have been measured: where it was drawn, or is the patient.

    Parameters
    ----------
    reader : Reader
    syringe : Syringe
        The store's.
    lesions : iterable of str
        Those that were injected.

    Returns
    -------
    frozenset of str
        The sites' names on record.
    """
    drawn_at = place_at(reader, reader.get(t.Vial, syringe.vial), syringe.measured_at)
    patients = {reader.get(t.Lesion, lesion).patient for lesion in lesions}
    return frozenset({drawn_at, *(reader.get(t.Patient, name).site for name in patients)})


def whereabouts(reader: Reader, vial: t.Vial) -> tuple[str, t.Dispatch | None]:
    """Tell where a vial is.

    Parameters
    ----------
    reader : Reader
    vial : Vial
        The store's.

    Returns
    -------
    str, Dispatch or None
        The site, and the dispatch that has not arrived, if it is under way.
    """
    sent = sorted(reader.all(t.Dispatch, vial=vial.id), key=lambda row: row.at)
    if not sent:
        return reader.get(t.Batch, vial.batch).site, None
    last = sent[-1]
    arrived = reader.all(t.Receipt, dispatch=last.id)
    return (last.to_site, None) if arrived else (last.from_site, last)
