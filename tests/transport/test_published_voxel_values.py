"""Voxel S-values of seven nuclides against the published set, its own offsets shown."""

import pytest

from hevesy.nuclides import get_nuclide
from hevesy.workflows.water_phantoms import beta_only, published_voxel_s_values, voxel_s_values

# Lanconelli 2012: source voxel of 3 mm over betas and photons, and over all electrons and photons.
# The set's electrons lie between the two: it leaves out most conversion and Auger electrons.
OFFSETS = {
    "Sr-89": (0.995, 0.995),
    "Y-90": (0.991, 0.991),
    "I-131": (0.967, 1.017),
    "Sm-153": (0.976, 1.205),
    "Lu-177": (0.965, 1.075),
    "Re-186": (0.988, 1.051),
    "Re-188": (0.991, 1.045),
}
TISSUE = {"medium": "soft-tissue", "density_g_per_cm3": 1.04, "photons": True}


@pytest.mark.parametrize("name", OFFSETS)
def test_the_set_lies_between_betas_and_all_electrons(name: str) -> None:
    published = published_voxel_s_values(name)
    betas = voxel_s_values(beta_only(name, photons=True), 3.0, 80_000, **TISSUE)
    whole = voxel_s_values(get_nuclide(name), 3.0, 80_000, **TISSUE)
    source = (0, 0, 0)
    low, high = OFFSETS[name]
    assert betas[source] / published[source] == pytest.approx(low, abs=0.01)
    assert whole[source] / published[source] == pytest.approx(high, abs=0.01)
    assert 0.99 * betas[source] < 1.01 * published[source]
    assert published[source] < 1.015 * whole[source]
    # neighbours are the betas', whose spectra differ by up to 6 %
    assert betas[1, 0, 0] == pytest.approx(published[1, 0, 0], rel=0.06)
    assert betas[1, 1, 0] == pytest.approx(published[1, 1, 0], rel=0.08)


@pytest.mark.parametrize("name", ["Sr-89", "Y-90", "Re-188"])
def test_hard_betas_give_the_published_values(name: str) -> None:
    """Where lines carry little: every neighbour within 3 %."""
    found = voxel_s_values(beta_only(name, photons=True), 3.0, 150_000, **TISSUE)
    for place, given in published_voxel_s_values(name).items():
        assert found[place] == pytest.approx(given, rel=0.03), place
