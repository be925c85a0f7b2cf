"""A kinetics prior as a TOML file: of a study's own lesions, or from elsewhere with its source."""

import tomllib
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hevesy.errors import CaseError, InputError
from hevesy.files.model_refusal import refuse_shape
from hevesy.timeactivity import KineticsPrior

__all__ = ["prior_to_toml", "read_kinetics_prior"]

_WHAT = "the prior file"
_ORDER = "logit s, 2 artanh w, ln f, ln b, ln l (rates in 1/s), ln o (s)"


class _PriorModel(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    name: str = Field(min_length=1, max_length=60)
    source: str = Field(min_length=1)
    wide_weight: float = 0.2
    mean: list[float]
    covariance: list[list[float]]


def read_kinetics_prior(path: Path) -> KineticsPrior:
    """Read a prior.

    Parameters
    ----------
    path : Path

    Returns
    -------
    KineticsPrior

    Raises
    ------
    CaseError
        The file is not TOML, lacks a key, or holds what is no distribution.

    Examples
    --------
    >>> read_kinetics_prior(Path(__file__))
    Traceback (most recent call last):
    ...
    hevesy.errors.CaseError: the prior file can't be read as TOML: ...
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CaseError(
            f"{_WHAT} can't be read as TOML: {str(error)[:80]}",
            got=path.name,
            remedy='make it again with `hevesy prior`, or write prior = "wide"',
        ) from None
    try:
        model = _PriorModel.model_validate(table)
    except ValidationError as error:
        raise refuse_shape(error, _PriorModel, _WHAT) from None
    if {len(row) for row in model.covariance} != {len(model.covariance)}:
        raise CaseError(
            f"the covariance of {_WHAT} is not square",
            got=f"rows of {sorted({len(row) for row in model.covariance})} numbers",
            allowed="6 rows of 6",
            remedy="make the file again with `hevesy prior`",
        )
    try:
        return KineticsPrior(
            name=model.name,
            source=model.source,
            mean=np.array(model.mean),
            covariance=np.array(model.covariance),
            wide_weight=model.wide_weight,
        )
    except InputError as error:
        raise CaseError(f"{_WHAT}: {error}", remedy="") from None


def prior_to_toml(prior: KineticsPrior) -> str:
    """Text of a prior file.

    Parameters
    ----------
    prior : KineticsPrior

    Returns
    -------
    str

    Examples
    --------
    >>> from hevesy.timeactivity import wide_prior
    >>> prior_to_toml(wide_prior()).splitlines()[1]
    'name = "wide"'
    """

    def text(words: str) -> str:
        escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
        return f'"{escaped}"'

    def row(values: list[float]) -> str:
        return "[" + ", ".join(repr(float(f"{value:.10g}")) for value in values) + "]"

    lines = [
        "# Kinetics prior of hevesy: docs/methods/monitor.md",
        f"name = {text(prior.name)}",
        f"source = {text(prior.source)}",
        f"wide_weight = {prior.wide_weight:g}",
        f"# {_ORDER}",
        f"mean = {row(prior.mean.tolist())}",
        "covariance = [",
        *(f"  {row(values)}," for values in prior.covariance.tolist()),
        "]",
    ]
    return "\n".join(lines) + "\n"
