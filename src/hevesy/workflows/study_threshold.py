"""A study's threshold rules: fixed and signed while outcomes are blind, and the unblinding."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hevesy.errors import RecordError, StudyError
from hevesy.evidence import ThresholdRule
from hevesy.files import nearest, read_threshold_rule
from hevesy.protocol import Action
from hevesy.store import Reader
from hevesy.store.tables import FixedRule, Unblinding
from hevesy.workflows.study import open_study, permit

__all__ = [
    "RuleState",
    "Unblinded",
    "choose_rule",
    "fix_rule",
    "list_rules",
    "read_rules",
    "unblind_study",
]

_UNBLINDING = "outcomes"  # the only name that an unblinding has: there is one in a study


@dataclass(frozen=True, slots=True, kw_only=True)
class Unblinded:
    """When outcomes were first shown beside doses.

    Parameters
    ----------
    at : datetime
        Of the study's clock, UTC.
    by, reason : str
    seq : int
        Number of its audit record.

    Examples
    --------
    >>> from datetime import UTC
    >>> Unblinded(at=datetime(2026, 1, 9, tzinfo=UTC), by="ines", reason="lock", seq=9).by
    'ines'
    """

    at: datetime
    by: str
    reason: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """A fixed rule as it stands now.

    Parameters
    ----------
    rule : ThresholdRule
    version : int
    at : datetime
        When this version was fixed, UTC.
    by : str
        Who signed it.
    seq : int
        Number of the audit record of the version that counts.
    status : str
        ``"pre-specified"``, ``"exploratory"``, or while outcomes are blind ``"fixed"``.
    why : str
        What the status rests on.

    Examples
    --------
    >>> from datetime import UTC
    >>> state = RuleState(rule=ThresholdRule(name="x"), version=1, seq=4, by="stan", why="",
    ...                   at=datetime(2026, 1, 9, tzinfo=UTC), status="fixed")
    >>> state.fixed_sha256
    ''
    """

    rule: ThresholdRule
    version: int
    at: datetime
    by: str
    seq: int
    status: str
    why: str

    @property
    def fixed_sha256(self) -> str:
        """The hash that was fixed before the outcomes; empty where it was not."""
        return self.rule.sha256 if self.status == "pre-specified" else ""


def fix_rule(
    folder: Path, file: Path, *, user: str, passphrase: str, reason: str = ""
) -> tuple[RuleState, Unblinded | None]:
    """Fix a rule, signed; another text under a fixed rule's name changes it.

    Parameters
    ----------
    folder : Path
        The study's.
    file : Path
        TOML; see `hevesy.files.read_threshold_rule`.
    user, passphrase : str
    reason : str
        Needed for a change.

    Returns
    -------
    RuleState, Unblinded or None

    Raises
    ------
    RecordError
        It is fixed already, or is changed without a reason.
    TrialError
        Its resamples are too few for its confidence.

    Examples
    --------
    >>> fix_rule(Path("no-such-folder"), Path("rule.toml"), user="stan", passphrase="x")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    with open_study(folder) as (_, store):
        permit(store, user, Action.FIX_RULE)
        rule = read_threshold_rule(file)
        rule.require_resamples()
        name = rule.name.strip()
        values = {"content": rule.to_json(), "content_sha256": rule.sha256}
        with store.writing(user, reason=reason, passphrase=passphrase) as writer:
            old = writer.find(FixedRule, name)
            if old is None:
                writer.add(FixedRule(id=name, **values))
                writer.sign(FixedRule, name, meaning="threshold rule fixed")
            elif old.content == values["content"]:
                raise RecordError(
                    "this rule is fixed already", got=name[:60], remedy="leave it as it is"
                )
            elif not reason.strip():
                raise RecordError(
                    "another rule is fixed under this name", got=name[:60],
                    remedy="give a reason by --reason to change it, or another name",
                )  # fmt: skip
            else:
                writer.correct(
                    FixedRule, name, expected_version=old.version,
                    meaning="threshold rule changed", **values,
                )  # fmt: skip
            states, unblinded = read_rules(writer)
            return next(state for state in states if state.rule.name.strip() == name), unblinded


def unblind_study(
    folder: Path, *, user: str, passphrase: str, reason: str, without_rule: bool = False
) -> tuple[tuple[RuleState, ...], Unblinded | None]:
    """Record that outcomes are shown beside doses from now on, signed; it can't be taken back.

    Parameters
    ----------
    folder : Path
        The study's.
    user, passphrase : str
    reason : str
    without_rule : bool
        Unblind though no rule is fixed: every threshold of the study is exploratory for good.

    Returns
    -------
    tuple of RuleState, Unblinded or None
        As `list_rules` gives them afterwards.

    Raises
    ------
    RecordError
        No reason; unblinded already; no rule is fixed.

    Examples
    --------
    >>> unblind_study(Path("no-such-folder"), user="ines", passphrase="x", reason="data lock")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    if not reason.strip():
        raise RecordError("unblinding needs a reason", remedy="give it by --reason")
    with open_study(folder) as (_, store):
        permit(store, user, Action.UNBLIND)
        with store.writing(user, reason=reason, passphrase=passphrase) as writer:
            _, before = read_rules(writer)
            if before is not None:
                raise RecordError(
                    "outcomes are unblinded already", got=f"{before.at:%Y-%m-%d %H:%M} UTC",
                    remedy="go on with `hevesy trial evidence`",
                )  # fmt: skip
            if not writer.count(FixedRule) and not without_rule:
                raise RecordError(
                    "no rule of a threshold is fixed, and one that is fixed later is exploratory",
                    remedy="fix one by `hevesy trial threshold fix`, or give --without-rule: then "
                    "every threshold of this study is exploratory",
                )
            writer.add(Unblinding(id=_UNBLINDING, reason=reason.strip()))
            writer.sign(Unblinding, _UNBLINDING, meaning="outcomes unblinded")
            return read_rules(writer)


def list_rules(folder: Path) -> tuple[tuple[RuleState, ...], Unblinded | None]:
    """Give a study's rules and its unblinding.

    Parameters
    ----------
    folder : Path
        The study's.

    Returns
    -------
    tuple of RuleState, Unblinded or None

    Examples
    --------
    >>> list_rules(Path("no-such-folder"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    with open_study(folder, any_protocol=True) as (_, store), store.reading() as reader:
        return read_rules(reader)


def read_rules(reader: Reader) -> tuple[tuple[RuleState, ...], Unblinded | None]:
    """Give the rules and the unblinding that a study's records hold.

    A rule is pre-specified if its text is the one that stood, signed, under its name when outcomes
    were unblinded; the order is that of the audit's chain, not of any clock.

    Parameters
    ----------
    reader : Reader

    Returns
    -------
    tuple of RuleState, Unblinded or None
        Rules by name.

    Raises
    ------
    StudyError
        A rule's text does not have the hash that stands beside it.

    Examples
    --------
    >>> list_rules(Path("no-such-folder"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    unblinded = _read_unblinding(reader)
    names = [row.id for row in reader.each(FixedRule)]
    return tuple(_state(reader, name, unblinded) for name in names), unblinded


def _read_unblinding(reader: Reader) -> Unblinded | None:
    first = [reader.history(Unblinding, row.id)[0] for row in reader.each(Unblinding)]
    if not first:
        return None
    one = min(first, key=lambda row: row.audit)
    entry = reader.trail(Unblinding, one.id)[0]
    return Unblinded(at=entry.at, by=entry.who, reason=one.reason, seq=one.audit)


def _state(reader: Reader, name: str, unblinded: Unblinded | None) -> RuleState:
    versions = reader.history(FixedRule, name)
    signed = {one.record_version: one for one in reader.signatures(FixedRule, name)}
    now = versions[-1]
    rule = ThresholdRule.from_json(now.content)
    if any(ThresholdRule.from_json(one.content).sha256 != one.content_sha256 for one in versions):
        raise StudyError(
            "a threshold rule's text does not have its hash", got=name[:60],
            remedy="run `hevesy trial check --audit`",
        )  # fmt: skip
    entry = {one.seq: one for one in reader.trail(FixedRule, name)}[now.audit]
    signer = signed[now.version].signer if now.version in signed else entry.who
    counts, status, why = now, "fixed", "outcomes are blind"
    if unblinded is not None:
        before = [
            one for one in versions
            if one.audit < unblinded.seq and one.version in signed
            and signed[one.version].audit < unblinded.seq
        ]  # fmt: skip
        if before and before[-1].content == now.content:
            counts, status, why = before[-1], "pre-specified", "signed before the unblinding"
        elif before:
            status, why = "exploratory", "changed after the unblinding"
        else:
            status, why = "exploratory", "fixed after the unblinding"
    return RuleState(
        rule=rule, version=now.version, at=entry.at, by=signer, seq=counts.audit, status=status,
        why=why,
    )  # fmt: skip


def choose_rule(states: tuple[RuleState, ...], name: str) -> RuleState:
    """Give the rule of a name, or the only one.

    Parameters
    ----------
    states : tuple of RuleState
    name : str
        Empty: the only rule there is.

    Returns
    -------
    RuleState

    Raises
    ------
    RecordError
        None, or none of this name, or several and no name.

    Examples
    --------
    >>> choose_rule((), "")
    Traceback (most recent call last):
    ...
    hevesy.errors.RecordError: no rule of a threshold is fixed; ...
    """
    if not states:
        raise RecordError(
            "no rule of a threshold is fixed", remedy="fix one by `hevesy trial threshold fix`"
        )
    known = {state.rule.name.strip(): state for state in states}
    if not name.strip() and len(known) == 1:
        return states[0]
    if name.strip() in known:
        return known[name.strip()]
    near = nearest(name.strip(), tuple(known)) if name.strip() else None
    raise RecordError(
        "there is no such threshold rule" if name.strip() else "several threshold rules are fixed",
        got=name.strip()[:60] or str(len(known)),
        allowed=", ".join(known),
        remedy=f'did you mean "{near}"?' if near else "name one by --rule",
    )
