"""Every error that hevesy raises on purpose, in one tree.

::

    HevesyError                  exit code 1: it failed
    ├── InputError               exit code 2: what was given cannot be used
    │   ├── CaseError            a case file: a key, a type, a combination
    │   ├── UnitError            a quantity's text: its number or its unit
    │   ├── TimeError            a moment: naive, impossible, out of order
    │   ├── NuclideError         an unknown nuclide, or not the one declared
    │   ├── ImageFileError       a file: missing, truncated, not what it should be
    │   ├── GridError            an image's geometry: slices, frames of reference
    │   ├── QuantityError        an image's values: kind, sign, not finite
    │   ├── IdentityError        two patients, another series
    │   ├── RegionError          a region: outside, empty, named twice
    │   ├── TrialError           a trial's tables and terms: a column, a value, a rule
    │   ├── StudyError           a study: its folder, its protocol, its database
    │   ├── RecordError          a record of a study: unknown, there already, changed meanwhile
    │   ├── AccessError          a person: unknown, without the right, a wrong passphrase
    │   └── CustodyError         generator to injection: a step that must not happen
    ├── FitError                 a curve that these measurements cannot give
    ├── RegistrationError        two images that could not be brought together
    ├── OutputError              exit code 2: a result that could not be written
    └── Interrupted              exit code 2: stopped by the user

A message is one line: what was wrong, which value, what is allowed, what to do.
It never holds a patient's name or identifier.
"""

__all__ = [
    "AccessError",
    "CaseError",
    "CustodyError",
    "FitError",
    "GridError",
    "HevesyError",
    "IdentityError",
    "ImageFileError",
    "InputError",
    "Interrupted",
    "NuclideError",
    "OutputError",
    "QuantityError",
    "RecordError",
    "RegionError",
    "RegistrationError",
    "StudyError",
    "TimeError",
    "TrialError",
    "UnitError",
]


class HevesyError(Exception):
    """An error with a message for people.

    Parameters
    ----------
    problem : str
        What was wrong, and where.
    got : object, optional
        The value that was met.
    allowed : str, optional
        What would have been accepted.
    remedy : str
        What to do about it.

    Examples
    --------
    >>> print(InputError("unknown unit", got="Ci/m", allowed="MBq, GBq, mCi", remedy="write mCi"))
    unknown unit: got 'Ci/m', allowed: MBq, GBq, mCi; write mCi
    """

    exit_code = 1

    def __init__(self, problem: str, *, got: object = None, allowed: str = "", remedy: str) -> None:
        parts = []
        if got is not None:
            parts.append(f"got {got!r}" if isinstance(got, str) else f"got {got}")
        if allowed:
            parts.append(f"allowed: {allowed}")
        head = f"{problem}: {', '.join(parts)}" if parts else problem
        super().__init__(" ".join(f"{head}; {remedy}".split()))
        self.problem = problem
        self.got = got
        self.allowed = allowed
        self.remedy = remedy


class InputError(HevesyError):
    """What was given cannot be used."""

    exit_code = 2


class CaseError(InputError):
    """A case file has a wrong key, type or combination."""


class UnitError(InputError):
    """A quantity's text has no number, or a unit that is not allowed."""


class TimeError(InputError):
    """A moment is naive, impossible or out of order."""


class NuclideError(InputError):
    """A nuclide is unknown, or is not the one that was declared."""


class ImageFileError(InputError):
    """A file is missing, truncated, or not what it should be."""


class GridError(InputError):
    """An image's geometry is broken, or does not fit the others'."""


class QuantityError(InputError):
    """An image's values are of the wrong kind, negative or not finite."""


class IdentityError(InputError):
    """Files of two patients, or of another series, were put together."""


class RegionError(InputError):
    """A region is outside the image, empty, or named twice."""


class StudyError(InputError):
    """A study's folder, protocol or database is missing, damaged, or of another version."""


class RecordError(InputError):
    """A record of a study is unknown, is there already, or was changed by somebody meanwhile."""


class AccessError(InputError):
    """Somebody is unknown to the study, may not do this, or gave a wrong passphrase."""


class CustodyError(InputError):
    """From generator to injection: a step that must not happen, or a record that lacks a part."""


class TrialError(InputError):
    """A trial's table, term or published figure has a column or a value that can't be used."""


class FitError(HevesyError):
    """The measurements cannot give the curve that was asked for."""


class RegistrationError(HevesyError):
    """Two images could not be brought into one frame."""


class OutputError(HevesyError):
    """A result could not be written; nothing stands under its final name."""

    exit_code = 2


class Interrupted(HevesyError):  # noqa: N818 - the state, as the user knows it
    """The user stopped the work; nothing stands under a final name."""

    exit_code = 2
