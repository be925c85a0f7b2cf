"""The rule of a threshold, written down before the outcomes are known."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields

from hevesy.errors import TrialError
from hevesy.evidence.dose_error import CORRECTIONS
from hevesy.evidence.intervals import resamples_needed, words_of
from hevesy.evidence.links import LINKS

__all__ = ["ENDPOINTS", "METHODS", "ThresholdRule"]

ENDPOINTS = ("response", "local-control")
METHODS = ("probability", "youden")
_FORMAT = "hevesy threshold rule 1"
_LONGEST = 100
_CURVES = {
    "logit": "logistic curve in log dose",
    "probit": "probit curve in log dose",
    "loglog": "log-log curve in log dose",
}
_UNDONE = {
    "calibration": "the doses' uncertainty undone by regression calibration",
    "simex": "the doses' uncertainty undone by SIMEX",
    "none": "doses taken as exact",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRule:
    """How the threshold of dose is found: everything that could be chosen afterwards.

    Parameters
    ----------
    name : str
        A line of up to 100 characters.
    metric : str
        ``"mean_dose_gy"``, or another figure of the dose by its name (``"d70_gy"``).
    endpoint : str
        One of `ENDPOINTS`.
    horizon_d : int or None
        Of local control.
    method : str
        ``"probability"``: the dose at which the modelled probability is `probability`;
        ``"youden"``: the cut with the greatest sensitivity + specificity - 1.
    probability : float
    link : str
        ``"logit"`` or ``"probit"`` of log dose, or ``"loglog"``.
    correction : str
        For the doses' uncertainty: ``"calibration"``, ``"simex"``, ``"none"``.
    common_dose_share : float
        Relative standard deviation that all doses share (calibration of the camera): widens the
        interval, attenuates nothing.
    confidence : float
    resamples, seed : int
        Of the bootstrap by patient; before it is fixed, `require_resamples` asks for as many as
        an interval of that confidence needs with the fewest patients.
    fewest_each, fewest_subjects : int
        Lesions with and without the outcome, and patients, below which nothing is fitted.

    Raises
    ------
    TrialError
        A choice that is not known, or a number outside its range.

    Examples
    --------
    >>> rule = ThresholdRule(name="Primary", probability=0.8)
    >>> ThresholdRule.from_json(rule.to_json()) == rule
    True
    >>> len(rule.sha256)
    64
    """

    name: str
    metric: str = "mean_dose_gy"
    endpoint: str = "response"
    horizon_d: int | None = None
    method: str = "probability"
    probability: float = 0.5
    link: str = "logit"
    correction: str = "calibration"
    common_dose_share: float = 0.0
    confidence: float = 0.95
    resamples: int = 1000
    seed: int = 1
    fewest_each: int = 5
    fewest_subjects: int = 10

    def __post_init__(self) -> None:
        for key, allowed in (
            ("endpoint", ENDPOINTS), ("method", METHODS), ("link", LINKS),
            ("correction", CORRECTIONS),
        ):  # fmt: skip
            if getattr(self, key) not in allowed:
                _refuse(key, getattr(self, key), ", ".join(allowed))
        for key, low, high in (
            ("probability", 0.01, 0.99), ("common_dose_share", 0.0, 1.0),
            ("confidence", 0.5, 0.999), ("resamples", 100, 100_000), ("seed", 0, 2**32 - 1),
            ("fewest_each", 5, 10_000), ("fewest_subjects", 5, 10_000),
        ):  # fmt: skip
            value = getattr(self, key)
            whole = isinstance(low, int)
            if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
                _refuse(key, value, "a whole number" if whole else "a number")
            if not whole:
                object.__setattr__(self, key, float(value))  # 1 and 1.0 have one canonical text
            if not low <= value <= high:
                _refuse(key, value, f"{low:g} to {high:g}")
        if not self.name.strip() or len(self.name) > _LONGEST or not self.name.isprintable():
            _refuse("name", ascii(self.name)[:60], f"a line of up to {_LONGEST} characters")
        if not self.metric.endswith("_gy"):
            _refuse(
                "metric", self.metric, "a dose in Gy (mean_dose_gy, d70_gy, bed_gy, eud_gy); a "
                "share of the volume has no logarithm and no stated uncertainty",
            )  # fmt: skip
        if (self.endpoint == "local-control") != (self.horizon_d is not None):
            _refuse("horizon_d", self.horizon_d, "days, with local-control and only with it")
        if self.horizon_d is not None and self.horizon_d < 1:
            _refuse("horizon_d", self.horizon_d, "1 or more")

    def require_resamples(self) -> None:
        """Refuse a rule whose resamples can't reach its limits, before it is fixed.

        A rule that was signed with fewer, when this was not asked for, stays readable and usable:
        its interval then has the confidence that its resamples reach (`reachable_confidence`).

        Raises
        ------
        TrialError
            Fewer resamples than its confidence needs at its fewest patients.

        Examples
        --------
        >>> ThresholdRule(name="Primary", resamples=116).require_resamples()
        """
        least = resamples_needed(self.confidence, self.fewest_subjects)
        if self.resamples < least:
            _refuse(
                "resamples", self.resamples, f"{words_of(least)}: an interval of "
                f"{100 * self.confidence:g} % from {self.fewest_subjects} patients needs them",
            )  # fmt: skip

    def to_json(self) -> str:
        """The canonical text: keys in order, no spaces to choose."""
        content = {"format": _FORMAT, **asdict(self)}
        return json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))

    @property
    def sha256(self) -> str:
        """Of the canonical text: what is signed."""
        return hashlib.sha256(self.to_json().encode("ascii")).hexdigest()

    @classmethod
    def from_json(cls, text: str) -> "ThresholdRule":
        """Read the canonical text."""
        try:
            content = json.loads(text)
        except json.JSONDecodeError as error:
            raise TrialError(
                "a threshold rule's text is no JSON", got=error.msg, remedy="give it as signed"
            ) from error
        known = {one.name for one in fields(cls)}
        if not isinstance(content, dict) or content.pop("format", "") != _FORMAT:
            raise TrialError(
                "this is no threshold rule", allowed=_FORMAT, remedy="give it as signed"
            )
        if set(content) != known:
            _refuse("keys", ", ".join(sorted(set(content) ^ known)), ", ".join(sorted(known)))
        return cls(**content)

    def as_text(self) -> str:
        """In words, for a report."""
        end = "response" if self.horizon_d is None else f"local control at {self.horizon_d} d"
        dose = self.metric.removesuffix("_gy").replace("_", " ")
        dose = dose if dose == "mean dose" else dose.upper()
        if self.method == "youden":
            what = f"the cut of {dose} that best tells {end} (Youden)"
        else:
            what = f"the {dose} at which {100 * self.probability:g} % of lesions reach {end}"
            what += f" ({_CURVES[self.link]}; {_UNDONE[self.correction]})"
        return (
            f"{self.name}: {what}; {100 * self.confidence:g} % interval from {self.resamples} "
            f"resamples of patients, seed {self.seed}; nothing below {self.fewest_each} lesions "
            f"of each outcome or {self.fewest_subjects} patients"
        )


def _refuse(key: str, got: object, allowed: str) -> None:
    raise TrialError(
        f"a threshold rule's {key} can't be used", got=got, allowed=allowed,
        remedy="correct the rule before it is fixed",
    )  # fmt: skip
