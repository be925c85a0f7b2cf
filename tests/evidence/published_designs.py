"""Operating characteristics that others published, with the designs that they state.

Shares are in percent, as printed; numbers of patients and of toxicities are means over trials.
"""

from dataclasses import dataclass

__all__ = ["BOIN", "THREE_PLUS_THREE", "VIOLA", "VIOLA_PATHS", "ZHAO", "Published", "ZhaoRow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One printed table; `taken` ends with the share of trials that take no level."""

    name: str
    truth: tuple[float, ...]
    taken: tuple[float, ...]
    patients: tuple[float, ...]
    events: tuple[float, ...] = ()
    trials: int = 0


BOIN = (
    Published(
        name="third of five", truth=(0.05, 0.15, 0.30, 0.45, 0.60), trials=2000,
        taken=(1.2, 24.95, 53.15, 19.1, 1.55, 0.05), patients=(4.1, 8.8, 10.9, 4.5, 0.8),
        events=(0.2, 1.3, 3.3, 2.0, 0.5),
    ),
    Published(
        name="second of five", truth=(0.15, 0.30, 0.45, 0.60, 0.75), trials=2000,
        taken=(23.8, 55.9, 17.2, 1.6, 0.0, 1.5), patients=(9.1, 12.2, 5.4, 0.9, 0.0),
        events=(1.3, 3.7, 2.5, 0.5, 0.0),
    ),
    Published(
        name="fourth of five", truth=(0.02, 0.06, 0.15, 0.30, 0.50), trials=2000,
        taken=(0.0, 1.6, 23.4, 62.3, 12.7, 0.0), patients=(3.2, 4.2, 8.2, 10.1, 4.0),
        events=(0.1, 0.3, 1.2, 3.0, 2.1),
    ),
    Published(
        name="all too toxic", truth=(0.40, 0.55, 0.65, 0.75, 0.85), trials=2000,
        taken=(57.3, 2.3, 0.0, 0.0, 0.0, 40.4), patients=(13.7, 2.9, 0.3, 0.0, 0.0),
        events=(5.5, 1.6, 0.2, 0.0, 0.0),
    ),
)  # fmt: skip
"""Homma G, simFastBOIN (CRAN), vignette "Getting started", whose trials are those of the authors'
package BOIN (`get.oc`) draw by draw. Target 0.30, 10 cohorts of 3, an early end at 18 patients."""

THREE_PLUS_THREE = Published(
    name="3+3", truth=(0.05, 0.15, 0.25, 0.45, 0.60),
    taken=(18.1, 31.7, 36.4, 10.2, 0.9, 2.7), patients=(3.4, 3.9, 3.4, 2.0, 0.4),
    events=(0.2, 0.6, 0.8, 0.9, 0.3),
)  # fmt: skip
"""The same vignette, "Comparing with the 3+3 design": exact, the level below the toxic one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZhaoRow:
    """One row; None where the article has no number."""

    table: str
    stay: bool
    truth: tuple[float, ...]
    right: float
    above: float | None
    patients: tuple[float | None, float, float | None]
    total: float


_TRUTHS = (
    (0.25, 0.41, 0.45, 0.49, 0.53), (0.12, 0.25, 0.42, 0.49, 0.55),
    (0.04, 0.12, 0.25, 0.43, 0.63), (0.02, 0.06, 0.10, 0.25, 0.40),
    (0.02, 0.05, 0.08, 0.11, 0.25),
)  # fmt: skip
_ROWS = {
    ("A16", False): (
        (78.6, 15.0, (None, 9.1, 5.6), 14.6), (55.2, 12.6, (8.1, 8.4, 4.4), 20.8),
        (54.5, 11.2, (13.2, 7.6, 3.8), 24.6), (53.2, 14.9, (15.8, 7.5, 3.2), 26.5),
        (59.5, None, (19.7, 6.4, None), 26.1),
    ),
    ("4", True): (
        (77.0, 16.7, (None, 8.7, 6.2), 15.1), (55.6, 14.5, (7.2, 8.4, 5.1), 20.7),
        (56.7, 12.3, (11.4, 8.0, 4.6), 23.9), (53.3, 17.1, (14.0, 7.7, 4.0), 25.7),
        (63.9, None, (17.6, 7.3, None), 24.9),
    ),
    ("A2", True): (
        (76.7, 16.5, (None, 8.8, 6.2), 15.0), (56.2, 14.3, (7.3, 8.4, 5.0), 20.7),
        (56.2, 12.5, (11.4, 7.9, 4.5), 23.9), (52.0, 17.0, (14.1, 7.6, 3.9), 25.6),
        (63.7, None, (17.7, 7.2, None), 24.9),
    ),
}  # fmt: skip
ZHAO = tuple(
    ZhaoRow(table=table, stay=stay, truth=truth, right=right, above=above, patients=patients,
            total=total)
    for (table, stay), rows in _ROWS.items()
    for truth, (right, above, patients, total) in zip(_TRUTHS, rows, strict=True)
)  # fmt: skip
"""Zhao Y, Yuan Y, Korn EL, Freidlin B. Clin Cancer Res 2024;30:673, BOIN's rows of table 4 and of
the supplement's tables A2 and A16, as transcribed in simFastBOIN's comparison with the article.
Target 0.25, 10 cohorts of 3, an early end at 9 patients; below, at and above the level of 0.25.
The number of simulated trials is not in the transcription."""

VIOLA = (
    Published(
        name="S1", truth=(0.03, 0.05, 0.07, 0.20, 0.36, 0.45, 0.55), trials=50,
        taken=(0, 2, 28, 48, 20, 2, 0, 0), patients=(0, 1.8, 6.18, 7.8, 4.44, 0.36, 0),
    ),
    Published(
        name="S2", truth=(0.005, 0.01, 0.03, 0.05, 0.07, 0.20, 0.36), trials=50,
        taken=(0, 0, 0, 0, 30, 48, 22, 0), patients=(0, 0.18, 3.18, 3.6, 5.76, 5.52, 2.76),
    ),
    Published(
        name="S3", truth=(0.45, 0.55, 0.65, 0.70, 0.75, 0.80, 0.85), trials=50,
        taken=(32, 0, 0, 0, 0, 0, 0, 68), patients=(7.5, 3.12, 3.06, 0.06, 0, 0, 0),
    ),
)  # fmt: skip
"""Wheeler G, Yap C et al., dtpcrm 0.1.1 (CRAN), vignette: the design of the trial VIOLA (Yap C et
al. Clin Cancer Res 2017;23:7440), 50 simulated trials."""

VIOLA_PATHS: dict[tuple[int, ...], int | None] = {
    (0,): 1, (1,): -1, (2,): -2, (3,): -2,
    (0, 0): 2, (0, 1): 1, (0, 2): -1, (0, 3): -2, (1, 0): 0, (1, 1): -1, (1, 2): -2, (1, 3): -2,
    (2, 0): -2, (2, 1): -2, (2, 2): None, (2, 3): None, (3, 0): -2, (3, 1): -2, (3, 2): None,
} | {
    (first, second, third): level
    for (first, second), levels in {
        (0, 0): (3, 2, 1, 0), (0, 1): (2, 0, -1, -2), (0, 2): (0, -1, -2, -2),
        (0, 3): (-1, -2, -2, None), (1, 0): (1, 0, -1, -2), (1, 1): (-1, -2, -2, -2),
        (1, 2): (-2, -2, -2, None), (1, 3): (-2, -2, None, None), (2, 0): (-1, -2, -2, None),
        (2, 1): (-2, -2, None, None), (3, 0): (-2, -2, -2, None), (3, 1): (-2, -2, None, None),
    }.items()
    for third, level in enumerate(levels)
}  # fmt: skip
"""The same vignette's dose transition pathways: numbers with a toxicity in the first, second and
third cohort of 3, and the next dose by the trial's own numbering (d(0) is the third of seven and
the first given); None: stop."""
