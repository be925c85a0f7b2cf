"""PENELOPE on the peer case: histories per second and efficiency, both settings, one thread.

python -m benchmarks.penelope_peer [HISTORIES]
python -m benchmarks.penelope_peer reference peer|lung|air|cortical-bone HISTORIES SEED FILE.npz
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.penelope_cases import PeerCase, interface_case, lung_case, peer_case
from hevesy.penelope import PenelopeRun, TransportOptions, run_penelope

ACCURATE = TransportOptions(elastic_c1=0.05, elastic_c2=0.05, electron_cutoff_ev=2e4)
FAST = TransportOptions(elastic_c1=0.1, elastic_c2=0.1, electron_cutoff_ev=5e4)
REFERENCE = TransportOptions(elastic_c1=0.05, elastic_c2=0.05, electron_cutoff_ev=1e4)


def run_case(
    case: PeerCase, options: TransportOptions, histories: int, seed: int = 1
) -> PenelopeRun:
    """Run PENELOPE on a case, on one thread."""
    return run_penelope(
        case.density_g_per_cm3, case.labels, case.media, spacing_mm=case.spacing_mm,
        source=case.source, spectrum=case.spectrum, histories=histories, options=options,
        seed=seed,
    )  # fmt: skip


def efficiency(
    energy_mev: NDArray[np.float64],
    sigma_mev: NDArray[np.float64],
    density_g_per_cm3: NDArray[np.float64],
    cpu_s: float,
) -> float:
    """1 / (mean relative variance x CPU seconds) over voxels above 10 % of the maximum dose."""
    dose = energy_mev / density_g_per_cm3
    hot = dose > 0.1 * dose.max()
    return float(1.0 / (((sigma_mev[hot] / energy_mev[hot]) ** 2).mean() * cpu_s))


def run(histories: int = 300_000) -> dict[str, float]:
    """Figures of both settings."""
    case, figures = peer_case(), {}
    for name, options in (("c005_20kev", ACCURATE), ("c01_50kev", FAST)):
        done = run_case(case, options, histories)
        figures[f"{name}_histories_per_s"] = done.histories_per_cpu_s
        figures[f"{name}_efficiency_per_s"] = efficiency(
            done.energy_mev, done.sigma_mev, case.density_g_per_cm3, done.cpu_s
        )
        figures[f"{name}_cpu_s"] = done.cpu_s
        figures[f"{name}_setup_s"] = done.setup_s
    return figures


def write_reference(name: str, histories: int, seed: int, path: Path) -> None:
    """Run a case with the accurate settings and store result and inputs."""
    cases = {"peer": peer_case, "lung": lung_case}
    case = cases[name]() if name in cases else interface_case(name)
    done = run_case(case, REFERENCE, histories, seed)
    np.savez_compressed(
        path,
        energy_mev_per_history=done.energy_mev,
        sigma_mev_per_history=done.sigma_mev,
        dose_gy_per_history=done.energy_mev
        * 1.602176634e-10
        / (case.density_g_per_cm3 * np.prod(case.spacing_mm) / 1000.0),
        density_g_per_cm3=case.density_g_per_cm3,
        labels=case.labels,
        media=np.array([medium.name for medium in case.media]),
        mean_excitation_energy_ev=np.array(
            [medium.mean_excitation_energy_ev for medium in case.media]
        ),
        spacing_mm=np.array(case.spacing_mm),
        source=case.source,
        spectrum_energy_mev=case.spectrum.energy_mev,
        spectrum_per_decay=case.spectrum.per_decay,
        histories=histories,
        seed=seed,
        emitted_mev=done.emitted_mev,
        deposited_mev=done.deposited_mev,
        c1_c2=REFERENCE.elastic_c1,
        electron_cutoff_ev=REFERENCE.electron_cutoff_ev,
        photon_cutoff_ev=REFERENCE.photon_cutoff_ev,
        wcc_ev=REFERENCE.hard_collision_ev,
        wcr_ev=REFERENCE.hard_bremsstrahlung_ev,
        cpu_s=done.cpu_s,
    )


def main(arguments: list[str]) -> None:
    """Print the figures, or write a reference."""
    if arguments[:1] == ["reference"]:
        write_reference(
            arguments[1], int(float(arguments[2])), int(arguments[3]), Path(arguments[4])
        )
        return
    for name, value in run(*(int(float(a)) for a in arguments[:1])).items():
        print(f"{name:32s} {value:12.4g}")


if __name__ == "__main__":
    main(sys.argv[1:])
