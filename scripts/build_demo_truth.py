"""Make the demo's true doses again: PENELOPE over the virtual patient's true activity.

    .venv/bin/pip install -c constraints.txt '.[penelope]'
    .venv/bin/python scripts/build_demo_truth.py [SHARE]

The activity is the unblurred one, the tissue the noiseless CT's, the voxels the CT's, all of the
body. Each part's electrons and photons are a run of their own, over the whole body, so that each
region's dose is a sum over all sources. SHARE (default 1) scales the histories. Under half an hour
of one processor; finished runs are kept in ``out/demo-truth`` and taken from there. hevesy's own
Monte Carlo is run beside it and stored as a comparison; no truth rests on it.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from hevesy import __version__
from hevesy.dose import MonteCarlo
from hevesy.images import Quantity, Volume, hu_to_density
from hevesy.media import TissueMap, classify_tissue
from hevesy.nuclides import JOULE_PER_MEV, EmissionLines
from hevesy.penelope import (
    PenelopeRun,
    Spectrum,
    TransportOptions,
    electron_spectrum,
    photon_spectrum,
    run_penelope,
)
from hevesy.penelope.crop import Box, grow_box
from hevesy.penelope.inputs import bounding_box
from hevesy.simulation import (
    ANATOMY,
    VirtualPatient,
    build_virtual_patient,
    patient_regions,
    render_ct,
    true_tia,
)
from hevesy.workflows.demo import SEED

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src/hevesy/simulation/data/transported_truth.json"
KEPT = ROOT / "out/demo-truth"
OPTIONS = TransportOptions()
LEAST_PHOTON_MEV = 0.001
OWN_HISTORIES, OWN_SEEDS = 4_000_000, (188, 189, 190, 191)
APART = 2e-6  # g/cm3: makes the kidneys two materials, so that PENELOPE counts them apart
# Primary electrons and photons of each source, in thousands.
HISTORIES = {
    "lesion": (1200, 600),
    "small lesion": (1200, 150),
    "lung lesion": (1600, 400),
    "liver": (300, 200),
    "lungs": (200, 100),
    "left kidney": (200, 100),
    "right kidney": (200, 100),
    "bladder": (200, 100),
    "needle tract": (50, 50),
    "muscle and gut": (300, 150),
    "subcutaneous fat": (50, 50),
    "spine": (50, 50),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every run shares: the body's voxels and its emissions."""

    patient: VirtualPatient
    tia: Volume
    tissue: TissueMap
    density: np.ndarray  # of the box, the kidneys apart
    box: Box
    electrons: Spectrum
    photons: Spectrum

    def labels(self) -> np.ndarray:
        """Parts in the box, 1 + the index into ANATOMY."""
        return self.patient.labels[self.box]

    def decays(self) -> np.ndarray:
        """Decays in the box's voxels."""
        return np.asarray(self.tia.values[self.box], dtype=np.float64)


def prepare() -> Setting:
    """Build the patient as it is, without blur and noise."""
    patient = build_virtual_patient(seed=SEED)
    tissue = classify_tissue(hu_to_density(render_ct(patient, seed=0, noise_hu=0.0)))
    box = grow_box(
        bounding_box(patient.labels > 0), 1.0, patient.grid.spacing_mm, patient.grid.shape
    )
    density = np.array(tissue.density.values[box], dtype=np.float64)
    density[patient.labels[box] == number("right kidney")] += APART
    photons = photon_spectrum(patient.nuclide, least_line_mev=LEAST_PHOTON_MEV)
    if photons is None:
        raise SystemExit("the nuclide has no photons")
    return Setting(
        patient=patient,
        tia=true_tia(patient),
        tissue=tissue,
        density=density,
        box=box,
        electrons=electron_spectrum(
            patient.nuclide, least_line_mev=OPTIONS.electron_cutoff_ev * 1e-6
        ),
        photons=photons,
    )


def number(name: str) -> int:
    """Label of a part."""
    return 1 + next(k for k, part in enumerate(ANATOMY) if part.name == name)


def runs(setting: Setting, share: float) -> Iterator[dict[str, Any]]:
    """Transport each part's electrons and photons; energy in each region, MeV per primary."""
    for seed, (name, thousands) in enumerate(HISTORIES.items(), start=1):
        for particle, count in zip(("electron", "gamma"), thousands, strict=True):
            histories = max(1000, round(1000 * count * share))
            own_seed = seed if particle == "electron" else 500 + seed
            kept = KEPT / f"{name}-{particle}-{histories}-{own_seed}.json".replace(" ", "-")
            if not kept.exists():
                found = transport(setting, name, particle, histories, own_seed)
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_text(json.dumps(found), encoding="utf-8")
            yield json.loads(kept.read_text(encoding="utf-8"))


def transport(
    setting: Setting, name: str, particle: str, histories: int, seed: int
) -> dict[str, Any]:
    """Run PENELOPE over the body with one part's activity."""
    decays = np.where(setting.labels() == number(name), setting.decays(), 0.0)
    run = run_penelope(
        setting.density,
        setting.tissue.labels[setting.box],
        setting.tissue.media,
        spacing_mm=setting.patient.grid.spacing_mm,
        source=decays,
        spectrum=setting.electrons if particle == "electron" else setting.photons,
        histories=histories,
        particle="electron" if particle == "electron" else "gamma",
        options=OPTIONS,
        seed=seed,
    )
    print(f"{name}, {particle}: {run.histories_per_cpu_s:.0f} histories a second", flush=True)
    return {
        "source": name,
        "particle": particle,
        "histories": histories,
        "seed": seed,
        "decays": float(decays.sum()),
        "deposited_mev": run.deposited_mev,
        "emitted_mev": run.emitted_mev,
        "cpu_s": round(run.cpu_s, 1),
        "energy_mev": {
            region.name: _energy_of(setting, run, region.name)
            for region in patient_regions(setting.patient)
        },
    }


def _energy_of(setting: Setting, run: PenelopeRun, name: str) -> tuple[float, float]:
    """Energy per primary in a region and its uncertainty: a region is a material of its own."""
    inside = setting.labels() == number(name)
    rho = run.density_g_per_cm3[inside][0]
    if not np.array_equal(run.density_g_per_cm3 == rho, inside):
        raise SystemExit(f"{name} shares its material with another part")
    at = next(k for k, m in enumerate(run.materials) if m.density_g_per_cm3 == rho)
    return float(run.material_energy_mev[at]), float(run.material_sigma_mev[at])


def below(lines: EmissionLines, least_mev: float) -> float:
    """Energy per decay of lines under the cut-off, which stays where it is born, MeV."""
    return float((lines.energy_mev * lines.yield_per_decay)[lines.energy_mev < least_mev].sum())


def collect(setting: Setting, share: float) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Sum all sources' energy in each region, over its mass."""
    nuclide = setting.patient.nuclide
    local_mev = below(nuclide.electrons, OPTIONS.electron_cutoff_ev * 1e-6)
    local_mev += below(nuclide.photons, LEAST_PHOTON_MEV)
    per_decay = {
        "electron": setting.electrons.particles_per_decay,
        "gamma": setting.photons.particles_per_decay,
    }
    done = list(runs(setting, share))
    regions = {}
    for region in patient_regions(setting.patient):
        mass_kg = _mass_kg(setting, region.mask)
        decays = float(np.asarray(setting.tia.values)[region.mask].sum(dtype=float))
        dose = {"electron": 0.0, "gamma": 0.0, "self": decays * local_mev * JOULE_PER_MEV / mass_kg}
        variance = 0.0
        for run in done:
            gy = run["decays"] * per_decay[run["particle"]] * JOULE_PER_MEV / mass_kg
            energy, sigma = run["energy_mev"][region.name]
            dose[run["particle"]] += energy * gy
            variance += (sigma * gy) ** 2
            if run["source"] == region.name and run["particle"] == "electron":
                dose["self"] += energy * gy
        local = decays * local_mev * JOULE_PER_MEV / mass_kg
        regions[region.name] = {
            "engine": "PENELOPE",
            "mean_dose_gy": round(dose["electron"] + dose["gamma"] + local, 6),
            "statistical_uncertainty_gy": round(variance**0.5, 6),
            "of_which_photons_gy": round(dose["gamma"], 6),
            "of_which_own_electrons_gy": round(dose["self"], 6),
        }
    return regions, [{k: v for k, v in run.items() if k != "energy_mev"} for run in done]


def whole_body(setting: Setting, done: list[dict[str, Any]]) -> dict[str, float]:
    """All energy deposited in the body's box over the body's mass."""
    nuclide = setting.patient.nuclide
    local_mev = below(nuclide.electrons, OPTIONS.electron_cutoff_ev * 1e-6)
    local_mev += below(nuclide.photons, LEAST_PHOTON_MEV)
    per_decay = {
        "electron": setting.electrons.particles_per_decay,
        "gamma": setting.photons.particles_per_decay,
    }
    mass_kg = _mass_kg(setting, setting.patient.labels > 0)
    energy_mev = float(setting.decays().sum()) * local_mev
    energy_mev += sum(r["decays"] * per_decay[r["particle"]] * r["deposited_mev"] for r in done)
    return {
        "mass_g": round(1e3 * mass_kg, 1),
        "mean_dose_gy": round(energy_mev * JOULE_PER_MEV / mass_kg, 6),
    }


def _mass_kg(setting: Setting, mask: np.ndarray) -> float:
    rho = np.asarray(setting.tissue.density.values, dtype=np.float64)[mask]
    return float(rho.sum()) * setting.patient.grid.voxel_volume_ml * 1e-3


def compare_own(setting: Setting, regions: dict[str, Any]) -> str:
    """Put hevesy's own Monte Carlo beside each region."""
    density = np.asarray(setting.tissue.density.values, dtype=np.float64)
    places = patient_regions(setting.patient)
    means: dict[str, list[float]] = {region.name: [] for region in places}
    for seed in OWN_SEEDS:
        engine = MonteCarlo(precision=None, histories=OWN_HISTORIES, seed=seed)
        found = engine.compute(setting.tia, setting.tissue, setting.patient.nuclide)
        dose = np.asarray(found.dose.require(Quantity.GY).values, dtype=np.float64)
        for region in places:
            weights = density[region.mask]
            means[region.name].append(float(np.average(dose[region.mask], weights=weights)))
    for name, found_gy in means.items():
        spread = np.std(found_gy, ddof=1) / len(found_gy) ** 0.5
        regions[name]["hevesy_mean_dose_gy"] = round(float(np.mean(found_gy)), 6)
        regions[name]["hevesy_statistical_uncertainty_gy"] = round(float(spread), 6)
    return (
        f"hevesy {__version__} Monte Carlo, {len(OWN_SEEDS)} runs of {OWN_HISTORIES} electrons "
        f"(seeds {', '.join(map(str, OWN_SEEDS))}); uncertainty from their spread"
    )


def main(share: float) -> None:
    """Run PENELOPE, store each region's mean dose, and print it beside hevesy's own."""
    setting = prepare()
    regions, done = collect(setting, share)
    comparison = compare_own(setting, regions)
    histories = {
        p: sum(r["histories"] for r in done if r["particle"] == p) for p in ("electron", "gamma")
    }
    content = {
        "what": "mean doses of the virtual patient's regions: energy imparted over mass, by "
        "Monte Carlo over the true (unblurred) activity and the noiseless CT's tissue",
        "engines": {
            "PENELOPE": f"PENELOPE-2018 (PenRed {version('pypenred')}), "
            f"{histories['electron']} electrons and {histories['gamma']} photons"
        },
        "script": "scripts/build_demo_truth.py",
        "patient_seed": SEED,
        "date": datetime.now(UTC).date().isoformat(),
        "transport": asdict(OPTIONS),
        "voxels": {
            "shape_zyx": list(setting.density.shape),
            "spacing_mm_zyx": list(setting.patient.grid.spacing_mm),
            "first_voxel_zyx": [part.start for part in setting.box],
        },
        "runs": done,
        "comparison": comparison,
        "regions": regions,
        "body": whole_body(setting, done),
    }
    TARGET.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    for name, row in regions.items():
        mean, own = row["mean_dose_gy"], row["hevesy_mean_dose_gy"]
        sigma = 100 * row["statistical_uncertainty_gy"] / mean
        own_sigma = 100 * row["hevesy_statistical_uncertainty_gy"] / mean
        difference = f"{100 * (own / mean - 1):+.2f} +- {np.hypot(sigma, own_sigma):.2f} %"
        print(f"{name:14} {mean:9.4f} Gy +- {sigma:.2f} %; hevesy {difference}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
