"""Make the demo's true doses again: PENELOPE over the virtual patient's true activity.

    .venv/bin/pip install -c constraints.txt 'pypenred'
    .venv/bin/python scripts/build_demo_truth.py [HISTORIES]

Takes about ten minutes. The activity is the unblurred one, the tissue the noiseless CT's.
"""

import json
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

from hevesy.images import hu_to_density
from hevesy.media import classify_tissue
from hevesy.penelope import Penelope
from hevesy.simulation import build_virtual_patient, patient_regions, render_ct, true_tia
from hevesy.workflows.demo import SEED

TARGET = Path(__file__).resolve().parents[1] / "src/hevesy/simulation/data/penelope_truth.json"


def main(histories: int) -> None:
    """Run PENELOPE and store each region's mean dose."""
    patient = build_virtual_patient(seed=SEED)
    tissue = classify_tissue(hu_to_density(render_ct(patient, seed=0, noise_hu=0.0)))
    tia = true_tia(patient)
    engine = Penelope(histories=histories, photon_histories=histories // 2, threads=1, seed=1)
    found = engine.compute(tia, tissue, patient.nuclide)
    dose = np.asarray(found.dose.values, dtype=np.float64)
    density = np.asarray(tissue.density.values, dtype=np.float64)
    if found.relative_uncertainty is None:
        raise SystemExit("PENELOPE gave no uncertainty")
    sigma = dose * np.asarray(found.relative_uncertainty.values)
    regions = {}
    for region in patient_regions(patient):
        mass = density[region.mask]
        mean = float(np.average(dose[region.mask], weights=mass))
        spread = float(np.sqrt(np.sum((sigma[region.mask] * mass) ** 2)) / mass.sum())
        regions[region.name] = {
            "mean_dose_gy": round(mean, 6),
            "statistical_uncertainty_gy": round(spread, 6),
        }
    content = {
        "what": "mean doses of the virtual patient's regions: energy imparted over mass, by "
        "PENELOPE over the true (unblurred) activity and the noiseless CT's tissue",
        "source": f"PENELOPE-2018 by PenRed (pypenred {version('pypenred')}); {found.method}",
        "script": "scripts/build_demo_truth.py",
        "patient_seed": SEED,
        "histories": histories,
        "photon_histories": histories // 2,
        "date": datetime.now(UTC).date().isoformat(),
        "regions": regions,
    }
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(TARGET.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000_000)
