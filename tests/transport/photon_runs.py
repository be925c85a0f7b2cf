"""Runs of photons for the tests: sources, voxels, and what became of the energy."""

import math
from dataclasses import replace

import numpy as np
import pytest

from hevesy.media import get_medium
from hevesy.transport.photon_kernels import transport_photons_batch
from hevesy.transport.photon_tables import PhotonTables, make_photon_tables

SIGMAS = 4.5
KERMA = math.inf  # every electron is deposited where it arises


def tables_of(*names: str, densities: tuple[float, ...] | None = None) -> PhotonTables:
    media = tuple(get_medium(name) for name in names)
    greatest = densities or tuple(m.density_g_per_cm3 for m in media)
    return make_photon_tables(media, max_density_g_per_cm3=greatest)


def absorbing(tables: PhotonTables) -> PhotonTables:
    """Tables of which every event is an absorption."""
    interaction = tables.interaction.copy()
    interaction[..., 1], interaction[..., 2:4] = 0.0, 1.0
    return replace(tables, interaction=interaction)


class Run:
    """Photons through voxels."""

    def __init__(
        self,
        photons: np.ndarray,
        density: np.ndarray,
        labels: np.ndarray,
        tables: PhotonTables,
        *,
        spacing_cm: tuple[float, float, float] = (1.0, 1.0, 1.0),
        photon_cutoff: float = 0.005,
        electron_cutoff: float = KERMA,
        seed: int = 1,
        room: int = 256,
    ) -> None:
        self.deposit = np.zeros(density.shape)
        self.ledger = np.zeros(3)
        self.stack = np.zeros((room, 7))
        self.emitted = float(photons[:, 0].sum())
        self.status = transport_photons_batch(
            np.uint64(seed), np.uint64(0), np.ascontiguousarray(photons),
            density.astype(np.float32), labels.astype(np.uint8), *spacing_cm, *tables.arrays,
            photon_cutoff, electron_cutoff, self.deposit, self.stack, np.zeros(1, np.int64),
            self.ledger,
        )  # fmt: skip

    def assert_closed(self) -> None:
        assert self.ledger.sum() == pytest.approx(self.emitted, rel=1e-9)
        assert self.deposit.sum() == pytest.approx(self.ledger[0], rel=1e-9)


def beam(
    count: int, energy: float, place: tuple[float, float, float], to: tuple[float, float, float]
) -> np.ndarray:
    return np.tile([energy, *place, *to], (count, 1))


def isotropic(count: int, energy: float, places: np.ndarray, seed: int = 5) -> np.ndarray:
    direction = np.random.default_rng(seed).normal(size=(count, 3))
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    return np.column_stack([np.full(count, energy), np.broadcast_to(places, (count, 3)), direction])


def stream(seed: int = 3) -> np.ndarray:
    return np.array([seed], dtype=np.uint64)


def assert_mean(draws: np.ndarray, wanted: float, *, systematic: float = 0.0) -> None:
    error = draws.std() / math.sqrt(len(draws))
    assert abs(draws.mean() - wanted) < SIGMAS * error + systematic
