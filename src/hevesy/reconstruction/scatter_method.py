"""Scatter corrections by their names, as people and records write them."""

from dataclasses import dataclass

from hevesy.camera import get_camera
from hevesy.errors import InputError

__all__ = ["SCATTER_METHODS", "ScatterMethod"]

SCATTER_METHODS = ("tew", "dew", "upper", "model", "none")
_NEEDS = {"tew": ("lower", "upper"), "dew": ("lower",), "upper": ("upper",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScatterMethod:
    """A scatter correction: its name, and for the triple window where its line is read.

    Parameters
    ----------
    name : str
        ``"tew"``, ``"dew"``, ``"upper"``, ``"model"`` or ``"none"``.
    upper_share : float or None
        Of the triple window: the upper window's share of the density under the peak, 0 to 1;
        None for a half.
    camera : str or None
        Of the model: which camera it takes, by name; it is never guessed.

    Raises
    ------
    InputError
        An unknown name, a share for another correction than the triple window, or one that is not
        from 0 to 1; a model without a camera's name, or a camera for another correction.

    Examples
    --------
    >>> ScatterMethod.parse("tew:0.75").upper_share
    0.75
    >>> ScatterMethod.parse("model:siemens-symbia-he").camera
    'siemens-symbia-he'
    >>> ScatterMethod.parse("tew").windows
    ('lower', 'upper')
    """

    name: str
    upper_share: float | None = None
    camera: str | None = None

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

        if (self.camera is None) == (self.name == "model"):
            raise InputError(
                "scatter by a model needs the camera's name, and only a model does",
                got=self.name if self.camera is None else f"{self.name}:{self.camera}",
                allowed="such as model:siemens-symbia-he",
                remedy="name the camera that took the scan (hevesy spect simulate --help)",
            )
        if self.camera is not None:
            get_camera(self.camera)

    @classmethod
    def parse(cls, text: str) -> "ScatterMethod":
        """Read ``tew``, ``tew:0.75``, ``model:CAMERA`` and so on.

        Raises
        ------
        InputError
            What follows the colon is not a number.
        """
        name, colon, share = text.partition(":")
        if not colon:
            return cls(name=name)
        if name == "model":
            return cls(name=name, camera=share)
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
        return _NEEDS.get(self.name, ())
