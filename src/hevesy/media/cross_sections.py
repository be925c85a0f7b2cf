"""The packaged tables of atomic cross sections, as they stand in their files.

`scripts/build_cross_sections.py` makes the files again from public packages.
"""

import csv
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from hevesy.provenance import DataSet

__all__ = [
    "bremsstrahlung_data_set",
    "photon_data_set",
    "read_bremsstrahlung",
    "read_detector_cross_sections",
    "read_photon_cross_sections",
    "read_photon_scattering",
]

Table = NDArray[np.float64]


@cache
def _read(name: str) -> tuple[tuple[str, ...], dict[str, Table]]:
    """Header and, for each element's symbol, its rows without the symbol."""
    text = (resources.files("hevesy.media") / "data" / name).read_text(encoding="utf-8")
    header, *rows = csv.reader(text.splitlines())
    by_element: dict[str, list[list[float]]] = {}
    for row in rows:
        by_element.setdefault(row[0], []).append([float(word) for word in row[1:]])
    tables = {}
    for symbol, values in by_element.items():
        tables[symbol] = np.array(values)
        tables[symbol].setflags(write=False)
    return tuple(header), tables


def read_photon_cross_sections() -> dict[str, Table]:
    """Photon cross sections of each element of tissue, 1 keV to 3 MeV.

    Returns
    -------
    dict of str to ndarray of float64, shape (n, 5)
        Energy, MeV; then photoelectric, incoherent, coherent and pair, cm2/g. A K edge stands as
        two energies side by side. Interpolated in both logarithms the total is within 0.1 %
        (chlorine, just above its K edge: 0.13 %).

    References
    ----------
    Elam, Ravel, Sieber. Radiat Phys Chem 2002;63:121 (to 800 keV; the tables agree with XCOM).
    Berger et al., XCOM, NIST SRD 8 (total above). Maximon, J Res NBS 1968;72B:79 (pair).

    Examples
    --------
    >>> read_photon_cross_sections()["O"][0, :2]
    array([1.0000e-03, 4.5883e+03])
    """
    return dict(_read("photon_cross_sections.csv")[1])


def read_detector_cross_sections() -> dict[str, Table]:
    """Photon cross sections of sodium, iodine and lead, 20 keV to 3 MeV.

    Returns
    -------
    dict of str to ndarray of float64, shape (n, 5)
        Columns as in `read_photon_cross_sections`.

    References
    ----------
    As `read_photon_cross_sections`.

    Examples
    --------
    >>> sorted(read_detector_cross_sections())
    ['I', 'Na', 'Pb']
    """
    return dict(_read("detector_cross_sections.csv")[1])


def read_photon_scattering() -> dict[str, Table]:
    """Form factors and incoherent scattering functions of each element of tissue.

    Returns
    -------
    dict of str to ndarray of float64, shape (n, 3)
        x = sin(theta/2) / wavelength, 1/angstrom; F(x); S(x).

    References
    ----------
    Hubbell et al., J Phys Chem Ref Data 1975;4:471, as in xraylib (Schoonjans et al. 2011).

    Examples
    --------
    >>> read_photon_scattering()["O"][0]
    array([0., 8., 0.])
    """
    return dict(_read("photon_scattering.csv")[1])


def read_bremsstrahlung() -> tuple[Table, dict[str, Table]]:
    """Scaled bremsstrahlung cross sections of each element of tissue, 1 keV to 4 MeV.

    Returns
    -------
    ndarray of float64, shape (30,)
        Reduced photon energy k/E, from 0 to 1.
    dict of str to ndarray of float64, shape (n, 31)
        Electron energy, MeV; then (beta/Z)^2 k dsigma/dk, mb, at each reduced energy. Nucleus and
        electrons of the atom together.

    References
    ----------
    Seltzer, Berger. At Data Nucl Data Tables 1986;35:345.

    Examples
    --------
    >>> reduced, tables = read_bremsstrahlung()
    >>> float(reduced[1]), float(tables["O"][0, 1])
    (0.05, 4.76074)
    """
    header, tables = _read("bremsstrahlung.csv")
    return np.array([float(word) for word in header[2:]]), dict(tables)


def photon_data_set() -> DataSet:
    """The tables behind photon transport, for a result's provenance.

    Examples
    --------
    >>> photon_data_set().name
    'XCOM by Elam'
    """
    return DataSet(
        name="XCOM by Elam",
        version="xraydb 4.5.8, xraylib 4.3.0, OpenMC 0.16.0",
        source="Elam, Ravel, Sieber 2002; NIST SRD 8; Hubbell et al. 1975; Maximon 1968",
    )


def bremsstrahlung_data_set() -> DataSet:
    """The table behind bremsstrahlung, for a result's provenance.

    Examples
    --------
    >>> bremsstrahlung_data_set().name
    'BREMSPEC-2'
    """
    return DataSet(
        name="BREMSPEC-2",
        version="S. M. Seltzer, 5 September 1984, as in OpenMC 0.16.0",
        source="Seltzer and Berger 1986, 10.1016/0092-640X(86)90014-8",
    )
