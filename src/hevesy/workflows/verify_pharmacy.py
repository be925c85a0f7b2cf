"""Generator, waste, injected activity and radio-TLC against figures reckoned by others."""

from datetime import UTC, datetime, timedelta

import numpy as np

from hevesy.nuclides import get_nuclide
from hevesy.pharmacy import (
    ColumnContents,
    SyringeMeasurement,
    TlcRegion,
    TlcTrace,
    analyse_strip,
    breakthrough_growth_factor,
    get_decay_pair,
    grow,
    net_injected_activity,
    plan_decay_storage,
    time_to_maximum_s,
)
from hevesy.workflows.check import Row

__all__ = ["pharmacy_rows"]

_BATEMAN = "Bateman 1910 with ICRP-107's half-lives, 69.78 d and 17.004 h"
_MADE = "as it was made: 90 and 10 parts on a flat background, to a hundred-thousandth"
_DICOM = "DICOM PS3.16 TID 10022: both measurements carried to the start; 2^(-t/17.004 h) by hand"
_INGROWTH = {24: 62.05, 48: 84.76, 72: 92.69, 96: 95.07}
_ROUNDED = 0.0051  # half a unit of a percentage's last digit


def pharmacy_rows() -> list[Row]:
    """Every figure of the radiopharmacy for which a reference is known.

    Returns
    -------
    list of Row
    """
    pair = get_decay_pair("Re-188")
    fresh = ColumnContents(parent_bq=100.0, daughter_bq=0.0)
    rows: list[Row] = [
        (f"188Re grown after {hours} h, of the first 188W", percent,
         grow(pair, fresh, hours * 3600.0).daughter_bq, _ROUNDED, "%", _BATEMAN)
        for hours, percent in _INGROWTH.items()
    ]  # fmt: skip
    peak_s = time_to_maximum_s(pair, fresh)
    peak = grow(pair, fresh, peak_s).daughter_bq
    rows += [
        ("188Re's greatest ingrowth", 95.40, peak, _ROUNDED, "%", _BATEMAN),
        ("hours to it", 113.75, peak_s / 3600, _ROUNDED, "h", _BATEMAN),
        ("188W breakthrough after 24 h, times", 2.63, breakthrough_growth_factor(pair, 86400.0),
         _ROUNDED, "1", "2^(24 h/17.004 h - 1 d/69.78 d)"),
    ]  # fmt: skip
    return [*rows, *_waste_rows(), *_injection_rows(), *_strip_rows()]


def _waste_rows() -> list[Row]:
    pair = get_decay_pair("Re-188")
    kept = plan_decay_storage(
        pair.daughter, activity_bq=10e9, level_bq=100e3, pair=pair, parent_fraction=1e-5
    )
    together_kbq = kept.together_at_daughter_only_bq / 1e3
    return [
        ("10 GBq of 188Re alone to 100 kBq", 282.0, kept.daughter_only_s / 3600, 0.5, "h",
         _BATEMAN),
        ("with 1e-5 of 188W, both then", 279.0, together_kbq, 0.5, "kBq", _BATEMAN),
        ("with 1e-5 of 188W, both to 100 kBq", 1687.0, kept.storage_s / 3600, 0.5, "h", _BATEMAN),
    ]  # fmt: skip


def _injection_rows() -> list[Row]:
    start = datetime(2024, 3, 1, 10, tzinfo=UTC)
    minutes = timedelta(minutes=1)
    net = net_injected_activity(
        get_nuclide("Re-188"),
        before=SyringeMeasurement(activity_bq=2e9, measured_at=start - 20 * minutes),
        after=SyringeMeasurement(activity_bq=160e6, measured_at=start + 30 * minutes),
        started_at=start,
    )
    # 2000 x 0.986504 - 160 x 1.020592
    return [("2000 MBq 20 min before, 160 MBq 30 min after", 1809.71, net.activity_bq / 1e6,
             0.006, "MBq", _DICOM)]  # fmt: skip


def _strip_rows() -> list[Row]:
    position_mm = np.arange(0.0, 100.5, 0.5)
    product = 9000.0 * np.exp(-0.5 * ((position_mm - 40.0) / 3.0) ** 2)
    free = 1000.0 * np.exp(-0.5 * ((position_mm - 80.0) / 3.0) ** 2)
    trace = TlcTrace(name="strip", position_mm=position_mm, counts=product + free + 20.0)
    strip = analyse_strip(
        trace,
        [
            TlcRegion(name="product", low_mm=20, high_mm=60),
            TlcRegion(name="free", low_mm=62, high_mm=98),
        ],
        nuclide=get_nuclide("Re-188"),
        background=TlcRegion(name="background", low_mm=0, high_mm=10),
    )
    share = strip.share_of("product").share_percent
    return [("product of a radio-TLC strip", 90.0, share, 1e-3, "%", _MADE)]
