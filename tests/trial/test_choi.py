"""Choi's criteria at their borders."""

from decimal import Decimal

import pytest

from hevesy.errors import TrialError
from hevesy.trial import assess_choi


@pytest.mark.parametrize(
    ("size", "density", "category"),
    [
        ("45", "60", "PR"), ("45.01", "60", "SD"), ("50", "51", "PR"), ("50", "51.01", "SD"),
        ("55", "60", "PD"), ("54.99", "60", "SD"), ("60", "51", "PR"),  # denser fell: PR by density
        ("0", None, "CR"), ("40", None, "PR"), ("50", None, "NE"), ("60", None, "NE"),
        (None, "60", "NE"), (None, "30", "PR"), (None, None, "NE"),
    ],
)  # fmt: skip
def test_borders(size: str | None, density: str | None, category: str) -> None:
    found = assess_choi(
        baseline_mm=Decimal(50),
        size_mm=None if size is None else Decimal(size),
        baseline_hu=Decimal(60),
        density_hu=None if density is None else Decimal(density),
    )
    assert found.category == category
    assert found.reason


def test_a_new_lesion_is_progression() -> None:
    found = assess_choi(
        baseline_mm=Decimal(50), size_mm=Decimal(20), baseline_hu=Decimal(60),
        density_hu=Decimal(10), new_lesion=True,
    )  # fmt: skip
    assert (found.category, found.reason) == ("PD", "a new lesion")


def test_no_share_of_nearly_nothing() -> None:
    """A lesion of 8 HU at baseline (air at its edge): its density can't fall by a share."""
    found = assess_choi(
        baseline_mm=Decimal(50), size_mm=Decimal(50), baseline_hu=Decimal(8),
        density_hu=Decimal(-30),
    )  # fmt: skip
    assert (found.category, found.density_change_percent) == ("NE", None)


def test_a_baseline_of_nothing() -> None:
    with pytest.raises(TrialError, match="0 mm at baseline"):
        assess_choi(baseline_mm=Decimal(0), size_mm=Decimal(1), baseline_hu=None, density_hu=None)
