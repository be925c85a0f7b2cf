"""Release of a batch: five states, one table of steps, and what each step asks for."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hevesy.errors import CustodyError, TimeError
from hevesy.pharmacy.amounts import require_text
from hevesy.pharmacy.labelling import LabellingReview
from hevesy.pharmacy.moments import as_utc
from hevesy.pharmacy.quality import BatchQuality

__all__ = [
    "TRANSITIONS",
    "BatchRelease",
    "ReleaseState",
    "Signature",
    "change_state",
    "require_usable",
    "state_demanded",
]


class ReleaseState(StrEnum):
    """Where a batch stands.

    Examples
    --------
    >>> [state.value for state in ReleaseState]
    ['quarantine', 'conditionally released', 'released', 'rejected', 'recalled']
    """

    QUARANTINE = "quarantine"
    CONDITIONALLY_RELEASED = "conditionally released"
    RELEASED = "released"
    REJECTED = "rejected"
    RECALLED = "recalled"


_S = ReleaseState
TRANSITIONS: dict[ReleaseState, tuple[ReleaseState, ...]] = {
    # a batch may travel in quarantine, while its tests run: then it is recalled
    _S.QUARANTINE: (_S.CONDITIONALLY_RELEASED, _S.RELEASED, _S.REJECTED, _S.RECALLED),
    _S.CONDITIONALLY_RELEASED: (_S.RELEASED, _S.REJECTED, _S.RECALLED),
    _S.RELEASED: (_S.RECALLED,),
    _S.REJECTED: (),
    _S.RECALLED: (),
}
_USABLE = (_S.CONDITIONALLY_RELEASED, _S.RELEASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who decided, when, and why.

    Parameters
    ----------
    signed_by : str
    signed_at : datetime
        Aware; kept in UTC.
    reason : str
        Needed to reject or recall, and to release with deviations; may be empty otherwise.

    Examples
    --------
    >>> from datetime import UTC
    >>> Signature(signed_by="B", signed_at=datetime(2024, 3, 1, tzinfo=UTC)).reason
    ''
    """

    signed_by: str
    signed_at: datetime
    reason: str = ""

    def __post_init__(self) -> None:
        require_text(self.signed_by, "who signs")
        object.__setattr__(self, "signed_at", as_utc(self.signed_at, "signature"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRelease:
    """A batch's standing, and how it came to it.

    Parameters
    ----------
    batch : str
    expires_at : datetime
        As the study sets it; aware; kept in UTC.
    performers : frozenset of str
        Everyone who had a hand in making or testing it: none of them may release it.
    state : ReleaseState
    history : tuple of (ReleaseState, Signature)
        Each state that was reached, with who signed for it.

    Examples
    --------
    >>> from datetime import UTC
    >>> BatchRelease(batch="B-1", expires_at=datetime(2024, 3, 1, tzinfo=UTC),
    ...              performers=frozenset({"A"})).state.value
    'quarantine'
    """

    batch: str
    expires_at: datetime
    performers: frozenset[str]
    state: ReleaseState = ReleaseState.QUARANTINE
    history: tuple[tuple[ReleaseState, Signature], ...] = ()

    def __post_init__(self) -> None:
        require_text(self.batch, "the batch's number")
        object.__setattr__(self, "expires_at", as_utc(self.expires_at, "batch's expiry"))
        if not self.performers:
            raise CustodyError(
                f"nobody is named who made batch {self.batch}",
                remedy="name the performers: none of them may release it",
            )


def change_state(
    release: BatchRelease,
    to: ReleaseState,
    *,
    signature: Signature,
    quality: BatchQuality,
    labelling: LabellingReview,
    given_out: bool,
) -> BatchRelease:
    """Bring a batch to another state, or say why not.

    A release, conditional or full, is signed by somebody who neither made nor tested the batch; a
    rejection or a recall may be signed by anyone, for it makes things safer, and gives its reason.

    Parameters
    ----------
    release : BatchRelease
    to : ReleaseState
    signature : Signature
    quality : BatchQuality
        All tests of the batch as they are now.
    labelling : LabellingReview
    given_out : bool
        Whether anything of the batch has left the pharmacy: then it is recalled, not rejected.

    Returns
    -------
    BatchRelease

    Raises
    ------
    CustodyError
        The step is not in `TRANSITIONS`, a test failed or is missing, deviations or a recall
        without a reason, or the wrong signer.
    TimeError
        Signed before an earlier signature; or a first release past the expiry.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2024, 3, 1, 10, tzinfo=UTC)
    >>> batch = BatchRelease(batch="B-1", expires_at=at.replace(hour=18),
    ...                      performers=frozenset({"A"}))
    >>> done = LabellingReview(labelled_at=at, elution_to_labelled_s=5400.0, deviations=())
    >>> tested = BatchQuality(verdicts=())
    >>> change_state(batch, ReleaseState.RELEASED, signature=Signature(signed_by="B", signed_at=at),
    ...              quality=tested, labelling=done, given_out=False).state.value
    'released'
    """
    allowed = TRANSITIONS[release.state]
    if to not in allowed:
        raise CustodyError(
            f"batch {release.batch} is {release.state.value} and cannot become {to.value}",
            allowed=", ".join(state.value for state in allowed) or "nothing further",
            remedy="see where the batch stands",
        )
    _refuse_order(release, signature)
    if to in _USABLE:
        _refuse_release(release, to, signature, quality, labelling)
    else:
        _refuse_withdrawal(release, to, signature, given_out=given_out)
    return BatchRelease(
        batch=release.batch,
        expires_at=release.expires_at,
        performers=release.performers,
        state=to,
        history=(*release.history, (to, signature)),
    )


def _refuse_order(release: BatchRelease, signature: Signature) -> None:
    if release.history and signature.signed_at < release.history[-1][1].signed_at:
        raise TimeError(
            f"batch {release.batch} was signed for later than this",
            got=signature.signed_at.isoformat(),
            allowed=f"from {release.history[-1][1].signed_at.isoformat()}",
            remedy="correct the time",
        )


def _refuse_release(
    release: BatchRelease,
    to: ReleaseState,
    signature: Signature,
    quality: BatchQuality,
    labelling: LabellingReview,
) -> None:
    batch = release.batch
    if _same_person(signature.signed_by, release.performers):
        raise CustodyError(
            f"batch {batch} can't be released by who made or tested it",
            got=signature.signed_by,
            allowed="another person",
            remedy="have another person sign",
        )
    full = to is ReleaseState.RELEASED
    still = (*quality.failed, *quality.missing) if full else quality.open_before_injection
    if still:
        raise CustodyError(
            f"batch {batch} can't be {to.value}",
            got="; ".join(verdict.words for verdict in still),
            allowed="every test passed"
            if full
            else "every test that is due before the injection passed",
            remedy="complete the tests, or reject the batch",
        )
    if signature.signed_at < labelling.labelled_at:
        raise TimeError(
            f"batch {batch} was signed for before it was labelled",
            got=signature.signed_at.isoformat(),
            allowed=f"from {labelling.labelled_at.isoformat()}",
            remedy="correct one of the two times",
        )
    if labelling.deviations and not signature.reason.strip():
        raise CustodyError(
            f"batch {batch} has deviations and needs a reason to be released",
            got="; ".join(f"{d.step}: {d.words}" for d in labelling.deviations),
            remedy="say why it may be used all the same, or reject it",
        )
    first = release.state is ReleaseState.QUARANTINE
    if first and signature.signed_at >= release.expires_at:
        raise TimeError(
            f"batch {batch} is past its expiry and can't be released",
            got=signature.signed_at.isoformat(),
            allowed=f"before {release.expires_at.isoformat()}",
            remedy="reject it",
        )


def _refuse_withdrawal(
    release: BatchRelease, to: ReleaseState, signature: Signature, *, given_out: bool
) -> None:
    if not signature.reason.strip():
        raise CustodyError(
            f"batch {release.batch} can't be {to.value} without a reason",
            remedy="say why",
        )
    if to is ReleaseState.REJECTED and given_out:
        raise CustodyError(
            f"batch {release.batch} has left the pharmacy and can't be rejected",
            allowed=ReleaseState.RECALLED.value,
            remedy="recall it: every syringe of it is then listed",
        )


def _same_person(name: str, others: Set[str]) -> bool:
    return name.strip().casefold() in {other.strip().casefold() for other in others}


def state_demanded(
    release: BatchRelease, quality: BatchQuality, *, given_out: bool
) -> ReleaseState | None:
    """The state into which a failed test forces a batch; None where nothing is forced.

    Parameters
    ----------
    release : BatchRelease
    quality : BatchQuality
        With the result that came late.
    given_out : bool
        Whether anything of the batch has left the pharmacy.

    Returns
    -------
    ReleaseState or None
        ``RECALLED`` or ``REJECTED``.

    Examples
    --------
    >>> from datetime import UTC
    >>> from hevesy.pharmacy.quality import TestKind, TestResult, judge_batch
    >>> at = datetime(2024, 3, 6, tzinfo=UTC)
    >>> batch = BatchRelease(batch="B-1", expires_at=at, performers=frozenset({"A"}),
    ...                      state=ReleaseState.CONDITIONALLY_RELEASED)
    >>> sterility = TestKind(name="sterility", accepted=("no growth",), before_injection=False)
    >>> late = TestResult(kind="sterility", words="growth", measured_at=at, performed_by="C")
    >>> state_demanded(batch, judge_batch([sterility], [late]), given_out=True).value
    'recalled'
    """
    if not quality.failed or release.state in {ReleaseState.REJECTED, ReleaseState.RECALLED}:
        return None
    if release.state is ReleaseState.RELEASED or given_out:
        return ReleaseState.RECALLED
    return ReleaseState.REJECTED


def require_usable(release: BatchRelease, at: datetime, what: str) -> None:
    """Refuse to use a batch that is not released, was recalled or rejected, or has expired.

    Parameters
    ----------
    release : BatchRelease
    at : datetime
        When it is to be used, aware.
    what : str
        What for: ``"injection"``.

    Raises
    ------
    CustodyError
        Its state forbids it.
    TimeError
        Before it was released, or at its expiry or after.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2024, 3, 1, 10, tzinfo=UTC)
    >>> batch = BatchRelease(batch="B-1", expires_at=at, performers=frozenset({"A"}))
    >>> require_usable(batch, at, "injection")
    Traceback (most recent call last):
    hevesy.errors.CustodyError: batch B-1 can't be used for the injection: got 'quarantine', \
allowed: conditionally released, released; have it released, or take another batch
    """
    moment = as_utc(at, what)
    if release.state not in _USABLE:
        raise CustodyError(
            f"batch {release.batch} can't be used for the {what}",
            got=release.state.value,
            allowed=", ".join(state.value for state in _USABLE),
            remedy="have it released, or take another batch",
        )
    first = min((s.signed_at for state, s in release.history if state in _USABLE), default=None)
    if first is not None and moment < first:
        raise TimeError(
            f"batch {release.batch} was not yet released at the {what}",
            got=moment.isoformat(),
            allowed=f"from {first.isoformat()}",
            remedy="correct the time",
        )
    if moment >= release.expires_at:
        raise TimeError(
            f"batch {release.batch} is past its expiry at the {what}",
            got=moment.isoformat(),
            allowed=f"before {release.expires_at.isoformat()}",
            remedy="take another batch",
        )
