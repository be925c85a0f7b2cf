"""A ledger of the chain's activity and a model of its rules, kept apart from hevesy's own.

Written from docs/store/chain.md, with half-lives of ICRP-107; nothing of `hevesy` is used.
"""

from dataclasses import dataclass, field
from datetime import datetime

HALF_S = 17.0040 * 3600  # 188Re
PARENT_HALF_S = 69.78 * 86400  # 188W
START = datetime.fromisoformat("2024-03-05T06:00:00+00:00")
ALLOWED = {
    "quarantine": {"conditionally released", "released", "rejected", "recalled"},
    "conditionally released": {"released", "rejected", "recalled"},
    "released": {"recalled"},
    "rejected": set(),
    "recalled": set(),
}
USABLE = {"conditionally released", "released"}
EARLY = ("pH", "radio-TLC")  # tests that are due before the injection
LATE = "sterility"


def to_start(bq: float, at: datetime) -> float:
    """An activity at the one time to which all are decayed."""
    return float(bq * 2 ** ((at - START).total_seconds() / HALF_S))


def at_time(bq_at_start: float, at: datetime) -> float:
    """And back."""
    return bq_at_start / to_start(1.0, at)


@dataclass
class Column:
    """A generator: what its column holds, by Bateman's equation."""

    parent_bq: float
    daughter_bq: float
    at: datetime
    eluted_at: datetime | None = None

    def holds(self, at: datetime) -> tuple[float, float]:
        """Parent and daughter."""
        waited_s = (at - self.at).total_seconds()
        one, two = 1 / PARENT_HALF_S, 1 / HALF_S
        left, faded = 2 ** (-waited_s * one), 2 ** (-waited_s * two)
        grown = two / (two - one) * self.parent_bq * (left - faded)
        return self.parent_bq * left, self.daughter_bq * faded + grown


@dataclass
class Batch:
    """What the rules ask of a batch."""

    labelled_at: datetime
    expires_at: datetime
    deviates: bool
    made_by: set[str]
    vials: list[str]
    state: str = "quarantine"
    results: list[tuple[str, str, bool, str]] = field(
        default_factory=list
    )  # name, test, passed, by
    given_out: bool = False

    def found(self, test: str) -> set[bool]:
        """What the results of a test say that count."""
        return {passed for _, kind, passed, _ in self.results if kind == test}

    @property
    def failed(self) -> bool:
        """One failure is enough, though a repeat passed."""
        return any(False in self.found(test) for test in (*EARLY, LATE))

    @property
    def tested(self) -> bool:
        """Whether all that is due before an injection is there, and nothing failed."""
        return not self.failed and all(self.found(test) for test in EARLY)

    def may_become(self, state: str, by: str, at: datetime, reason: str) -> bool:
        """Whether a decision is within the rules."""
        if state not in ALLOWED[self.state]:
            return False
        if state in USABLE:
            complete = self.tested and (state != "released" or bool(self.found(LATE)))
            in_time = self.state != "quarantine" or at < self.expires_at
            explained = bool(reason) or not self.deviates
            fresh = by not in self.made_by | {person for *_, person in self.results}
            return complete and in_time and explained and fresh and at >= self.labelled_at
        return bool(reason) and not (state == "rejected" and self.given_out)

    def usable(self, at: datetime) -> bool:
        """Whether a syringe may be drawn."""
        return self.state in USABLE and at < self.expires_at and self.tested


@dataclass
class Pool:
    """A vial or an eluate: what is in it."""

    volume_ml: float
    bq_at_start: float
    batch: str = ""
    closed: bool = False
    under_way: str = ""
    site: str = "Workshop"
    at: datetime = START


@dataclass
class Ledger:
    """All activity, at one time, and where it went."""

    columns: dict[str, Column] = field(default_factory=dict)
    eluates: dict[str, Pool] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    vials: dict[str, Pool] = field(default_factory=dict)
    syringes: dict[str, tuple[str, float, datetime]] = field(default_factory=dict)
    injected: dict[str, float] = field(default_factory=dict)
    eluted: float = 0.0
    labelling: float = 0.0
    dispensed: float = 0.0
    samples: float = 0.0
    waste: float = 0.0

    def shares(self) -> dict[str, float]:
        """Where the eluted activity is, at one time."""
        return {
            "eluates": sum(pool.bq_at_start for pool in self.eluates.values()),
            "labelling": self.labelling,
            "vials": sum(pool.bq_at_start for pool in self.vials.values()),
            "dispensed": self.dispensed,
            "samples": self.samples,
            "waste": self.waste,
        }
