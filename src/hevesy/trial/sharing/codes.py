"""New names, new UIDs and the shift of a person's days, all from one secret key."""

import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field

from hevesy.errors import TrialError

__all__ = ["OLDEST_SHARED_AGE_YEARS", "SharingKey"]

OLDEST_SHARED_AGE_YEARS = 90
"""Everybody over 89 years is written as this (45 CFR 164.514(b)(2)(i)(C))."""

_LEAST_BYTES = 32
_MOST_DAYS = 365
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_LENGTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingKey:
    """A secret from which every code and shift of a sharing copy follows.

    HMAC-SHA256 of what is replaced, under the key: without the key nobody computes a code from a
    name, nor a shift from a code; with it, the same study gives the same copy again.

    Parameters
    ----------
    secret : bytes
        At least 32, from a source of secrets; never written into a copy.

    Raises
    ------
    TrialError
        It is too short.

    References
    ----------
    Krawczyk H, Bellare M, Canetti R. HMAC. RFC 2104 (1997); DICOM PS3.5 B.2 (UIDs from UUIDs).

    Examples
    --------
    >>> key = SharingKey(secret=bytes(32))
    >>> key.code("patient", "P01") == key.code("patient", "P01") != key.code("patient", "P02")
    True
    >>> -365 <= key.shift_days("P01") <= -1
    True
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < _LEAST_BYTES:
            raise TrialError(
                "the key of a sharing copy is too short",
                got=f"{len(self.secret)} bytes",
                allowed=f"{_LEAST_BYTES} or more",
                remedy="let the command make one: name a key file that is not there yet",
            )

    def _digest(self, *parts: str) -> bytes:
        text = json.dumps(["hevesy sharing 1", *parts])
        return hmac.new(self.secret, text.encode(), hashlib.sha256).digest()

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits by which a key is told from another, and not guessed."""
        return self._digest("fingerprint").hex()[:8]

    def shift_days(self, patient: str) -> int:
        """Give the days that are added to a person's dates: -365 to -1, each as likely.

        Backwards, for a copy whose dates lie in the future is refused by data checks and by
        viewers, and a shift that might be either way would show its sign by such a date.

        Examples
        --------
        >>> shifts = [SharingKey(secret=bytes(32)).shift_days(f"P{n}") for n in range(2000)]
        >>> min(shifts), max(shifts)
        (-365, -1)
        """
        number = int.from_bytes(self._digest("shift", patient), "big")
        return -1 - number % _MOST_DAYS

    def code(self, kind: str, name: str) -> str:
        """Give the new name of a record: a letter of its kind and ten of base 32 (50 bits).

        Examples
        --------
        >>> len(SharingKey(secret=bytes(32)).code("lesion", "L1"))
        12
        """
        number = int.from_bytes(self._digest("code", kind, name)[:8], "big")
        letters = [_LETTERS[(number >> (5 * place)) & 31] for place in range(_LENGTH)]
        return f"{kind[0].upper()}-{''.join(letters)}"

    def uid(self, patient: str, uid: str) -> str:
        """Give the new UID of one of a person's, below 2.25.

        It depends on the person too: what two people's files have in common (a camera's, a
        calibration's) must not tie the two together, whose shifts differ.

        Examples
        --------
        >>> key = SharingKey(secret=bytes(32))
        >>> key.uid("P01", "1.2.3.4").startswith("2.25."), len(key.uid("P01", "1.2.3.4")) <= 64
        (True, True)
        """
        if not uid:
            return uid
        return f"2.25.{uuid.UUID(bytes=self._digest('uid', patient, uid)[:16], version=4).int}"
