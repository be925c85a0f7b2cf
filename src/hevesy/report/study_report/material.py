"""What a study report is made from beyond the study's rows: eluates, batches, results, queries."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from hevesy.protocol import StudyProtocol
from hevesy.trial import ScanTime, StudyRows

__all__ = [
    "BatchEntry",
    "ClosureEntry",
    "EluateEntry",
    "OpenQuery",
    "PartEntry",
    "RegionEntry",
    "ReleaseEntry",
    "ResultEntry",
    "StudyMaterial",
    "StudyProof",
    "TestEntry",
    "TransportEntry",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EluateEntry:
    """An elution, reckoned: activities at its end, Bq; None where it is not known.

    `theoretical_bq` is what the column held, `predicted_bq` what was predicted before it was
    eluted, from the generator's earlier elutions.
    """

    elution: str
    generator: str
    eluted_at: datetime
    volume_ml: float
    eluted_bq: float | None = None
    eluted_uncertainty_bq: float | None = None
    theoretical_bq: float | None = None
    predicted_bq: float | None = None
    predicted_uncertainty_bq: float | None = None
    breakthrough_ratio: float | None = None
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestEntry:
    """A test's result of a batch; `outcome` as judged by all results, the invalid left out."""

    __test__ = False  # it is no test of pytest's

    test: str
    batch: str
    kind: str
    unit: str
    allowed: str
    value: float | None = None
    uncertainty: float | None = None
    words: str = ""
    invalid_because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseEntry:
    """A decision on a batch."""

    decision: str
    state: str
    decided_at: datetime
    decided_by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEntry:
    """A batch: how it was made, judged and released.

    Parameters
    ----------
    batch : str
    labelled_at : datetime or None
    activity_bq, activity_uncertainty_bq, precursor_bq : float or None
        At its measurement; the precursor is what its eluates had brought, decayed to then, Bq.
    elution_to_labelled_s : float or None
    elutions, steps : tuple of str
        The records.
    planned_steps : int
    deviations, step_notes : tuple of str
        Against the protocol's limits; what the operators wrote.
    verdicts : tuple of (str, str)
        Test, and outcome by all results.
    releases : tuple of ReleaseEntry
    why_not : str
        Why it can't be judged.
    """

    batch: str
    labelled_at: datetime | None = None
    activity_bq: float | None = None
    activity_uncertainty_bq: float | None = None
    precursor_bq: float | None = None
    elution_to_labelled_s: float | None = None
    elutions: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    planned_steps: int = 0
    deviations: tuple[str, ...] = ()
    step_notes: tuple[str, ...] = ()
    verdicts: tuple[tuple[str, str], ...] = ()
    releases: tuple[ReleaseEntry, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportEntry:
    """A vial that was sent: what arrived beside what was sent, decayed to its measurement.

    `receipt` is empty where nothing has arrived.
    """

    dispatch: str
    vial: str
    from_site: str
    to_site: str
    sent_at: datetime
    receipt: str = ""
    received_bq: float | None = None
    expected_bq: float | None = None
    difference_uncertainty_bq: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartEntry:
    """A region's part of the injected activity at a scan, per cent, decay taken out.

    `below_detection` is None where counts are not known.
    """

    scan: int
    hours_after_administration: float
    percent: float
    percent_uncertainty: float | None = None
    below_detection: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionEntry:
    """A region of a result; `kind` is ``"lesion"``, ``"organ"``, ..."""

    region: str
    kind: str
    parts: tuple[PartEntry, ...] = ()
    residence_time_h: float | None = None
    effective_half_life_h: float | None = None
    shares: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureEntry:
    """Whether the activity added up, as the result says."""

    verdict: str
    reason: str
    ratio: float
    ratio_uncertainty: float | None = None
    ratio_stated_uncertainty: float | None = None
    unstated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultEntry:
    """The newest filed dose result of an administration, as far as the report needs it."""

    result: str
    administration: str
    kind: str
    computed_at: datetime
    content_sha256: str
    software: str = ""
    scans: int = 0
    regions: tuple[RegionEntry, ...] = ()
    closure: ClosureEntry | None = None
    warnings: tuple[str, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    data_sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuery:
    """A data query that is not closed."""

    query: str
    kind: str
    record: str
    words: str
    state: str
    check: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyProof:
    """What proves the records: the audit's head and what its check found; the protocol's hash."""

    protocol_sha256: str
    protocol_recorded: bool
    audit_head: str
    audit_records: int
    compared_rows: int
    faults: tuple[str, ...] = ()
    older_heads: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyMaterial:
    """All that a study report is made from.

    Parameters
    ----------
    protocol : StudyProtocol
    rows : StudyRows
    made_at : datetime
        Aware: what is overdue is judged by it.
    software : str
    packages : tuple of (str, str)
    proof : StudyProof
    eluates, batches, tests, transports, results, queries, scans : tuples
    other_results : int
        Results that stand in no table: of several courses together.
    blind : bool
        Outcomes are not unblinded: they are not shown beside doses.
    rule : str
        The threshold rule that was fixed, as JSON; empty where there is none, or several.
    rule_fixed_sha256 : str
        Its hash, if it was signed before the unblinding; empty where it was not.

    Examples
    --------
    >>> from datetime import date
    >>> from hevesy.protocol import ProtocolSite
    >>> site = ProtocolSite(name="S", timezone="UTC")
    >>> protocol = StudyProtocol(name="A", nuclide="Re-188", agent="B", route="intratumoral",
    ...                          sites=(site,))
    >>> StudyMaterial(protocol=protocol, rows=StudyRows(study="A", as_of=date(2026, 1, 9))).results
    ()
    """

    protocol: StudyProtocol
    rows: StudyRows
    made_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    software: str = ""
    packages: tuple[tuple[str, str], ...] = ()
    proof: StudyProof = field(
        default_factory=lambda: StudyProof(
            protocol_sha256="", protocol_recorded=False, audit_head="", audit_records=0,
            compared_rows=0,
        )
    )  # fmt: skip
    eluates: tuple[EluateEntry, ...] = ()
    batches: tuple[BatchEntry, ...] = ()
    tests: tuple[TestEntry, ...] = ()
    transports: tuple[TransportEntry, ...] = ()
    results: tuple[ResultEntry, ...] = ()
    queries: tuple[OpenQuery, ...] = ()
    scans: tuple[ScanTime, ...] = ()
    other_results: int = 0
    blind: bool = False
    rule: str = ""
    rule_fixed_sha256: str = ""
