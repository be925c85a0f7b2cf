"""The stored truth is of the patient that is built today, and states what it rests on."""

import json
from importlib import resources

import numpy as np
import pytest

from hevesy.case import Truth
from hevesy.images import hu_to_density
from hevesy.media import classify_tissue
from hevesy.penelope import electron_spectrum, photon_spectrum
from hevesy.simulation import (
    ANATOMY,
    build_virtual_patient,
    patient_regions,
    read_transported_truth,
    render_ct,
    true_tia,
)
from hevesy.workflows.demo import SEED, demo_truth, stored_truth

STORED = json.loads(
    (resources.files("hevesy.simulation") / "data" / "transported_truth.json").read_text()
)
PATIENT = build_virtual_patient(seed=SEED)
REGIONS = [region.name for region in patient_regions(PATIENT)]


def test_every_region_has_an_engine_and_a_small_uncertainty():
    truth = read_transported_truth(SEED)
    assert truth is not None
    assert list(truth.mean_dose_gy) == REGIONS
    for name in REGIONS:
        assert truth.engine[name] == "PENELOPE"
        assert "PenRed" in truth.source[name]
        most = 0.001 if "lesion" in name else 0.003
        assert 0 < truth.statistical_uncertainty_gy[name] < most * truth.mean_dose_gy[name]


@pytest.mark.parametrize("particle", ["electron", "gamma"])
def test_the_runs_hold_all_decays_of_the_patient_as_it_is_built(particle):
    tia = np.asarray(true_tia(PATIENT).values, dtype=np.float64)
    born = {run["source"]: run for run in STORED["runs"] if run["particle"] == particle}
    assert set(born) == {part.name for part in ANATOMY if part.compartment in PATIENT.curves}
    for number, part in enumerate(ANATOMY, start=1):
        if part.name not in born:
            continue
        here = tia[number == PATIENT.labels].sum()
        assert born[part.name]["decays"] == pytest.approx(here, rel=1e-6)
    assert sum(run["decays"] for run in born.values()) == pytest.approx(tia.sum(), rel=1e-6)
    seeds = [run["seed"] for run in STORED["runs"]]
    assert len(set(seeds)) == len(seeds)


def test_the_runs_were_of_the_nuclide_and_kept_its_energy():
    spectra = {
        "electron": electron_spectrum(
            PATIENT.nuclide, least_line_mev=STORED["transport"]["electron_cutoff_ev"] * 1e-6
        ),
        "gamma": photon_spectrum(PATIENT.nuclide),
    }
    for run in STORED["runs"]:
        assert run["emitted_mev"] == pytest.approx(spectra[run["particle"]].mean_energy_mev)
        assert run["deposited_mev"] < 1.01 * run["emitted_mev"]


def test_the_box_holds_the_body():
    where = np.argwhere(PATIENT.labels > 0)
    first = np.array(STORED["voxels"]["first_voxel_zyx"])
    after = first + STORED["voxels"]["shape_zyx"]
    assert (first <= where.min(axis=0)).all()
    assert (where.max(axis=0) < after).all()
    assert STORED["voxels"]["spacing_mm_zyx"] == list(PATIENT.grid.spacing_mm)


def test_electrons_that_stay_give_what_a_region_of_this_mass_can_take():
    """A region's own electrons are under local deposition, and nearly that in large ones."""
    tissue = classify_tissue(hu_to_density(render_ct(PATIENT, seed=0, noise_hu=0.0)))
    tia = np.asarray(true_tia(PATIENT).values, dtype=np.float64)
    for region in patient_regions(PATIENT):
        mass_kg = float(np.asarray(tissue.density.values)[region.mask].sum(dtype=float))
        mass_kg *= PATIENT.grid.voxel_volume_ml * 1e-3
        decays = tia[region.mask].sum()
        local_gy = decays * PATIENT.nuclide.electron_energy_mev * 1.602176634e-13 / mass_kg
        stored = STORED["regions"][region.name]
        assert 0.75 * local_gy < stored["of_which_own_electrons_gy"] < local_gy
        assert stored["of_which_own_electrons_gy"] < stored["mean_dose_gy"]


def test_the_own_engine_agrees():
    """Stored beside it, not part of it."""
    for name in REGIONS:
        row = STORED["regions"][name]
        sigma = np.hypot(
            row["statistical_uncertainty_gy"], row["hevesy_statistical_uncertainty_gy"]
        )
        difference = abs(row["hevesy_mean_dose_gy"] - row["mean_dose_gy"])
        assert difference < 0.003 * row["mean_dose_gy"] + 2 * sigma, name


def test_the_demo_takes_it_with_its_source():
    truth = stored_truth(demo_truth(PATIENT), SEED)
    for name in REGIONS:
        assert truth[name].mean_dose_gy == STORED["regions"][name]["mean_dose_gy"]
        assert truth[name].dose_source.startswith("PENELOPE-2018 (PenRed ")
    other = stored_truth({"lesion": Truth(tia_mbq_h=1.0, mean_dose_gy=2.0)}, SEED + 1)
    assert other["lesion"].mean_dose_gy == 2.0
