"""What is written for PenRed, without PenRed: spectra, density bins, boxes, material files."""

import importlib.util
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import HevesyError, InputError, Interrupted
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import get_medium, uniform_tissue
from hevesy.nuclides import get_nuclide
from hevesy.penelope import (
    Penelope,
    Spectrum,
    TransportOptions,
    bin_densities,
    electron_spectrum,
    photon_spectrum,
)
from hevesy.penelope import process as penelope_process
from hevesy.penelope.crop import electron_box
from hevesy.penelope.inputs import (
    EvenSource,
    configuration,
    find_even_source,
    source_text,
    spectrum_text,
    voxels_text,
)
from hevesy.penelope.material_file import adjust_material, density_effect, read_oscillators
from hevesy.penelope.process import run_worker
from hevesy.progress import Silent

RE188 = get_nuclide("Re-188")
# The head of PenRed's file for H2O at 1 g/cm3 (Bragg's I) and two rows of its stopping powers.
WATER = """ PENELOPE (v. 2018)  Material data file ...............
 Material: wat
 Mass density = 1.00000000E+00 g/cm**3
 Number of elements in the molecule =  2
   atomic number =  1,  atoms/molecule = 1.00000000E+00
   atomic number =  8,  atoms/molecule = 5.00014515E-01
 Mean excitation energy = 6.89989299E+01 eV
 Number of oscillators =  3 (E/P inelastic model)
   1  3.00005806E+00  1.36133335E+01  2.89206601E+01   0  30
   2  1.00002903E+00  2.84800000E+01  5.87639750E+01   8  30
   3  1.00002903E+00  5.38000000E+02  1.10018329E+03   8   1
 Number of shells =  3 (Compton IA model)
 *** Stopping powers for electrons and positrons,  NDATA =   2
 1.000E+05 4.16309E+00 4.24000E-03 4.36000E+00 3.70000E-03
 1.000E+06 1.85700E+00 1.25000E-02 1.81000E+00 1.21000E-02
 *** Electron and positron elastic cross sections,  NDATA = 111
"""


def test_the_whole_beta_spectrum_is_emitted():
    betas = electron_spectrum(RE188, lines=False)
    assert betas.particles_per_decay == pytest.approx(RE188.beta_yield, rel=1e-9)
    # 0.7628 MeV: README of the references, after the same interpolation.
    assert betas.mean_energy_mev == pytest.approx(0.7628, abs=2e-4)
    assert betas.greatest_mev == pytest.approx(RE188.beta_max_energy_mev)


@pytest.mark.parametrize("name", ["Re-188", "Y-90", "Ho-166", "Lu-177", "I-131", "Re-186", "P-32"])
def test_lines_and_betas_make_the_electron_energy(name):
    nuclide = get_nuclide(name)
    both = electron_spectrum(nuclide, least_line_mev=0.0001)
    energy = both.mean_energy_mev * both.particles_per_decay
    assert energy == pytest.approx(nuclide.electron_energy_mev, rel=2e-3)


def test_a_line_that_appears_twice_is_one_and_a_line_on_an_edge_cuts_nothing():
    both = Spectrum.from_parts(
        edges_mev=[0.0, 1.0, 2.0], per_decay=[1.0, 3.0], lines=[(1.0, 0.5), (1.0, 0.25), (3.0, 2.0)]
    )
    assert both.energy_mev.tolist() == [1e-4, 1.0, 1.0, 2.0, 3.0, 3.0]
    assert both.per_decay.tolist() == [1.0, 0.75, 3.0, 0.0, 2.0]


def test_photons_have_their_energy():
    photons = photon_spectrum(RE188)
    energy = photons.mean_energy_mev * photons.particles_per_decay
    assert energy == pytest.approx(RE188.photon_energy_mev, rel=1e-3)
    assert photon_spectrum(get_nuclide("P-32")) is None


@pytest.mark.parametrize(
    ("energy", "share"),
    [([1.0, 0.5], [1.0]), ([1e-6, 1.0], [1.0]), ([1.0, 2.0], [-1.0]), ([1.0, 2.0], [0.0])],
)
def test_a_broken_spectrum_is_refused(energy, share):
    with pytest.raises(InputError):
        Spectrum(energy_mev=np.array(energy), per_decay=np.array(share))


def test_no_electrons_is_an_input_error():
    silent = replace(RE188, beta_energy_mev=[], beta_density_per_mev=[])
    with pytest.raises(InputError, match="emits no electrons"):
        electron_spectrum(silent, lines=False)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.05, 2.5), st.integers(2, 40))
def test_density_bins_keep_mass_and_are_narrow(seed, widest, most):
    rng = np.random.default_rng(seed)
    rho = np.exp(rng.uniform(np.log(0.001), np.log(widest), (4, 5, 6)))
    labels = rng.integers(0, 2, rho.shape)
    seen = bin_densities(rho, labels, [get_medium("lung"), get_medium("soft-tissue")], most=most)
    binned = seen.density_g_per_cm3()
    assert len(seen.materials) <= most
    assert binned.sum() == pytest.approx(rho.sum(), rel=1e-6)
    assert abs(np.log(binned / rho)).max() <= np.log1p(seen.bin_width_relative) + 1e-5
    names = np.array([m.medium.name for m in seen.materials])[seen.index]
    assert (names == np.where(labels == 0, "lung", "soft-tissue")).all()


def test_few_densities_are_kept_as_they_are():
    rho = np.array([[[0.26, 0.261, 1.06]]])
    seen = bin_densities(rho, np.zeros(rho.shape, int), [get_medium("lung")])
    assert seen.bin_width_relative == 0.0
    np.testing.assert_allclose(seen.density_g_per_cm3(), rho, rtol=1e-12)


def test_empty_voxels_are_refused():
    with pytest.raises(InputError, match="may not be empty"):
        bin_densities(np.zeros((1, 1, 1)), np.zeros((1, 1, 1), int), [get_medium("lung")])


def test_voxels_run_x_fastest():
    labels = np.array([[[0, 1, 0]], [[1, 1, 1]]])
    seen = bin_densities(
        np.where(labels == 0, 0.26, 1.06), labels, [get_medium("lung"), get_medium("soft-tissue")]
    )
    lines = voxels_text(seen, (4.0, 3.0, 2.0)).splitlines()
    assert lines[:2] == ["3 1 2", "0.2 0.3 0.4"]
    assert [int(line.split()[0]) for line in lines[2:]] == [1, 2, 1, 2, 2, 2]


def test_the_source_is_its_box_in_place():
    weights = np.zeros((4, 5, 6))
    weights[1, 2, 3] = 2.0
    weights[2, 2, 4] = 1.0
    lines = source_text(weights, (10.0, 20.0, 30.0)).splitlines()
    assert lines[3] == "# 2 1 2"
    limits = [tuple(float(v) for v in line.split()[1:3]) for line in lines[5:8]]
    assert limits == [(9.0, 15.0), (4.0, 6.0), (1.0, 3.0)]
    assert [float(line.split()[0]) for line in lines[11:]] == [1.0, 0.0, 0.0, 0.5]


def two_halves():
    """Two materials side by side along x, and decays in all of the second within y of 1 to 2."""
    rho = np.ones((2, 4, 6))
    rho[:, :, 3:] = 2.0
    weights = np.zeros(rho.shape)
    weights[:, 1:3, 3:] = 5.0
    return weights, bin_densities(rho, np.zeros(rho.shape, int), [get_medium("water")])


def test_an_even_source_is_its_material_in_its_box():
    weights, seen = two_halves()
    found = find_even_source(weights, seen, most=11)
    assert found == EvenSource(material=2, box=(slice(0, 2), slice(1, 3), slice(3, 6)))
    text = configuration(
        shape=(2, 4, 6), spacing_mm=(10.0, 20.0, 30.0), material_files=["1.mat", "2.mat"],
        particle="electron", histories=5, seed=3, threads=1, options=TransportOptions(),
        even=found,
    ).splitlines()  # fmt: skip
    key = "sources/generic/decays"
    where = {"position/z": 1, "size/dz": 2, "position/y": 4, "size/dy": 4}
    where |= {"position/x": 13.5, "size/dx": 9}
    wanted = [f"{key}/spatial/{name} {value}" for name, value in where.items()]
    wanted += [f'{key}/spatial/type "BOX"', f"{key}/source-material 2"]
    assert set(wanted) <= set(text)
    assert not any("3D_MEASURE" in item for item in text)


@pytest.mark.parametrize("change", ["small", "uneven", "hole", "two materials", "negative", "none"])
def test_any_other_source_is_left_to_the_table(change):
    weights, seen = two_halves()
    if change == "uneven":
        weights[0, 1, 3] = 4.99
    elif change == "hole":
        weights[0, 1, 4] = 0.0
    elif change == "two materials":
        weights[0, 1, 2] = 5.0
    elif change == "negative":
        weights[1, 3, 0] = -1.0
    elif change == "none":
        weights[:] = 0.0
    assert find_even_source(weights, seen, most=12 if change == "small" else 11) is None


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan])
def test_a_source_needs_activity(weight):
    with pytest.raises(InputError, match="must have activity"):
        source_text(np.full((1, 1, 1), weight), (1.0, 1.0, 1.0))


def test_the_spectrum_ends_with_a_negative_share():
    rows = [line.split() for line in spectrum_text(electron_spectrum(RE188)).splitlines()]
    assert float(rows[-1][1]) == -1
    assert sum(float(row[1]) for row in rows[:-1]) == pytest.approx(1.0)
    assert float(rows[0][0]) > 50.0


def test_every_material_has_its_step_and_cut_offs():
    text = configuration(
        shape=(1, 2, 3), spacing_mm=(1.0, 1.0, 1.0), material_files=["1.mat", "2.mat"],
        particle="gamma", histories=5, seed=3, threads=2, options=TransportOptions(),
    )  # fmt: skip
    for number in (1, 2):
        assert f"geometry/dsmax/{number} " in text
        assert f"materials/m{number}/eabs/electron 20000\n" in text
    assert "tallies/body/nBody 3" in text


@pytest.mark.parametrize(
    "wrong", [{"elastic_c1": 0.3}, {"electron_cutoff_ev": 10.0}, {"longest_step_mm": 0.0}]
)
def test_transport_options_are_checked(wrong):
    with pytest.raises(InputError):
        TransportOptions(**wrong)


def test_the_material_gets_our_mean_excitation_energy():
    water = get_medium("water")
    text = adjust_material(
        WATER, mean_excitation_energy_ev=78.0, density_g_per_cm3=1.0,
        electrons_per_atomic_mass=water.electrons_per_g / 6.02214076e23,
    )  # fmt: skip
    # PenRed's own list has water with I = 78 eV (278): its oscillators and stopping powers.
    resonances = [o.resonance_ev for o in read_oscillators(text)]
    np.testing.assert_allclose(resonances, [32.5968681, 66.6586870, 1250.51422], rtol=5e-5)
    rows = [line.split() for line in text.splitlines() if line.startswith(" 1.000E+0")]
    assert float(rows[0][1]) == pytest.approx(4.09352, rel=3e-5)
    assert float(rows[1][1]) == pytest.approx(1.84423, rel=1e-4)
    # PENELOPE refuses a file whose oscillators do not give its I to 1e-8.
    strength = np.array([o.electrons for o in read_oscillators(text)])
    stated = float(next(x for x in text.splitlines() if "excitation" in x).split("=")[1].split()[0])
    found = np.exp((strength * np.log(resonances)).sum() / strength.sum())
    assert found == pytest.approx(stated, rel=5e-9)
    assert stated == pytest.approx(78.0, rel=1e-7)


def test_density_changes_one_line_alone():
    given_ = {"mean_excitation_energy_ev": 75.3, "electrons_per_atomic_mass": 0.55}
    thin = adjust_material(WATER, density_g_per_cm3=0.1, **given_).splitlines()
    thick = adjust_material(WATER, density_g_per_cm3=2.0, **given_).splitlines()
    assert [a for a, b in zip(thin, thick, strict=True) if a != b] == [
        " Mass density = 1.00000000E-01 g/cm**3"
    ]


def test_the_density_effect_grows_with_energy():
    oscillators = read_oscillators(WATER)
    delta = [density_effect(energy, oscillators, 21.46) for energy in (1e4, 1e6, 1e8)]
    assert delta[0] == 0
    assert 0.15 < delta[1] < 0.35  # ESTAR, liquid water at 1 MeV: 0.2428
    assert delta[2] > 5


def test_the_box_holds_the_range_in_the_thinnest_medium_in_reach():
    decays = np.zeros((60, 60, 60))
    decays[30, 30, 30] = 1
    rho = np.ones(decays.shape)
    assert electron_box(decays, rho, (3.0, 3.0, 3.0), 2.12)[0] == slice(26, 35)
    rho[:, :, 33:] = 0.26
    wide = electron_box(decays, rho, (3.0, 3.0, 3.0), 2.12)
    assert wide[0].start <= 30 - 40 / 3
    rho[:] = 0.001
    assert electron_box(decays, rho, (3.0, 3.0, 3.0), 2.12)[0] == slice(12, 49)


def volumes(value=1.0):
    grid = Grid.from_spacing((3, 3, 3), spacing_mm=(3.0, 3.0, 3.0))
    tia = Volume(values=np.full(grid.shape, value), grid=grid, quantity=Quantity.BQ_S)
    return tia, uniform_tissue(grid, "water")


def test_without_pypenred_one_clear_line(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'hevesy\[penelope\]'"):
        Penelope().compute(*volumes(), RE188)


def test_the_engine_checks_its_input(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    with pytest.raises(InputError, match="above 0"):
        Penelope().compute(*volumes(0.0), RE188)
    with pytest.raises(InputError):
        Penelope(histories=0)
    with pytest.raises(InputError, match="precision"):
        Penelope(precision=0.0)


def worker_that(monkeypatch, tmp_path, code):
    script = tmp_path / "worker.py"
    script.write_text(code)
    monkeypatch.setattr(penelope_process, "_WORKER", script)
    return tmp_path


def test_a_failed_process_is_one_line_with_its_last_words(monkeypatch, tmp_path):
    code = "import sys\nprint('first')\nprint('no room left in', sys.argv[2])\nsys.exit(7)"
    folder = worker_that(monkeypatch, tmp_path, code)
    with pytest.raises(HevesyError) as caught:
        run_worker("simulate", folder)
    said = str(caught.value)
    assert "code 7" in said
    assert "no room left in FOLDER" in said
    assert "\n" not in said
    assert str(tmp_path) not in said


class StopsSoon(Silent):
    def __init__(self):
        self.asked = 0
        self.done = []

    def advance(self, done, total):
        self.done.append((done, total))

    def should_stop(self):
        self.asked += 1
        return self.asked > 8


def test_an_interrupted_process_is_ended(monkeypatch, tmp_path):
    code = (
        "import os, time\nopen('pid', 'w').write(str(os.getpid()))\n"
        "open('progress', 'w').write('40')\ntime.sleep(60)"
    )
    folder = worker_that(monkeypatch, tmp_path, code)
    control = StopsSoon()
    with pytest.raises(Interrupted):
        run_worker("simulate", folder, total=100, control=control)
    assert control.done == [(40, 100)]
    assert not Path(f"/proc/{(folder / 'pid').read_text()}").exists()


def test_nothing_of_hevesy_reaches_the_worker_and_nothing_of_penred_reaches_hevesy():
    code = "import sys, hevesy.penelope\nprint('pyPenred' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    worker = Path(penelope_process.__file__).with_name("worker.py").read_text()
    assert "import hevesy" not in worker
    assert "from hevesy" not in worker
