"""Scatter corrections by their names, as people and records write them."""

from dataclasses import dataclass

from hevesy.errors import InputError

__all__ = ["SCATTER_METHODS", "ScatterMethod"]

SCATTER_METHODS = ("tew", "dew", "upper", "none")
_NEEDS = {"tew": ("lower", "upper"), "dew": ("lower",), "upper": ("upper",), "none": ()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScatterMethod:
    """A scatter correction: its name, and for the triple window where its line is read.

    Parameters
    ----------
    name : str
        ``"tew"``, ``"dew"``, ``"upper"`` or ``"none"``.
    upper_share : float or None
        Of the triple window: the upper window's share of the density under the peak, 0 to 1;
        None for a half.

    Raises
    ------
    InputError
        An unknown name, a share for another correction than the triple window, or one that is not
        from 0 to 1.

    Examples
    --------
    >>> ScatterMethod.parse("tew:0.75")
    ScatterMethod(name='tew', upper_share=0.75)
    >>> ScatterMethod.parse("tew").windows
    ('lower', 'upper')
    """

    name: str
    upper_share: float | None = None

    def __post_init__(self) -> None:
        if self.name not in SCATTER_METHODS:
            raise InputError(
                "unknown scatter correction",
                got=self.name,
                allowed=", ".join(SCATTER_METHODS),
                remedy="choose one of them",
            )
        share = self.upper_share
        if share is not None and (self.name != "tew" or not 0 <= share <= 1):
            raise InputError(
                "the upper window's share must be from 0 to 1, and of the triple window",
                got=f"{self.name}:{share:g}",
                allowed="tew:0 to tew:1",
                remedy="write for example tew:0.75, or tew alone",
            )

    @classmethod
    def parse(cls, text: str) -> "ScatterMethod":
        """Read ``tew``, ``tew:0.75`` and so on.

        Raises
        ------
        InputError
            What follows the colon is not a number.
        """
        name, colon, share = text.partition(":")
        if not colon:
            return cls(name=name)
        try:
            number = float(share)
        except ValueError:
            raise InputError(
                "the upper window's share is not a number",
                got=text,
                allowed="tew:0 to tew:1",
                remedy="write for example tew:0.75",
            ) from None
        return cls(name=name, upper_share=number)

    @property
    def windows(self) -> tuple[str, ...]:
        """Which windows beside the peak it needs: ``lower``, ``upper``."""
        return _NEEDS[self.name]
