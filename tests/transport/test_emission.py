"""What a decay sends out is ICRP-107's, with none of its energy lost."""

import numpy as np
import pytest

from hevesy.errors import NuclideError
from hevesy.nuclides import get_nuclide
from hevesy.transport import emission_of

NUCLIDES = ("Re-188", "Y-90", "Ho-166", "Re-186", "Lu-177", "I-131", "P-32")


@pytest.mark.parametrize("name", NUCLIDES)
def test_all_energy_is_accounted_for(name: str) -> None:
    nuclide = get_nuclide(name)
    sent = emission_of(nuclide)
    total = sent.electron_energy_mev + sent.photon_energy_mev + sent.local_mev
    published = nuclide.electron_energy_mev + nuclide.photon_energy_mev
    assert total == pytest.approx(published, rel=1e-9)
    without = emission_of(nuclide, photons=False)
    left = without.electron_energy_mev + without.local_mev
    assert left == pytest.approx(nuclide.electron_energy_mev, rel=1e-9)
    assert sent.local_mev < 0.02


@pytest.mark.parametrize("name", NUCLIDES)
def test_what_is_drawn_has_the_published_mean(name: str) -> None:
    nuclide = get_nuclide(name)
    sent = emission_of(nuclide)
    quantiles = sent.beta_quantiles_mev
    assert np.all(np.diff(quantiles) >= 0)
    drawn = 0.5 * (quantiles[1:] + quantiles[:-1])
    assert drawn.mean() == pytest.approx(nuclide.beta_mean_energy_mev, rel=1e-9)
    assert quantiles[-1] == pytest.approx(nuclide.beta_max_energy_mev, rel=2e-3)
    shares = np.diff(sent.line_cumulative, prepend=0.0)
    lines = float(np.dot(shares[: sent.line_mev.size], sent.line_mev)) if sent.line_mev.size else 0
    mean = sent.beta_share * drawn.mean() + (1 - sent.beta_share) * lines
    assert mean * sent.electrons_per_decay == pytest.approx(sent.electron_energy_mev, rel=1e-9)
    assert sent.line_cumulative[-1] == sent.photon_cumulative[-1] == 1.0


def test_188re_is_the_projects() -> None:
    """ICRP-107: beta 0.76262, conversion 0.01573, Auger 0.00100 MeV a decay."""
    sent = emission_of(get_nuclide("Re-188"))
    assert sent.electron_energy_mev + sent.local_mev == pytest.approx(0.77935, abs=1e-3)
    assert sent.photon_energy_mev == pytest.approx(0.06125, abs=2e-4)
    assert sent.beta_share * sent.electrons_per_decay == pytest.approx(1.0, abs=1e-3)


def test_alpha_emitters_are_refused() -> None:
    with pytest.raises(NuclideError, match="alphas"):
        emission_of(get_nuclide("Ac-225"))


def test_what_goes_beyond_the_tables_is_refused() -> None:
    """24Na: betas of 4.1 MeV and gammas of 2.75 and more; 106Rh: betas of 3.54 MeV."""
    for name in ("Na-24", "Rh-106"):
        with pytest.raises(NuclideError, match=f"{name} with .* up to 3 MeV"):
            emission_of(get_nuclide(name))
    assert emission_of(get_nuclide("Pr-144")).electrons_per_decay > 0.9  # 2.9975 MeV
