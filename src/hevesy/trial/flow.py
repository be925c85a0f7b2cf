"""How many subjects reached each stage of a trial, who left and why; the sums reconciled."""

from dataclasses import dataclass
from itertools import pairwise

from hevesy.errors import TrialError
from hevesy.trial.published import Publication

__all__ = ["FlowExit", "FlowStage", "SubjectFlow", "published_flow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowExit:
    """Subjects who left a stage for one reason.

    Parameters
    ----------
    reason : str
    subjects : int
        0 where a protocol lists the reason and nobody had it.

    Raises
    ------
    TrialError
        A negative count.

    Examples
    --------
    >>> FlowExit(reason="lost to follow-up", subjects=4).subjects
    4
    """

    reason: str
    subjects: int

    def __post_init__(self) -> None:
        _require_count(self.subjects, self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStage:
    """One stage.

    Parameters
    ----------
    name : str
    subjects : int
    exits : tuple of FlowExit
        Who did not reach the next stage.

    Raises
    ------
    TrialError
        A negative count, or more who left than there were.

    Examples
    --------
    >>> FlowStage(name="Screened", subjects=51, exits=()).left
    0
    """

    name: str
    subjects: int
    exits: tuple[FlowExit, ...]

    def __post_init__(self) -> None:
        _require_count(self.subjects, self.name)
        if self.left > self.subjects:
            raise TrialError(
                f"more left the stage '{self.name}' than were in it",
                got=f"{self.left} of {self.subjects}",
                remedy="correct the counts",
            )

    @property
    def left(self) -> int:
        """How many left in all."""
        return sum(one.subjects for one in self.exits)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFlow:
    """The stages of a trial, in order.

    Parameters
    ----------
    stages : tuple of FlowStage

    Raises
    ------
    TrialError
        No stage.

    Examples
    --------
    >>> SubjectFlow(stages=(
    ...     FlowStage(name="Treated", subjects=42, exits=(FlowExit(reason="lost", subjects=4),)),
    ...     FlowStage(name="Analysed", subjects=36, exits=()),
    ... )).faults
    ('Treated 42 - 4 = 38, but Analysed 36',)
    """

    stages: tuple[FlowStage, ...]

    def __post_init__(self) -> None:
        if not self.stages:
            raise TrialError("a flow needs a stage", remedy="give the first one")

    @property
    def faults(self) -> tuple[str, ...]:
        """Stages whose subjects are not those who remained; empty if all sums agree."""
        return tuple(
            f"{stage.name} {stage.subjects} - {stage.left} = {stage.subjects - stage.left}, but "
            f"{after.name} {after.subjects}"
            for stage, after in pairwise(self.stages)
            if stage.subjects - stage.left != after.subjects
        )


def _require_count(subjects: int, what: str) -> None:
    if subjects < 0:
        raise TrialError(
            f"'{what}' can't count fewer than none", got=subjects, remedy="correct the count"
        )


def published_flow(publication: Publication) -> SubjectFlow:
    """Return a publication's flow from its published counts.

    Parameters
    ----------
    publication : Publication
        With the tables "facts" and "flow".

    Returns
    -------
    SubjectFlow

    Raises
    ------
    TrialError
        A count that is not published, or no whole number.

    Examples
    --------
    >>> from hevesy.trial import read_publication
    >>> flow = published_flow(read_publication("imdendrim"))
    >>> [stage.subjects for stage in flow.stages], flow.faults
    ([51, 42, 36], ())
    """
    facts = {row["fact"]: row["value"] for row in publication.tables.get("facts", ())}
    stages: dict[str, int] = {}
    exits: dict[str, list[FlowExit]] = {}
    for row in publication.tables.get("flow", ()):
        text = facts.get(row["fact"], "")
        if not text.isdecimal():
            raise TrialError(
                "a count of the flow is not published",
                got=f"{row['fact']}: {text or 'nothing'}",
                remedy="give it among the facts",
            )
        if row["reason"]:
            one = FlowExit(reason=row["reason"], subjects=int(text))
            exits.setdefault(row["stage"], []).append(one)
        else:
            stages[row["stage"]] = int(text)
    return SubjectFlow(
        stages=tuple(
            FlowStage(name=name, subjects=n, exits=tuple(exits.get(name, ())))
            for name, n in stages.items()
        )
    )
