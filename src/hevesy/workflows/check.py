"""One number of this installation beside the number that it should be."""

from dataclasses import dataclass

__all__ = ["Check", "check_of"]

Row = tuple[str, float, float, float, str, str]
"""Name, reference, measured, tolerance, unit, source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One number held against its reference.

    Parameters
    ----------
    topic : str
        One of `TOPICS`.
    name : str
        What it is.
    reference, measured : float
        The published number, and this installation's, in `unit`.
    tolerance : float
        How far apart they may be, in `unit`: the reference's rounding, or its own spread.
    unit : str
    source : str
        Where the reference is published, or the closed form that it comes from.

    Examples
    --------
    >>> Check(topic="nuclides", name="half-life of 188Re", reference=17.0, measured=17.004,
    ...       tolerance=0.01, unit="h", source="a table").passed
    True
    """

    topic: str
    name: str
    reference: float
    measured: float
    tolerance: float
    unit: str
    source: str

    @property
    def difference(self) -> float:
        """Measured less reference, in `unit`."""
        return self.measured - self.reference

    @property
    def passed(self) -> bool:
        """Whether the number is within its tolerance."""
        return abs(self.difference) <= self.tolerance


def check_of(topic: str, row: Row) -> Check:
    """Make a check from a row of a topic.

    Parameters
    ----------
    topic : str
    row : tuple
        Name, reference, measured, tolerance, unit, source.

    Returns
    -------
    Check

    Examples
    --------
    >>> check_of("dose", ("a ratio", 1.0, 1.5, 0.1, "1", "closed form")).passed
    False
    """
    name, reference, measured, tolerance, unit, source = row
    return Check(
        topic=topic, name=name, reference=float(reference), measured=float(measured),
        tolerance=float(tolerance), unit=unit, source=source,
    )  # fmt: skip
