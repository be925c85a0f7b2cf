"""Where the decays' energy goes: in the body, beyond the CT, in regions without activity."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import Interrupted
from hevesy.images import Volume
from hevesy.nuclides import JOULE_PER_MEV, Nuclide
from hevesy.organs.continuation import ContinuedBody
from hevesy.progress import SILENT, Control
from hevesy.transport import (
    DecayProblem,
    Tally,
    batch_sizes,
    decay_problem,
    emission_of,
    empty_tally,
    simulate_batches,
)

__all__ = ["EnergyShares", "account_energy", "cross_doses", "photon_doses"]

HISTORIES = 65_536
PHOTON_EFFORT = 20.0  # photons carry what leaves a depot: more of them than for a dose map
_FEW_ELECTRONS, _PHOTONS_ALONE = 4096, 400.0  # of 188Re 60 000 photons
_BODY, _BEYOND, _NARROW = "the body in the CT", "beyond the CT", "beyond, the middle"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyShares:
    """Energy of all decays, J, by where it ends; `escaped_j` leaves body and cylinders.

    Parameters
    ----------
    emitted_j, body_j, beyond_j, elsewhere_j, escaped_j : float
        Emitted by electrons and photons; absorbed in the body within the CT, in the body's
        continuation, elsewhere (couch, air); not absorbed.
    body_uncertainty_j, beyond_uncertainty_j : float
        Statistical (k = 1).
    beyond_model_uncertainty_j : float
        Of the continuation's shape: half its section tells as much less, taken as the half-width of
        an even distribution (k = 1).
    decays : float
        All that were transported.
    body_mass_g : float
        Of the body within the CT.
    cut_ends : tuple of str
        Ends of the CT that cut the body.
    histories, photons : int
        Primary electrons and photons.

    Examples
    --------
    See `account_energy`.
    """

    emitted_j: float
    body_j: float
    beyond_j: float
    elsewhere_j: float
    escaped_j: float
    body_uncertainty_j: float
    beyond_uncertainty_j: float
    beyond_model_uncertainty_j: float
    decays: float
    body_mass_g: float
    cut_ends: tuple[str, ...]
    histories: int
    photons: int

    @property
    def balance(self) -> float:
        """Everything accounted for over what was emitted, minus 1."""
        found = self.body_j + self.beyond_j + self.elsewhere_j + self.escaped_j
        return found / self.emitted_j - 1.0


def _run(
    decays: Volume,
    body: ContinuedBody,
    nuclide: Nuclide,
    regions: Mapping[str, NDArray[np.bool_]],
    seed: int,
    histories: int,
    control: Control,
) -> tuple[DecayProblem, Tally]:
    problem = decay_problem(
        decays,
        body.tissue,
        nuclide,
        seed=seed,
        regions=regions,
        photon_effort_factor=PHOTON_EFFORT,
    )
    return problem, _simulate(problem, histories, control)


def _simulate(problem: DecayProblem, histories: int, control: Control) -> Tally:
    tally = simulate_batches(problem, empty_tally(problem), batch_sizes(histories), control=control)
    if tally.stopped:
        raise Interrupted(
            f"the simulation was stopped after {tally.histories} histories",
            remedy="start it again",
        )
    return tally


def account_energy(
    tia: Volume,
    body: ContinuedBody,
    nuclide: Nuclide,
    *,
    seed: int,
    histories: int = HISTORIES,
    control: Control = SILENT,
) -> EnergyShares:
    """Follow every decay's electrons and photons through the CT and the body's continuation.

    Parameters
    ----------
    tia : Volume
        BQ_S, on the CT's voxels.
    body : ContinuedBody
        Of the same CT.
    nuclide : Nuclide
    seed : int
    histories : int
        Primary electrons; of 188Re photons are three for every four.
    control : Control

    Returns
    -------
    EnergyShares

    Examples
    --------
    >>> from hevesy.images import Grid, Quantity
    >>> from hevesy.nuclides import get_nuclide
    >>> from hevesy.organs.continuation import continue_body
    >>> grid = Grid.from_spacing((20, 20, 20), spacing_mm=(5, 5, 5))
    >>> water = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.DENSITY_G_PER_CM3)
    >>> body = continue_body(water, np.ones(grid.shape, dtype=bool))
    >>> tia = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ_S)
    >>> found = account_energy(tia, body, get_nuclide("Re-188"), seed=1, histories=4096)
    >>> abs(found.balance) < 1e-6, 0.85 < found.body_j / found.emitted_j < 0.95
    (True, True)
    """
    decays = body.lay_decays(np.asarray(tia.values))
    regions = {_BODY: body.body, _BEYOND: body.beyond, _NARROW: body.beyond_narrow}
    problem, tally = _run(decays, body, nuclide, regions, seed, histories, control)
    to_j = problem.decays * JOULE_PER_MEV
    local_mev = problem.emission.local_mev
    within = float(np.asarray(decays.values)[body.body].sum()) / problem.decays
    in_body = tally.region_mean_and_sigma(_BODY)
    beyond = tally.region_mean_and_sigma(_BEYOND)
    narrow = tally.region_mean_and_sigma(_NARROW)
    sampled = tally.histories / problem.emission.electrons_per_decay
    body_mev = in_body[0] + local_mev * within
    return EnergyShares(
        emitted_j=tally.emitted_mev / sampled * to_j,
        body_j=body_mev * to_j,
        beyond_j=beyond[0] * to_j,
        elsewhere_j=(tally.deposited_mev / sampled - body_mev - beyond[0]) * to_j,
        escaped_j=tally.escaped_mev / sampled * to_j,
        body_uncertainty_j=in_body[1] * to_j,
        beyond_uncertainty_j=beyond[1] * to_j,
        beyond_model_uncertainty_j=(beyond[0] - narrow[0]) / math.sqrt(3.0) * to_j,
        decays=problem.decays,
        body_mass_g=body.body_mass_g,
        cut_ends=body.cut_ends,
        histories=tally.histories,
        photons=tally.photons,
    )


def cross_doses(
    tia: Volume,
    body: ContinuedBody,
    nuclide: Nuclide,
    targets: Mapping[str, NDArray[np.bool_]],
    *,
    seed: int,
    histories: int = HISTORIES,
    control: Control = SILENT,
) -> dict[str, tuple[float, float]]:
    """Mean doses to regions from the decays outside all of them: photons, and near borders betas.

    Parameters
    ----------
    tia : Volume
        BQ_S, on the CT's voxels; decays within the targets are left out.
    body : ContinuedBody
    nuclide : Nuclide
    targets : Mapping of str to ndarray of bool, shape ``tia.grid.shape``
        The regions, on the CT's voxels.
    seed : int
    histories : int
    control : Control

    Returns
    -------
    dict of str to tuple of float
        Mean dose (energy over mass) and its statistical standard uncertainty, Gy; zeros where no
        decay is left outside.

    Examples
    --------
    >>> cross_doses.__name__  # called with what `account_energy` has, see its example
    'cross_doses'
    """
    own = np.zeros(tia.grid.shape, dtype=np.bool_)
    for mask in targets.values():
        own |= mask
    decays = body.lay_decays(np.where(own, np.float32(0.0), np.asarray(tia.values)))
    regions = {name: body.lay_mask(mask) for name, mask in targets.items()}
    if float(decays.values.max()) <= 0:
        return dict.fromkeys(regions, (0.0, 0.0))
    problem, tally = _run(decays, body, nuclide, regions, seed, histories, control)
    density = np.asarray(body.tissue.density.values)
    found = {}
    for name, mask in regions.items():
        mean, sigma = tally.region_mean_and_sigma(name)
        mass_kg = float(density[mask].sum(dtype=np.float64)) * body.grid.voxel_volume_ml * 1e-3
        to_gy = problem.decays * JOULE_PER_MEV / mass_kg
        found[name] = (mean * to_gy, sigma * to_gy)
    return found


def photon_doses(
    tia: Volume,
    body: ContinuedBody,
    nuclide: Nuclide,
    targets: Mapping[str, NDArray[np.bool_]],
    *,
    seed: int,
    control: Control = SILENT,
) -> dict[str, tuple[float, float]]:
    """Mean doses to regions from the nuclide's photons, of all decays, their own among them.

    What local deposition of electrons leaves out. Bremsstrahlung is not in it: its energy is in
    the electrons'. Two runs with the same electrons, one without photons; their difference is the
    photons', batch by batch.

    Parameters
    ----------
    tia : Volume
        BQ_S, on the CT's voxels.
    body : ContinuedBody
    nuclide : Nuclide
    targets : Mapping of str to ndarray of bool, shape ``tia.grid.shape``
        The regions, on the CT's voxels.
    seed : int
    control : Control

    Returns
    -------
    dict of str to tuple of float
        Mean dose (energy over mass) and its statistical standard uncertainty, Gy; zeros for a
        nuclide without photons.

    Examples
    --------
    >>> photon_doses.__name__  # called with what `account_energy` has, see its example
    'photon_doses'
    """
    decays = body.lay_decays(np.asarray(tia.values))
    regions = {name: body.lay_mask(mask) for name, mask in targets.items()}
    if emission_of(nuclide).photons_per_decay <= 0:
        return dict.fromkeys(regions, (0.0, 0.0))
    tallies = []
    for photons in (True, False):
        problem = decay_problem(
            decays, body.tissue, nuclide, seed=seed, regions=regions, photons=photons,
            photon_effort_factor=_PHOTONS_ALONE,
        )  # fmt: skip
        tallies.append(_simulate(problem, _FEW_ELECTRONS, control))
    weights = np.array(tallies[0].sizes, dtype=np.float64)
    weights /= weights.sum()
    density = np.asarray(body.tissue.density.values)
    found = {}
    for n, (name, mask) in enumerate(regions.items()):
        batches = tallies[0].regions[:, n] - tallies[1].regions[:, n]
        mean = float(weights @ batches)
        sigma = math.sqrt(float(weights @ (batches - mean) ** 2) / (batches.size - 1))
        mass_kg = float(density[mask].sum(dtype=np.float64)) * body.grid.voxel_volume_ml * 1e-3
        to_gy = problem.decays * JOULE_PER_MEV / mass_kg
        found[name] = (mean * to_gy, sigma * to_gy)
    return found
