"""The virtual patient from raw projections with other scatter corrections: found beside true.

    python -m benchmarks.raw_patient OUT [--scatter tew:0.8] [--psf] [--factor sphere]

`hevesy demo --raw` is the same with scatter by the model.
"""

import argparse
from pathlib import Path

from hevesy.simulation import build_virtual_patient
from hevesy.workflows.demo import SEED, demo_truth
from hevesy.workflows.demo_calibration import RawChoice
from hevesy.workflows.demo_raw import write_raw_patient
from hevesy.workflows.dose import run_dose


def main() -> None:
    """Make the patient, run `hevesy dose`'s work over it, and print found and true."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.raw_patient", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--scatter", default=RawChoice().scatter)
    parser.add_argument("--psf", action="store_true")
    parser.add_argument("--factor", choices=("cylinder", "sphere"), default="cylinder")
    given = parser.parse_args()
    choice = RawChoice(scatter=given.scatter, psf=given.psf, factor=given.factor)
    patient = build_virtual_patient(seed=SEED)
    truth = demo_truth(patient)
    result = run_dose(
        write_raw_patient(patient, given.out / "input", choice), given.out / "results"
    )
    for region in result.regions:
        true = truth[region.name].tia_mbq_h
        print(
            f"{region.name:14s} {region.tia_mbq_h:9.1f} ± {region.tia_uncertainty_mbq_h:7.1f} "
            f"MBq h, true {true:9.1f} ({100 * (region.tia_mbq_h / true - 1):+.1f} %)"
        )


if __name__ == "__main__":
    main()
