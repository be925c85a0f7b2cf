"""True doses of the virtual patient: PENELOPE over the true activity, stored."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

__all__ = ["TransportedTruth", "read_transported_truth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportedTruth:
    """Mean doses of the regions over the true activity.

    Parameters
    ----------
    mean_dose_gy : Mapping of str to float
        Energy imparted over mass.
    statistical_uncertainty_gy : Mapping of str to float
        One standard deviation.
    engine : Mapping of str to str
        The code that each region's dose is of.
    source : Mapping of str to str
        That code, its version and the histories, of each region.
    body_mean_dose_gy : float
        Of the whole body within the CT: all energy deposited over its mass.

    Examples
    --------
    >>> truth = read_transported_truth(1)
    >>> truth.mean_dose_gy["lung lesion"] > 50, truth.engine["lung lesion"]
    (True, 'PENELOPE')
    """

    mean_dose_gy: Mapping[str, float]
    statistical_uncertainty_gy: Mapping[str, float]
    engine: Mapping[str, str]
    source: Mapping[str, str]
    body_mean_dose_gy: float


def read_transported_truth(seed: int) -> TransportedTruth | None:
    """Read what is stored of a virtual patient.

    Parameters
    ----------
    seed : int
        Of the patient, with the other arguments of `build_virtual_patient` at their defaults.

    Returns
    -------
    TransportedTruth or None
        None for patients that were not transported. `scripts/build_demo_truth.py` makes the file.

    Examples
    --------
    >>> read_transported_truth(2) is None
    True
    """
    file = resources.files("hevesy.simulation") / "data" / "transported_truth.json"
    stored = json.loads(file.read_text(encoding="utf-8"))
    if stored["patient_seed"] != seed:
        return None
    regions, engines = stored["regions"], stored["engines"]
    return TransportedTruth(
        mean_dose_gy=MappingProxyType({n: r["mean_dose_gy"] for n, r in regions.items()}),
        statistical_uncertainty_gy=MappingProxyType(
            {n: r["statistical_uncertainty_gy"] for n, r in regions.items()}
        ),
        engine=MappingProxyType({n: r["engine"] for n, r in regions.items()}),
        source=MappingProxyType(
            {n: f"{engines[r['engine']]}, over the true activity" for n, r in regions.items()}
        ),
        body_mean_dose_gy=stored["body"]["mean_dose_gy"],
    )
