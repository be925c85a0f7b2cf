"""Media and the voxels they fill, against their publications."""

import numpy as np
import pytest

from hevesy.errors import GridError, InputError, QuantityError
from hevesy.images import Grid, Quantity, Volume, hu_to_density
from hevesy.media import MEDIA, Medium, TissueMap, classify_tissue, get_element, get_medium


def line(values: list[float], quantity: Quantity = Quantity.HU) -> Volume:
    grid = Grid.from_spacing((1, 1, len(values)), spacing_mm=(1, 1, 1))
    return Volume(values=np.array([[values]]), grid=grid, quantity=quantity)


def test_media_by_ct_number_and_by_density_agree() -> None:
    """Away from 100 to 180 HU, where the curve is not monotonic, both ways give the same."""
    ct = line([-1000, -951, -950, -500, -121, -120, -60, -23, -21, 0, 60, 99, 190, 400, 2000])
    density = hu_to_density(ct)
    by_hu, by_density = classify_tissue(density, ct), classify_tissue(density)
    names = [by_hu.media[k].name for k in by_hu.labels.ravel()]
    assert names == (
        ["air"] * 2 + ["lung"] * 3 + ["adipose"] * 3 + ["soft-tissue"] * 4 + ["cortical-bone"] * 3
    )
    # -950 and -120 HU lie on an edge: their density is rounded to float32
    inner = ~np.isin(ct.values, (-950, -120, -951, -121))
    assert np.array_equal(by_hu.labels[inner], by_density.labels[inner])


@pytest.mark.parametrize(
    ("name", "z_over_a"),
    # NIST X-ray attenuation tables (SRD 126), table 2: ICRU 44 materials; four digits
    [
        ("air", 0.49919),
        ("lung", 0.55048),
        ("adipose", 0.55579),
        ("soft-tissue", 0.54996),
        ("muscle", 0.55000),
        ("cortical-bone", 0.51478),
        ("water", 0.55508),
    ],
)
def test_electrons_per_gram_are_the_published_ones(name: str, z_over_a: float) -> None:
    """Tolerance 3e-4: the fractions are rounded to 0.1 %, which moves hydrogen's share most."""
    found = get_medium(name).electrons_per_g / 6.02214076e23
    assert found == pytest.approx(z_over_a, rel=5e-4)


# ICRU Report 37, table 5.5: elements bound in liquids and solids; others 1.13 times the element's.
COMPOUND_EV = {
    "H": 19.2, "C": 81.0, "N": 82.0, "O": 106.0, "Na": 168.4, "Mg": 176.3, "P": 195.5,
    "S": 203.4, "Cl": 180.0, "K": 214.7, "Ca": 215.8,
}  # fmt: skip


@pytest.mark.parametrize("medium", [m for m in MEDIA if m.name not in {"air", "water"}])
def test_mean_excitation_energies_follow_braggs_rule(medium: Medium) -> None:
    """1 %: what the published values of the other tissues differ from the rule by."""
    weights = {
        s: share * get_element(s).atomic_number / get_element(s).atomic_weight
        for s, share in medium.mass_fractions
    }
    mean = sum(w * np.log(COMPOUND_EV[s]) for s, w in weights.items()) / sum(weights.values())
    assert medium.mean_excitation_energy_ev == pytest.approx(np.exp(mean), rel=1e-2)


@pytest.mark.parametrize("symbol", ["H", "C", "O", "Na", "Cl", "Ar", "Ca"])
def test_shells_hold_all_electrons(symbol: str) -> None:
    element = get_element(symbol)
    assert sum(n for n, _ in element.shells) == element.atomic_number
    energies = [ev for _, ev in element.shells]
    assert energies == sorted(energies, reverse=True)


def test_what_is_not_a_medium_is_refused() -> None:
    with pytest.raises(InputError, match="write 'soft-tissue'"):
        get_medium("softtisue")
    with pytest.raises(InputError, match="sum to 1"):
        Medium(name="x", mass_fractions=(("H", 0.5),), density_g_per_cm3=1.0,
               mean_excitation_energy_ev=75.0, source="x")  # fmt: skip
    with pytest.raises(InputError, match="Xe"):
        Medium(name="x", mass_fractions=(("Xe", 1.0),), density_g_per_cm3=1.0,
               mean_excitation_energy_ev=75.0, source="x")  # fmt: skip


def test_a_broken_tissue_map_is_refused() -> None:
    rho = line([1.0, 1.0], Quantity.DENSITY_G_PER_CM3)
    water = (get_medium("water"),)
    with pytest.raises(QuantityError, match="label"):
        TissueMap(density=rho, labels=np.ones((1, 1, 2)), media=water)
    with pytest.raises(GridError):
        TissueMap(density=rho, labels=np.zeros((1, 1, 3)), media=water)
    void = line([1.0, 0.0], Quantity.DENSITY_G_PER_CM3)
    with pytest.raises(QuantityError, match="above 0"):
        TissueMap(density=void, labels=np.zeros((1, 1, 2)), media=water)
    with pytest.raises(QuantityError):
        classify_tissue(line([1.0], Quantity.BQ))
