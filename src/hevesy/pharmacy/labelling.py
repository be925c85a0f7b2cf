"""A labelling batch against its protocol: steps, lots, hands, and how they deviated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hevesy.errors import CustodyError
from hevesy.pharmacy.amounts import require_amount, require_text
from hevesy.pharmacy.moments import as_utc, elapsed_s

__all__ = [
    "Component",
    "Deviation",
    "LabellingBatch",
    "LabellingProtocol",
    "LabellingReview",
    "ProtocolStep",
    "StepRecord",
    "imdendrim_protocol",
    "review_labelling",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolStep:
    """One step as the study's protocol sets it; what it does not set is not judged.

    Parameters
    ----------
    name : str
    temperature_low_deg_c, temperature_high_deg_c : float or None
        Limits, degrees Celsius, both included.
    duration_low_s, duration_high_s : float or None
        Limits, s, both included.
    gas : str or None
        Atmosphere, such as ``"CO"``.

    Raises
    ------
    InputError
        A duration below 0 (raised by the check of amounts).
    CustodyError
        An upper limit below its lower one.

    Examples
    --------
    >>> ProtocolStep(name="reduction", gas="CO").gas
    'CO'
    """

    name: str
    temperature_low_deg_c: float | None = None
    temperature_high_deg_c: float | None = None
    duration_low_s: float | None = None
    duration_high_s: float | None = None
    gas: str | None = None

    def __post_init__(self) -> None:
        require_text(self.name, "the step's name")
        for low, high, what in (
            (self.temperature_low_deg_c, self.temperature_high_deg_c, "temperature"),
            (self.duration_low_s, self.duration_high_s, "duration"),
        ):
            if low is not None and high is not None and low > high:
                raise CustodyError(
                    f"the {what} limits of step '{self.name}' are the wrong way round",
                    got=f"{low:g} to {high:g}",
                    remedy="give the lower one first",
                )
        for seconds in (self.duration_low_s, self.duration_high_s):
            if seconds is not None:
                require_amount(seconds, "a step's duration (s)")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabellingProtocol:
    """How a study labels.

    Parameters
    ----------
    steps : tuple of ProtocolStep
        In order.
    components : tuple of str
        Kinds of which each batch must name a lot.
    equipment : tuple of str
        Kinds of which each batch must name the device.
    labelled_within_s : float or None
        From the elution to the end of the last step, s; None: the study has set none.

    Raises
    ------
    CustodyError
        No step, or two of one name.

    Examples
    --------
    >>> imdendrim_protocol().labelled_within_s / 3600
    2.0
    """

    steps: tuple[ProtocolStep, ...]
    components: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    labelled_within_s: float | None = None

    def __post_init__(self) -> None:
        names = [step.name for step in self.steps]
        if not names or len(set(names)) < len(names):
            raise CustodyError(
                "a labelling protocol needs steps with names of their own",
                got=", ".join(names) or "none",
                remedy="name each step once",
            )
        if self.labelled_within_s is not None:
            require_amount(self.labelled_within_s, "the labelling's time (s)", above_zero=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A kit's part that went into a batch.

    Parameters
    ----------
    kind, lot : str
    expires_at : datetime
        Aware; kept in UTC.

    Examples
    --------
    >>> from datetime import UTC
    >>> Component(kind="vial B", lot="7", expires_at=datetime(2025, 1, 1, tzinfo=UTC)).lot
    '7'
    """

    kind: str
    lot: str
    expires_at: datetime

    def __post_init__(self) -> None:
        require_text(self.kind, "the component's kind")
        require_text(self.lot, f"the lot of '{self.kind}'")
        object.__setattr__(self, "expires_at", as_utc(self.expires_at, "component's expiry"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One step as it was done.

    Parameters
    ----------
    step : str
        The protocol's name for it.
    started_at, ended_at : datetime
        Aware; kept in UTC.
    performed_by, checked_by : str
        Two people.
    temperature_low_deg_c, temperature_high_deg_c : float or None
        Least and greatest that was read.
    gas : str or None

    Raises
    ------
    CustodyError
        One person performed and checked.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2024, 3, 1, 8, tzinfo=UTC)
    >>> StepRecord(step="reduction", started_at=at, ended_at=at.replace(minute=20),
    ...            performed_by="A", checked_by="B").performed_by
    'A'
    """

    step: str
    started_at: datetime
    ended_at: datetime
    performed_by: str
    checked_by: str
    temperature_low_deg_c: float | None = None
    temperature_high_deg_c: float | None = None
    gas: str | None = None

    def __post_init__(self) -> None:
        require_text(self.performed_by, f"who performed step '{self.step}'")
        require_text(self.checked_by, f"who checked step '{self.step}'")
        if self.performed_by.strip().casefold() == self.checked_by.strip().casefold():
            raise CustodyError(
                f"step '{self.step}' was performed and checked by one person",
                got=self.performed_by,
                allowed="two people",
                remedy="have another person check it",
            )
        object.__setattr__(self, "started_at", as_utc(self.started_at, "step's start"))
        object.__setattr__(self, "ended_at", as_utc(self.ended_at, "step's end"))
        elapsed_s(self.started_at, self.ended_at, f"start and end of step '{self.step}'")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabellingBatch:
    """The record of one labelling.

    Parameters
    ----------
    batch : str
    eluted_at : datetime
        End of the elution that it began with (of several, the first); aware; kept in UTC.
    components : tuple of Component
    equipment : tuple of (str, str)
        Kind and device.
    steps : tuple of StepRecord
        In the order in which they were done.

    Examples
    --------
    >>> LabellingBatch.__slots__[0]
    'batch'
    """

    batch: str
    eluted_at: datetime
    components: tuple[Component, ...]
    equipment: tuple[tuple[str, str], ...]
    steps: tuple[StepRecord, ...]

    def __post_init__(self) -> None:
        require_text(self.batch, "the batch's number")
        object.__setattr__(self, "eluted_at", as_utc(self.eluted_at, "elution"))

    @property
    def performers(self) -> frozenset[str]:
        """Everyone who performed a step."""
        return frozenset(step.performed_by for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One way in which a batch was not made as the protocol says.

    Parameters
    ----------
    step : str
        Or ``"batch"`` for what concerns all of it.
    words : str
        What was found, and what was allowed.

    Examples
    --------
    >>> Deviation(step="reduction", words="15 min, allowed: 20 min").step
    'reduction'
    """

    step: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabellingReview:
    """A complete record, read against its protocol.

    Parameters
    ----------
    labelled_at : datetime
        End of the last step, UTC.
    elution_to_labelled_s : float
    deviations : tuple of Deviation
        Empty where all was as it should be.

    Examples
    --------
    >>> LabellingReview.__slots__[-1]
    'deviations'
    """

    labelled_at: datetime
    elution_to_labelled_s: float
    deviations: tuple[Deviation, ...]


def imdendrim_protocol() -> LabellingProtocol:
    """The published steps of [188Re]Re-ImDendrim: 20 min under CO and 1 h, both at 72 degrees C.

    The publication states no tolerances: the steps' durations are the least allowed here, and
    temperatures are left to the site's limits. The elution begins the 2 h.

    References
    ----------
    The trial's Methods: reduction at 72 degrees C for 20 min under CO, then the ligand-dendrimer
    at 72 degrees C for 1 h; prepared and labelled within 2 h.

    Examples
    --------
    >>> [step.name for step in imdendrim_protocol().steps]
    ['reduction', 'labelling']
    """
    return LabellingProtocol(
        steps=(
            ProtocolStep(name="reduction", duration_low_s=1200.0, gas="CO"),
            ProtocolStep(name="labelling", duration_low_s=3600.0),
        ),
        components=("acid", "reducing agent", "ligand-dendrimer"),
        labelled_within_s=7200.0,
    )


def review_labelling(protocol: LabellingProtocol, record: LabellingBatch) -> LabellingReview:
    """Read a batch's record against the protocol.

    What is missing is refused; what was done otherwise is a deviation, to be judged by who
    releases the batch.

    Parameters
    ----------
    protocol : LabellingProtocol
    record : LabellingBatch

    Returns
    -------
    LabellingReview

    Raises
    ------
    CustodyError
        A step, a component's lot or a device is missing or unknown, a component was past its
        expiry, or a limited temperature or gas was not written down.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> start = datetime(2024, 3, 1, 8, tzinfo=UTC)
    >>> step = StepRecord(step="mixing", started_at=start + timedelta(minutes=5),
    ...                   ended_at=start + timedelta(minutes=15), performed_by="A", checked_by="B")
    >>> protocol = LabellingProtocol(steps=(ProtocolStep(name="mixing", duration_low_s=900.0),))
    >>> record = LabellingBatch(batch="B-1", eluted_at=start, components=(), equipment=(),
    ...                         steps=(step,))
    >>> review_labelling(protocol, record).deviations[0].words
    'took 10 min, allowed: at least 15 min'
    """
    _refuse_incomplete(protocol, record)
    deviations: list[Deviation] = []
    by_name = {step.step: step for step in record.steps}
    for step in protocol.steps:
        deviations += _deviations(step, by_name[step.name])
    done = [step.step for step in sorted(record.steps, key=lambda step: step.started_at)]
    if done != [step.name for step in protocol.steps]:
        deviations.append(Deviation(step="batch", words=f"steps in the order {', '.join(done)}"))
    first = min(step.started_at for step in record.steps)
    labelled_at = max(step.ended_at for step in record.steps)
    elapsed_s(record.eluted_at, first, "the elution and the first step")
    took_s = elapsed_s(record.eluted_at, labelled_at, "the elution and the last step")
    if protocol.labelled_within_s is not None and took_s > protocol.labelled_within_s:
        allowed = protocol.labelled_within_s / 60
        words = f"labelled {took_s / 60:g} min after the elution, allowed: at most {allowed:g} min"
        deviations.append(Deviation(step="batch", words=words))
    return LabellingReview(
        labelled_at=labelled_at, elution_to_labelled_s=took_s, deviations=tuple(deviations)
    )


def _refuse_incomplete(protocol: LabellingProtocol, record: LabellingBatch) -> None:
    for what, needed, given in (
        ("steps", [s.name for s in protocol.steps], [s.step for s in record.steps]),
        ("components", list(protocol.components), [c.kind for c in record.components]),
        ("equipment", list(protocol.equipment), [kind for kind, _ in record.equipment]),
    ):
        _refuse_missing(record.batch, what, needed, given)
    last = max(step.ended_at for step in record.steps)
    for part in record.components:
        if part.expires_at < last:
            raise CustodyError(
                f"batch {record.batch} was made with a component past its expiry",
                got=f"{part.kind}, lot {part.lot}, expired {part.expires_at.isoformat()}",
                allowed=f"expiry after {last.isoformat()}",
                remedy="reject the batch, or correct the lot's expiry",
            )


def _refuse_missing(batch: str, what: str, needed: Sequence[str], given: Sequence[str]) -> None:
    missing = [name for name in needed if name not in given]
    if missing:
        raise CustodyError(
            f"the record of batch {batch} is incomplete",
            got=f"{what} without {', '.join(missing)}",
            allowed=f"{what}: {', '.join(needed)}",
            remedy="fill in what is missing",
        )
    if what == "steps":
        unknown = [name for name in given if name not in needed or given.count(name) > 1]
        if unknown:
            raise CustodyError(
                f"the record of batch {batch} has a step twice, or one that is not in the protocol",
                got=", ".join(dict.fromkeys(unknown)),
                allowed=", ".join(needed),
                remedy="correct the record",
            )


def _deviations(step: ProtocolStep, record: StepRecord) -> list[Deviation]:
    found = []
    took_s = (record.ended_at - record.started_at).total_seconds()
    took = f"took {took_s / 60:g} min, allowed"
    if step.duration_low_s is not None and took_s < step.duration_low_s:
        found.append(f"{took}: at least {step.duration_low_s / 60:g} min")
    if step.duration_high_s is not None and took_s > step.duration_high_s:
        found.append(f"{took}: at most {step.duration_high_s / 60:g} min")
    for limit, read, below, words in (
        (step.temperature_low_deg_c, record.temperature_low_deg_c, True, "at least"),
        (step.temperature_high_deg_c, record.temperature_high_deg_c, False, "at most"),
    ):
        if limit is None:
            continue
        if read is None:
            raise CustodyError(
                f"the temperature of step '{step.name}' was not written down",
                allowed=f"{words} {limit:g} °C",
                remedy="fill in the least and the greatest that was read",
            )
        if read < limit if below else read > limit:
            found.append(f"at {read:g} °C, allowed: {words} {limit:g} °C")
    if step.gas is not None:
        if record.gas is None:
            raise CustodyError(
                f"the gas of step '{step.name}' was not written down",
                allowed=step.gas,
                remedy="fill it in",
            )
        if record.gas.strip().casefold() != step.gas.casefold():
            found.append(f"under {record.gas}, allowed: {step.gas}")
    return [Deviation(step=step.name, words=words) for words in found]
