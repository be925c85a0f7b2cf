"""Marrow by hand and against a published S-value; effective dose against ICRP 103's own sums."""

import math

import pytest

from hevesy.errors import CaseError, InputError, QuantityError
from hevesy.nuclides import JOULE_PER_MEV, get_nuclide
from hevesy.organs import (
    ABSORBED_FRACTION,
    TISSUE_WEIGHTS,
    effective_dose,
    find_tissue,
    marrow_by_blood,
    marrow_by_image,
    marrow_to_blood_ratio,
    require_tissue,
)

RHENIUM = get_nuclide("Re-188")


def test_sgouros_own_example() -> None:
    """J Nucl Med 1993;34:689: a hematocrit of 0.47 and 0.19 of fluid give 0.36."""
    assert marrow_to_blood_ratio(0.47) == pytest.approx(0.36, abs=0.005)


def test_blood_by_hand() -> None:
    """1 kBq/mL that leaves with 10 h: 1000 x 36000 / ln 2 Bq s/mL, x 0.19 / 0.58 per g of marrow.

    0.77935 MeV of electrons per decay (ICRP 107), of which the absorbed fraction stays.
    """
    blood = 1000.0 * 36000.0 / math.log(2.0)
    found = marrow_by_blood(blood, relative_uncertainty=0.1, hematocrit_share=0.42, nuclide=RHENIUM)
    kept = 0.5 * (1 + 900 / 3500 if 900 / 3500 < 1170 / 4750 else 1 + 1170 / 4750)
    by_hand = 51.9370e6 * 0.327586 * 1e3 * 0.77935 * 1.602177e-13 * kept
    assert found.dose_gy == pytest.approx(by_hand, rel=1e-4)
    spread = math.sqrt(0.1**2 + 0.15**2 + ((1 - 1170 / 4750) / math.sqrt(12) / kept) ** 2)
    assert found.uncertainty_gy == pytest.approx(by_hand * spread, rel=1e-4)


def test_image_by_hand() -> None:
    """A tenth of the marrow of a man of 73 kg is 117 g; of a woman of 30 kg 45 g."""
    for sex, mass_g, held_g in (("male", 73e3, 117.0), ("female", 30e3, 45.0)):
        found = marrow_by_image(
            1e12, relative_uncertainty=0.0, marrow_share=0.1, sex=sex, body_mass_g=mass_g,
            nuclide=RHENIUM,
        )  # fmt: skip
        expected = 1e12 / held_g * 1e3 * 0.77935 * 1.602177e-13 * ABSORBED_FRACTION[0]
        assert found.dose_gy == pytest.approx(expected, rel=1e-4)


def test_the_published_s_value_lies_within_the_stated_span() -> None:
    """OLINDA/EXM 2.0, adult male, 177Lu: red marrow to itself 1.15e-5 mGy/(MBq s) at 1170 g.

    It is 0.57 of the electrons' energy; ours is 0.62 +- 0.22 for every nuclide.
    """
    energy_j = get_nuclide("Lu-177").electron_energy_mev * JOULE_PER_MEV
    published = 1.15e-5 * 1e-9 * 1.170 / energy_j
    middle, spread = ABSORBED_FRACTION
    assert published == pytest.approx(0.57, abs=0.01)
    assert abs(published - middle) < spread
    assert middle + math.sqrt(3.0) * spread == pytest.approx(1.0)
    assert middle - math.sqrt(3.0) * spread == pytest.approx(1170 / 4750)


def test_marrow_refuses_what_can_not_be() -> None:
    with pytest.raises(CaseError, match="hematocrit"):
        marrow_to_blood_ratio(0.05)
    with pytest.raises(QuantityError, match="negative"):
        marrow_by_blood(-1.0, relative_uncertainty=0, hematocrit_share=0.4, nuclide=RHENIUM)
    with pytest.raises(CaseError, match="marrow_share"):
        marrow_by_image(1.0, relative_uncertainty=0, marrow_share=1.2, sex="male",
                        body_mass_g=7e4, nuclide=RHENIUM)  # fmt: skip


def test_weights_are_icrp_103s() -> None:
    """Table 3: 0.12 for six (the remainder as one), 0.08, four of 0.04 and four of 0.01."""
    assert sum(TISSUE_WEIGHTS.values()) == pytest.approx(1.0, abs=1e-12)
    named = {
        0.12: ("red marrow", "colon", "lungs", "stomach", "breast"),
        0.08: ("gonads",),
        0.04: ("urinary bladder", "oesophagus", "liver", "thyroid"),
        0.01: ("bone surface", "brain", "salivary glands", "skin"),
    }
    for weight, tissues in named.items():
        assert {TISSUE_WEIGHTS[tissue] for tissue in tissues} == {weight}
    rest = set(TISSUE_WEIGHTS) - {t for tissues in named.values() for t in tissues}
    assert len(rest) == 14  # 13 in each sex, prostate and uterus in one
    assert sum(TISSUE_WEIGHTS[t] for t in rest) == pytest.approx(0.12)
    assert TISSUE_WEIGHTS["prostate"] + TISSUE_WEIGHTS["uterus"] == TISSUE_WEIGHTS["kidneys"]


def test_effective_dose_by_hand() -> None:
    doses = {"lungs": (0.5, 0.1), "liver": (1.0, 0.1), "kidneys": (2.6, 0.13)}
    few = effective_dose(doses)
    assert few.at_least_sv is None
    assert few.uncertainty_sv is None
    assert few.weight_share == pytest.approx(0.12 + 0.04 + 0.12 / 13)
    found = effective_dose(doses, least_weight_share=0.1)
    assert found.at_least_sv == pytest.approx(0.06 + 0.04 + 0.024)
    assert found.uncertainty_sv == pytest.approx(0.012 + 0.004 + 0.0012)
    assert "stomach" in found.missing


def test_effective_dose_refuses_strangers() -> None:
    with pytest.raises(InputError, match="tail"):
        effective_dose({"tail": (1.0, 0.1)})
    with pytest.raises(InputError, match="nan"):
        effective_dose({"liver": (math.nan, 0.1)})


def test_names_are_looked_up_and_never_guessed() -> None:
    for name, tissue in (
        ("kidney_right", "kidneys"), ("Urinary Bladder", "urinary bladder"),
        ("lung_upper_lobe_left", "lungs"), ("39607008", "lungs"), ("spleen", "spleen"),
    ):  # fmt: skip
        assert find_tissue(name) == tissue
    for name in ("liver minus tumour", "vertebrae L3", "marrow", "lesion", "bowel bag"):
        assert find_tissue(name) is None
    with pytest.raises(CaseError, match="ICRP 103"):
        require_tissue("livre", "liver")
