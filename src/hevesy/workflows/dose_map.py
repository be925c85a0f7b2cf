"""`hevesy dose-map`: a dose map from images of decays and density, by any engine."""

import hashlib
import json
import math
import platform
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.dose import DoseMap, KernelConvolution, MonteCarlo, hot_region
from hevesy.errors import CaseError, HevesyError, InputError, Interrupted
from hevesy.files import record_input, staged_output, write_volume
from hevesy.images import Volume
from hevesy.media import TissueMap
from hevesy.nuclides import JOULE_PER_MEV, Nuclide, get_nuclide
from hevesy.penelope import Penelope
from hevesy.progress import SILENT, Control
from hevesy.provenance import InputRecord, Provenance
from hevesy.transport import Tally
from hevesy.workflows.dose_map_input import (
    DoseMapRequest,
    read_decays,
    read_region,
    read_tissue,
    without_air,
)
from hevesy.workflows.engines import engine_data_sets, find_engine

__all__ = ["DOSE_MAP_OUTPUTS", "run_dose_map"]

DOSE_MAP_OUTPUTS = ("dose.nii.gz", "uncertainty.nii.gz", "result.json")
_PARTIAL = ".hevesy-monte-carlo.npz"
_IMAGES = ("tia", "activity", "ct", "density", "hu_to_density", "materials", "materials_key",
           "region")  # fmt: skip


class _Watch:
    """Hands progress on; stops for the user or when the time is up, without losing a batch."""

    def __init__(self, inner: Control, limit_s: float | None) -> None:
        self._inner = inner
        self._end = math.inf if limit_s is None else time.monotonic() + limit_s

    def stage(self, name: str) -> None:
        self._inner.stage(name)

    def advance(self, done: int, total: int) -> None:
        if not self._inner.should_stop():
            self._inner.advance(done, total)

    def should_stop(self) -> bool:
        return self._inner.should_stop() or self.time_is_up()

    def time_is_up(self) -> bool:
        return time.monotonic() > self._end


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Computed:
    dose: DoseMap
    wall_s: float
    cpu_s: float
    simulated: int | None = None  # histories in these seconds: fewer than all after a resumption


def run_dose_map(
    request: DoseMapRequest, out_dir: Path, *, control: Control = SILENT
) -> dict[str, Any]:
    """Compute a dose map and write it with its uncertainty.

    Parameters
    ----------
    request : DoseMapRequest
    out_dir : Path
        Gets dose.nii.gz (Gy), uncertainty.nii.gz (relative, one standard deviation; Monte Carlo
        only) and result.json, all or nothing.
    control : Control

    Returns
    -------
    dict
        What result.json holds.

    Raises
    ------
    InputError
        A precision that was not reached in the time given.
    Interrupted
        The user stopped the work; what Monte Carlo had done is kept for ``--resume``.

    Examples
    --------
    >>> from hevesy.workflows import DoseMapRequest
    >>> run_dose_map(DoseMapRequest(nuclide="Re-188", unit="Bq.s"), Path("out"))
    Traceback (most recent call last):
    hevesy.errors.CaseError: a dose map needs decays or an activity: ...
    """
    nuclide = get_nuclide(request.nuclide)
    decays = read_decays(request, nuclide)
    tissue = read_tissue(request, decays)
    decays, air_share = without_air(decays, tissue)
    shares = None if request.region is None else read_region(request.region, decays)
    region = hot_region(decays) if shares is None else shares >= min(0.5, float(shares.max()))
    inputs = tuple(
        record_input(name, path)
        for name, path in ((name, getattr(request, name)) for name in _IMAGES)
        if path is not None
    )
    with staged_output(out_dir, owned=DOSE_MAP_OUTPUTS) as stage:
        if request.method == "monte-carlo":
            computed = _monte_carlo(
                request, decays, tissue, nuclide, region, out_dir, inputs, control
            )
        else:
            computed = _other(request, decays, tissue, nuclide, control)
        control.stage("writing the dose map")
        outline = shares if request.method == "kernel" else None
        figures = _region_figures(computed.dose, decays, tissue, nuclide, region, outline)
        result = _result(request, computed, decays, figures, nuclide, inputs, air_share)
        write_volume(stage.path("dose.nii.gz"), computed.dose.dose)
        if computed.dose.relative_uncertainty is not None:
            write_volume(stage.path("uncertainty.nii.gz"), computed.dose.relative_uncertainty)
        stage.path("result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (out_dir / _PARTIAL).unlink(missing_ok=True)
    return result


def _other(
    request: DoseMapRequest, decays: Volume, tissue: TissueMap, nuclide: Nuclide, control: Control
) -> _Computed:
    engine = find_engine(  # first: a method that does not exist is refused as such
        request.method,
        histories=request.histories,
        precision=request.precision,
        in_batches=request.time_limit_s is not None,
        seed=request.seed,
        threads=request.threads,
        allow_lung=request.allow_lung,
    )
    wall, cpu = time.perf_counter(), time.process_time()
    if isinstance(engine, Penelope):
        watch = _Watch(control, request.time_limit_s)
        up = None if request.time_limit_s is None else watch.time_is_up
        dose = engine.compute(decays, tissue, nuclide, control=control, time_is_up=up)
        if dose.statistics and dose.statistics.stopped and request.precision is not None:
            raise _unreached(request, dose.statistics.precision, dose.statistics.histories)
    else:
        for name in ("precision", "time_limit_s", "histories"):
            if getattr(request, name) is not None:
                raise CaseError(
                    f"--{name.removesuffix('_s').replace('_', '-')} is an option of Monte Carlo",
                    got=f"method {request.method}",
                    remedy="leave it out, or use --method monte-carlo",
                )
        dose = engine.compute(decays, tissue, nuclide, control=control)
    return _Computed(dose=dose, wall_s=time.perf_counter() - wall, cpu_s=time.process_time() - cpu)


def _unreached(request: DoseMapRequest, reached: float, histories: int) -> InputError:
    goal = request.precision
    return InputError(
        "the goal was not reached in the time given",
        got=f"{100 * reached:.2g} % with {histories} histories"
        + (f" in {request.time_limit_s:g} s" if request.time_limit_s is not None else ""),
        allowed=f"{100 * goal:g} %" if goal is not None else f"{request.histories} histories",
        remedy="give more time, or ask for less",
    )


def _monte_carlo(
    request: DoseMapRequest,
    decays: Volume,
    tissue: TissueMap,
    nuclide: Nuclide,
    region: np.ndarray[Any, np.dtype[np.bool_]],
    out_dir: Path,
    inputs: tuple[InputRecord, ...],
    control: Control,
) -> _Computed:
    goal = request.precision
    if goal is None and request.histories is None and request.time_limit_s is None:
        goal = 0.02
    engine = MonteCarlo(
        precision=goal,
        histories=request.histories,
        seed=request.seed,
        threads=request.threads,
        dose_to_water=request.dose_to_water,
    )
    key = _key(request, inputs)
    problem = engine.prepare(decays, tissue, nuclide, target=region)
    kept = _read_partial(out_dir / _PARTIAL, key) if request.resume else None
    before = 0 if kept is None else kept.histories
    watch = _Watch(control, request.time_limit_s)
    wall, cpu = time.perf_counter(), time.process_time()
    tally = engine.run(problem, kept, control=watch)
    wall_s, cpu_s = time.perf_counter() - wall, time.process_time() - cpu
    if control.should_stop():
        _write_partial(out_dir / _PARTIAL, key, tally)
        raise Interrupted(
            f"stopped after {tally.histories} histories, which are kept",
            remedy="go on with --resume, or start again without it",
        )
    dose = engine.dose_map(problem, tally, decays, tissue, nuclide)
    if tally.stopped and (goal is not None or request.histories is not None):
        raise _unreached(request, engine.precision_of(problem, tally), tally.histories)
    return _Computed(dose=dose, wall_s=wall_s, cpu_s=cpu_s, simulated=tally.histories - before)


def _key(request: DoseMapRequest, inputs: tuple[InputRecord, ...]) -> str:
    """Name the sums of one problem: another input, option or version must not go on with them."""
    from hevesy import __version__

    parts = [__version__, request.nuclide, request.unit, str(request.seed)]
    parts += [str(request.dose_to_water), str(request.one_frame)]
    parts += [f"{record.role} {record.sha256}" for record in inputs]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _write_partial(path: Path, key: str, tally: Tally) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    values = {name: np.asarray(value) for name, value in asdict(tally).items()}
    np.savez(part, key=np.asarray(key), **values)  # type: ignore[arg-type]
    part.replace(path)


def _read_partial(path: Path, key: str) -> Tally:
    try:
        with np.load(path, allow_pickle=False) as kept:
            if str(kept["key"]) != key:
                raise CaseError(
                    "the interrupted run was another one",
                    got="other images, options or version",
                    remedy="start again without --resume",
                )
            return Tally(
                sizes=tuple(int(n) for n in kept["sizes"]),
                total=kept["total"],
                squares=kept["squares"],
                regions=kept["regions"],
                ledger=kept["ledger"],
                goal=int(kept["goal"]),
                names=tuple(str(name) for name in kept["names"]),
            )
    except HevesyError:
        raise
    except (OSError, KeyError, ValueError) as error:
        raise CaseError(
            "there is no interrupted run to go on with",
            got=str(path.parent),
            remedy="start again without --resume",
        ) from error


def _rate(computed: _Computed) -> float | None:
    """Primary electrons a second of wall."""
    done = computed.dose.statistics
    if done is None or computed.wall_s <= 0:
        return None
    return (done.histories if computed.simulated is None else computed.simulated) / computed.wall_s


class _RegionFigures(NamedTuple):
    """Of the region that counts: what the map's voxels say, and what its outline says."""

    volume_ml: float
    mass_g: float
    mean_dose_gy: float
    voxel_mean_dose_gy: float


def _region_figures(
    dose: DoseMap,
    decays: Volume,
    tissue: TissueMap,
    nuclide: Nuclide,
    region: NDArray[np.bool_],
    outline: NDArray[np.float32] | None,
) -> _RegionFigures:
    """Mean over the region's voxels; of a kernel, given the shares, within the outline too."""
    density = np.asarray(tissue.density.values, dtype=np.float64)
    voxel_ml = decays.grid.voxel_volume_ml
    doses = np.asarray(dose.dose.values, dtype=np.float64)[region]
    voxel_mean = float(np.average(doses, weights=density[region]))
    if outline is None:
        volume_ml = float(region.sum()) * voxel_ml
        mass_g = float(density[region].sum()) * voxel_ml
        return _RegionFigures(volume_ml, mass_g, voxel_mean, voxel_mean)
    found = KernelConvolution(allow_lung=True).region_energy(dose, decays, tissue, nuclide, outline)
    mass_g = float(np.vdot(outline, density)) * voxel_ml
    mean = found.imparted_mev * JOULE_PER_MEV / (mass_g * 1e-3)
    return _RegionFigures(float(outline.sum(dtype=np.float64)) * voxel_ml, mass_g, mean, voxel_mean)


def _result(
    request: DoseMapRequest,
    computed: _Computed,
    decays: Volume,
    figures: _RegionFigures,
    nuclide: Nuclide,
    inputs: tuple[InputRecord, ...],
    air_share: float,
) -> dict[str, Any]:
    dose, done = computed.dose, computed.dose.statistics
    warnings = []
    if air_share:
        warnings.append(f"{100 * air_share:.2g} % of the decays lie in air and were left out")
    if done is not None and done.regions:
        _, region_mean, region_sigma = done.regions[-1]
        relative = region_sigma / region_mean
    else:
        relative = None
    provenance = Provenance(
        inputs=inputs,
        options={
            name: value
            for name, value in asdict(request).items()
            if name not in _IMAGES and name != "resume"
        },
        data_sets=engine_data_sets((request.method,), nuclide),
        packages={
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "scipy", "numba")},
        },
        seed=done.seed if done else None,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return {
        "nuclide": nuclide.name,
        "method": request.method,
        "method_text": dose.method,
        "notes": list(dose.notes),
        "warnings": warnings,
        "region": "hot voxels (10 % of the maximum and more)" if request.region is None else "mask",
        "region_volume_ml": figures.volume_ml,
        "region_mass_g": figures.mass_g,
        "mean_dose_gy": figures.mean_dose_gy,
        "voxel_mean_dose_gy": figures.voxel_mean_dose_gy,
        "relative_uncertainty": relative,
        "precision": done.precision if done else None,
        "decays": float(np.asarray(decays.values, dtype=np.float64).sum()),
        "histories": done.histories if done else None,
        "photon_histories": done.photons if done else None,
        "batches": done.batches if done else None,
        "histories_per_second": _rate(computed),
        "wall_seconds": computed.wall_s,
        "cpu_seconds": computed.cpu_s,
        "energy_emitted_mev": done.energy_emitted_mev if done else None,
        "energy_deposited_mev": done.energy_deposited_mev if done else None,
        "energy_escaped_mev": done.energy_escaped_mev if done else None,
        "seed": done.seed if done else None,
        "threads": done.threads if done else None,
        "provenance": {
            "hevesy_version": provenance.hevesy_version,
            "created": provenance.created,
            "inputs": [asdict(record) for record in provenance.inputs],
            "options": dict(provenance.options),
            "data_sets": [asdict(data_set) for data_set in provenance.data_sets],
            "packages": dict(provenance.packages),
        },
        "intended_use": "Research use only. Not a medical device.",
    }
