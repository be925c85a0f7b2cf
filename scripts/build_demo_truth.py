"""Make the demo's true doses again: Monte Carlo over the virtual patient's true activity.

    .venv/bin/python scripts/build_demo_truth.py [HISTORIES]

Takes about a minute. The engine is hevesy's own, which agrees with PENELOPE within 0.1 % on the
regions of the peer cases; a PENELOPE run of this whole patient takes
hours. The activity is the unblurred one, the tissue the noiseless CT's.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from hevesy import __version__
from hevesy.dose import MonteCarlo
from hevesy.images import hu_to_density
from hevesy.media import classify_tissue
from hevesy.simulation import build_virtual_patient, patient_regions, render_ct, true_tia
from hevesy.workflows.demo import SEED

TARGET = Path(__file__).resolve().parents[1] / "src/hevesy/simulation/data/transported_truth.json"


def main(histories: int) -> None:
    """Run the engine and store each region's mean dose."""
    patient = build_virtual_patient(seed=SEED)
    tissue = classify_tissue(hu_to_density(render_ct(patient, seed=0, noise_hu=0.0)))
    tia = true_tia(patient)
    engine = MonteCarlo(precision=None, histories=histories, seed=188)
    found = engine.compute(tia, tissue, patient.nuclide)
    dose = np.asarray(found.dose.values, dtype=np.float64)
    density = np.asarray(tissue.density.values, dtype=np.float64)
    if found.relative_uncertainty is None:
        raise SystemExit("the engine gave no uncertainty")
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
        "Monte Carlo over the true (unblurred) activity and the noiseless CT's tissue",
        "source": f"hevesy {__version__} Monte Carlo, seed 188; {found.method}",
        "script": "scripts/build_demo_truth.py",
        "patient_seed": SEED,
        "histories": histories,
        "date": datetime.now(UTC).date().isoformat(),
        "regions": regions,
    }
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(TARGET.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 16_000_000)
