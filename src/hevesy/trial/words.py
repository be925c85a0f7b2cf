"""Words that a trial's records may say, where the choice is not the protocol's."""

__all__ = ["BLOOD_SUPPLY", "OUTCOMES", "SERIOUSNESS"]

OUTCOMES = (
    "recovered",
    "recovered with sequelae",
    "recovering",
    "not recovered",
    "fatal",
    "unknown",
)
"""How an adverse event ended (ICH E2B(R3), E.i.7)."""

SERIOUSNESS = (
    "death",
    "life-threatening",
    "hospitalisation",
    "disability",
    "congenital anomaly",
    "medically important",
)
"""Why an adverse event is serious (ICH E2A, II.B)."""

BLOOD_SUPPLY = ("rich", "moderate", "poor", "absent", "increased", "unchanged", "reduced")
"""A lesion's blood supply on contrast CT: four states, then three changes since the baseline."""
