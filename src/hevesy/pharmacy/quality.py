"""Quality control: tests with limits as data; a missing test counts as little as a failed one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hevesy.errors import CustodyError
from hevesy.pharmacy.amounts import require_text
from hevesy.pharmacy.moments import as_utc

__all__ = [
    "BatchQuality",
    "TestKind",
    "TestOutcome",
    "TestResult",
    "TestVerdict",
    "judge_batch",
    "judge_test",
]


class TestOutcome(StrEnum):
    """What a test says of a batch.

    Examples
    --------
    >>> TestOutcome.MISSING.value
    'missing'
    """

    __test__ = False  # it is no test of pytest's

    PASSED = "passed"
    FAILED = "failed"
    MISSING = "missing"
    NO_LIMIT = "no limit set"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestKind:
    """A test that the study's protocol lists.

    Parameters
    ----------
    name : str
        Such as ``"radiochemical purity"``, ``"pH"``, ``"endotoxin"``, ``"sterility"``.
    unit : str
        Of its value; empty for a pure number or for words.
    lowest_value, highest_value : float or None
        Limits, in `unit`, both included. None: not limited on that side.
    accepted : tuple of str
        Words that pass, for tests without a number: ``("no growth",)``.
    before_injection : bool
        False for what is known only later, such as sterility: a conditional release does not wait
        for it.

    Raises
    ------
    CustodyError
        Limits the wrong way round, or both numbers and words.

    Examples
    --------
    >>> TestKind(name="radiochemical purity", unit="%", lowest_value=85.0).judged
    True
    """

    __test__ = False

    name: str
    unit: str = ""
    lowest_value: float | None = None
    highest_value: float | None = None
    accepted: tuple[str, ...] = ()
    before_injection: bool = True

    def __post_init__(self) -> None:
        require_text(self.name, "the test's name")
        limits = [limit for limit in (self.lowest_value, self.highest_value) if limit is not None]
        wrong = len(limits) == 2 and limits[0] > limits[1]
        if wrong or (limits and self.accepted) or not all(map(math.isfinite, limits)):
            raise CustodyError(
                f"the limits of test '{self.name}' contradict each other",
                got=", ".join(map(str, (self.lowest_value, self.highest_value, *self.accepted))),
                allowed="a lower and a higher number, or words",
                remedy="correct the protocol",
            )

    @property
    def judged(self) -> bool:
        """Whether the site has set a limit."""
        return (
            self.lowest_value is not None or self.highest_value is not None or bool(self.accepted)
        )

    @property
    def limits_text(self) -> str:
        """The limits in words."""
        if self.accepted:
            return " or ".join(self.accepted)
        unit = f" {self.unit}" if self.unit else ""
        if self.lowest_value is not None and self.highest_value is not None:
            return f"{self.lowest_value:g} to {self.highest_value:g}{unit}"
        if self.lowest_value is not None:
            return f"at least {self.lowest_value:g}{unit}"
        return (
            f"at most {self.highest_value:g}{unit}"
            if self.highest_value is not None
            else "no limit set"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """One result.

    Parameters
    ----------
    kind : str
        The test's name.
    value : float or None
        In the test's unit, unrounded.
    words : str or None
        For tests without a number.
    measured_at : datetime
        Aware; kept in UTC.
    performed_by : str
    invalid_because : str or None
        Why the result does not count (a fault of the measurement, found and signed). A failed
        result without it stands, whatever a repeat says.

    Raises
    ------
    CustodyError
        Neither value nor words, both, or a value that is not finite.

    Examples
    --------
    >>> from datetime import UTC
    >>> TestResult(kind="pH", value=6.1, measured_at=datetime(2024, 3, 1, tzinfo=UTC),
    ...            performed_by="A").value
    6.1
    """

    __test__ = False

    kind: str
    measured_at: datetime
    performed_by: str
    value: float | None = None
    words: str | None = None
    invalid_because: str | None = None

    def __post_init__(self) -> None:
        require_text(self.performed_by, f"who performed '{self.kind}'")
        object.__setattr__(self, "measured_at", as_utc(self.measured_at, f"test '{self.kind}'"))
        if (self.value is None) == (self.words is None) or (
            self.value is not None and not math.isfinite(self.value)
        ):
            raise CustodyError(
                f"a result of test '{self.kind}' needs a finite number or words",
                got=f"{self.value}, {self.words}",
                allowed="one of the two",
                remedy="give the one that the test has",
            )
        if self.invalid_because is not None:
            require_text(self.invalid_because, f"why the result of '{self.kind}' does not count")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestVerdict:
    """One test of a batch, judged.

    Parameters
    ----------
    kind : TestKind
    outcome : TestOutcome
    words : str
        What was found beside what is allowed.

    Examples
    --------
    >>> judge_test(TestKind(name="pH", lowest_value=5.0, highest_value=7.5), []).words
    'pH: missing, allowed: 5 to 7.5'
    """

    __test__ = False

    kind: TestKind
    outcome: TestOutcome
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchQuality:
    """All tests that the protocol lists, judged.

    Parameters
    ----------
    verdicts : tuple of TestVerdict

    Examples
    --------
    >>> judge_batch([TestKind(name="sterility", before_injection=False)], []).open_before_injection
    ()
    """

    verdicts: tuple[TestVerdict, ...]

    @property
    def failed(self) -> tuple[TestVerdict, ...]:
        """Tests that failed, whenever they were due."""
        return tuple(v for v in self.verdicts if v.outcome is TestOutcome.FAILED)

    @property
    def missing(self) -> tuple[TestVerdict, ...]:
        """Tests without a result."""
        return tuple(v for v in self.verdicts if v.outcome is TestOutcome.MISSING)

    @property
    def open_before_injection(self) -> tuple[TestVerdict, ...]:
        """What forbids a conditional release: any failure, and what is missing and due."""
        return (*self.failed, *(v for v in self.missing if v.kind.before_injection))


def judge_test(kind: TestKind, results: Sequence[TestResult]) -> TestVerdict:
    """Judge one test by all its results; the unrounded value meets the limit.

    One failed result fails the test, also where a repeat passed, unless it was declared invalid
    with its reason.

    Parameters
    ----------
    kind : TestKind
    results : sequence of TestResult
        Any; those of other kinds are passed over.

    Returns
    -------
    TestVerdict

    Raises
    ------
    CustodyError
        A number where words are wanted, or the reverse.

    Examples
    --------
    >>> from datetime import UTC
    >>> kind = TestKind(name="radiochemical purity", unit="%", lowest_value=85.0)
    >>> result = TestResult(kind=kind.name, value=84.99, performed_by="A",
    ...                     measured_at=datetime(2024, 3, 1, tzinfo=UTC))
    >>> judge_test(kind, [result]).words
    'radiochemical purity: 84.99 %, allowed: at least 85 %'
    """
    own = [r for r in results if r.kind == kind.name and r.invalid_because is None]
    outcomes = [(_outcome(kind, result), result) for result in own]
    head = f"{kind.name}: "
    if not outcomes:
        words = f"{head}missing, allowed: {kind.limits_text}"
        return TestVerdict(kind=kind, outcome=TestOutcome.MISSING, words=words)
    worst = next((pair for pair in outcomes if pair[0] is TestOutcome.FAILED), outcomes[-1])
    outcome, result = worst
    found = (
        result.words if result.words is not None else f"{_plain(result.value)} {kind.unit}".strip()
    )
    words = f"{head}{found}, allowed: {kind.limits_text}"
    return TestVerdict(kind=kind, outcome=outcome, words=words)


def _plain(value: float | None) -> str:
    """The value with all its digits: a rounded one could seem to meet a limit."""
    return "" if value is None else repr(float(value))


def _outcome(kind: TestKind, result: TestResult) -> TestOutcome:
    if not kind.judged:
        return TestOutcome.NO_LIMIT
    value = result.value
    if (value is None) == (not kind.accepted):
        raise CustodyError(
            f"a result of test '{kind.name}' is of the wrong kind",
            got=result.words if value is None else f"{value:g}",
            allowed=kind.limits_text,
            remedy="give what the protocol asks for",
        )
    if value is None:
        said = (result.words or "").strip().casefold()
        passed = said in {word.strip().casefold() for word in kind.accepted}
    else:
        passed = (kind.lowest_value is None or value >= kind.lowest_value) and (
            kind.highest_value is None or value <= kind.highest_value
        )
    return TestOutcome.PASSED if passed else TestOutcome.FAILED


def judge_batch(kinds: Sequence[TestKind], results: Sequence[TestResult]) -> BatchQuality:
    """Judge all tests of a batch.

    Parameters
    ----------
    kinds : sequence of TestKind
        All that the protocol lists.
    results : sequence of TestResult

    Returns
    -------
    BatchQuality

    Raises
    ------
    CustodyError
        A result of a test that the protocol does not list, or a test listed twice.

    Examples
    --------
    >>> acidity = TestKind(name="pH", lowest_value=5.0, highest_value=7.5)
    >>> [verdict.words for verdict in judge_batch([acidity], []).missing]
    ['pH: missing, allowed: 5 to 7.5']
    """
    names = [kind.name for kind in kinds]
    strange = [result.kind for result in results if result.kind not in names]
    if strange or len(set(names)) < len(names):
        raise CustodyError(
            "a test is not in the protocol, or twice",
            got=", ".join(strange) or ", ".join(names),
            allowed=", ".join(names),
            remedy="add it to the protocol, or correct its name",
        )
    return BatchQuality(verdicts=tuple(judge_test(kind, results) for kind in kinds))
