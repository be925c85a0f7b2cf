"""A patient's SPECT/CT as DICOM: a trunk, an organ, lesions that hold the activity."""

from datetime import timedelta
from pathlib import Path

import numpy as np
from truth import Lesion, Person

from hevesy.dicom import (
    NmAcquisition,
    StudyIdentity,
    read_ct,
    seeded_uid,
    write_ct_series,
    write_nm_spect,
    write_rtstruct,
)
from hevesy.images import Grid, Quantity, Region, Volume
from hevesy.nuclides import get_nuclide
from hevesy.simulation import simulate_spect

HOURS = (1.0, 24.0, 48.0, 96.0)
GRID = Grid.from_spacing((40, 46, 56), spacing_mm=(4, 4, 4), origin_mm=(-110, -90, -78))
COUNTS_PER_BQ_S = 1e-4
DURATION_S = 1200.0
FWHM_MM = 12.0
ORGAN_HU = {"liver": 60.0, "lung": -750.0}


def _points() -> np.ndarray:
    return GRID.to_world_mm(np.stack(np.indices(GRID.shape), -1).reshape(-1, 3))


def _ball(points: np.ndarray, lesion: Lesion) -> np.ndarray:
    away = ((points - np.array(lesion.centre_mm)) ** 2).sum(-1)
    return (away < lesion.radius_mm**2).reshape(GRID.shape)


def write_scans(person: Person, folder: Path, *, seed: int) -> None:
    """Write each scan's SPECT, and with the first one the CT and the outlines."""
    points = _points()
    frame = seeded_uid(f"simulated study {seed} {person.name}", "frame")
    outlines = {lesion.name: _ball(points, lesion) for lesion in person.lesions}
    nuclide = get_nuclide("Re-188")
    for number, hours in enumerate(HOURS, start=1):
        start = person.injected_at + timedelta(minutes=6, hours=hours)
        place = folder / person.name / f"scan-{number}"
        place.mkdir(parents=True)
        who = StudyIdentity(
            patient_id=f"VIRTUAL-{person.name}", patient_name=f"Virtual^{person.name}",
            study_start=start, study_description="Simulated study (no person)",
            seed=f"simulated study {seed} {person.name} {number}",
        )  # fmt: skip
        if number == 1:
            _write_anatomy(person, outlines, points, place, who, frame)
        activity = np.zeros(GRID.shape)
        for lesion in person.lesions:
            inside = outlines[lesion.name]
            bq = 1e6 * person.activity_mbq * lesion.share * 2.0 ** (-hours / lesion.half_life_h)
            activity[inside] = bq / (inside.sum() * GRID.voxel_volume_ml)
        spect = simulate_spect(
            Volume(values=activity, grid=GRID, quantity=Quantity.BQ_PER_ML,
                   frame_of_reference=frame),
            spect_grid=GRID, nuclide=nuclide, counts_per_bq_s=COUNTS_PER_BQ_S,
            duration_s=DURATION_S, seed=seed * 1000 + int(person.name[1:]) * 10 + number,
            fwhm_mm=FWHM_MM,
        )  # fmt: skip
        acquisition = NmAcquisition(
            start=start, duration_s=DURATION_S, nuclide="Re-188", half_life_s=nuclide.half_life_s,
            administered_bq=1e6 * person.activity_mbq,
            administered_at=person.injected_at + timedelta(minutes=6), decay_correction="START",
        )  # fmt: skip
        write_nm_spect(place / "spect.dcm", spect, acquisition, identity=who)


def _write_anatomy(
    person: Person, outlines: dict[str, np.ndarray], points: np.ndarray, place: Path,
    who: StudyIdentity, frame: str,
) -> None:  # fmt: skip
    trunk = ((points[:, 0] / 104) ** 2 + (points[:, 1] / 84) ** 2 < 1).reshape(GRID.shape)
    organ = (
        (points[:, 0] / 88) ** 2 + (points[:, 1] / 62) ** 2 + (points[:, 2] / 74) ** 2 < 1
    ).reshape(GRID.shape)
    hu = np.where(trunk, 10.0, -1000.0)
    hu[organ] = ORGAN_HU[person.organ]
    for inside in outlines.values():
        hu[inside] = 50.0
    ct = Volume(values=hu, grid=GRID, quantity=Quantity.HU, frame_of_reference=frame)
    write_ct_series(place / "ct", ct, identity=who)
    regions = [
        Region(name=name, mask=inside, grid=GRID, frame_of_reference=frame)
        for name, inside in outlines.items()
    ]
    write_rtstruct(
        place / "regions.dcm", regions, read_ct(place / "ct").context, written_at=who.study_start
    )
