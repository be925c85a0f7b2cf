"""The `[rest_of_body]` table and the `[[blood]]` samples of a case file."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from hevesy.case import BloodSample, RestOfBody
from hevesy.errors import CaseError, TimeError
from hevesy.files.case_quantities import share
from hevesy.files.case_times import to_utc
from hevesy.files.rest_models import BloodModel, RestOfBodyModel
from hevesy.organs import require_tissue
from hevesy.units import parse_concentration_bq_per_ml, parse_mass_g, parse_share

__all__ = ["to_rest_of_body"]

_LIGHTEST_G, _HEAVIEST_G = 2e3, 4e5


def to_rest_of_body(
    model: RestOfBodyModel | None, blood: Sequence[BloodModel], zone: ZoneInfo, first: datetime
) -> RestOfBody | None:
    """Turn ``[rest_of_body]`` and ``[[blood]]`` into canonical units.

    Parameters
    ----------
    model : RestOfBodyModel or None
    blood : sequence of BloodModel
    zone : ZoneInfo
        The site's.
    first : datetime
        Of the first administration, UTC.

    Returns
    -------
    RestOfBody or None
        None where the case says nothing of it.

    Raises
    ------
    CaseError
        A value out of range, a name twice, an unknown tissue.
    TimeError
        A sample before the injection.

    Examples
    --------
    >>> from datetime import UTC
    >>> given = RestOfBodyModel(body_mass="72 kg")
    >>> to_rest_of_body(given, [], ZoneInfo("UTC"), datetime(2024, 3, 4, tzinfo=UTC)).body_mass_g
    72000.0
    """
    if model is None and not blood:
        return None
    given = RestOfBodyModel() if model is None else model
    samples = []
    for number, sample in enumerate(blood, start=1):
        where = f"blood[{number}]"
        time = to_utc(sample.time, zone, f"{where}.time")
        if time <= first:
            raise TimeError(
                f"{where}.time is not after the injection",
                got=time.isoformat(),
                allowed=f"after {first.isoformat()}",
                remedy="correct one of the times, or leave the sample out",
            )
        samples.append(
            BloodSample(
                time=time,
                concentration_bq_per_ml=parse_concentration_bq_per_ml(
                    sample.concentration, f"{where}.concentration"
                ),
                relative_uncertainty=share(sample.uncertainty, f"{where}.uncertainty") or 0.0,
            )
        )
    return RestOfBody(
        body_mass_g=_mass_g(given.body_mass),
        sex=given.sex,
        hematocrit_share=_part(given.hematocrit, "hematocrit"),
        blood=tuple(samples),
        marrow_region=given.marrow_region,
        marrow_share=_part(given.marrow_share, "marrow_share"),
        unmeasured=_once(given.unmeasured),
        tissues=tuple((name, require_tissue(t, name)) for name, t in given.tissues.items()),
    )


def _mass_g(text: str | None) -> float | None:
    if text is None:
        return None
    mass_g = parse_mass_g(text, "rest_of_body.body_mass")
    if not _LIGHTEST_G <= mass_g <= _HEAVIEST_G:
        raise CaseError(
            "rest_of_body.body_mass is out of range",
            got=text,
            allowed=f"{_LIGHTEST_G / 1e3:g} kg to {_HEAVIEST_G / 1e3:g} kg",
            remedy="correct it",
        )
    return mass_g


def _part(text: str | None, key: str) -> float | None:
    if text is None:
        return None
    value = parse_share(text, f"rest_of_body.{key}")
    if not 0 < value <= 1:
        raise CaseError(
            f"rest_of_body.{key} is out of range",
            got=text,
            allowed="above 0 %, up to 100 %",
            remedy="correct it",
        )
    return value


def _once(names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if not name.strip() or names.count(name) > 1:
            raise CaseError(
                "rest_of_body.unmeasured has an empty name or a name twice",
                got=name,
                remedy="name each region once",
            )
    return tuple(names)
