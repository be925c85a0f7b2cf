"""Grids, contexts and masks for the tests of RTSTRUCT and SEG."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from shutil import which

import hypothesis.extra.numpy as npst
import numpy as np
import pydicom
import pytest
from hypothesis import strategies as st
from pydicom import Dataset

from hevesy.dicom import DicomContext, ReferencedSlice, seeded_uid
from hevesy.images import Grid, Region

WRITTEN_AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
CT_CLASS = "1.2.840.10008.5.1.4.1.1.2"
NM_CLASS = "1.2.840.10008.5.1.4.1.1.20"


def context_of(
    grid: Grid, *, seed: str = "a", frame: str | None = "same", multi_frame: bool = False
) -> DicomContext:
    """Give an image's context without its files."""
    slices = tuple(
        ReferencedSlice(
            sop_instance_uid=seeded_uid(seed, "0" if multi_frame else str(k)),
            position_mm=grid.to_world_mm([k, 0, 0]),
            frame_number=k + 1 if multi_frame else None,
        )
        for k in range(grid.shape[0])
    )
    return DicomContext(
        patient=(
            ("PatientName", "Test^One"),
            ("PatientID", "T1"),
            ("PatientBirthDate", ""),
            ("PatientSex", "O"),
        ),
        study=(
            ("StudyInstanceUID", seeded_uid("study")),
            ("StudyDate", "20260304"),
            ("StudyTime", "050607"),
            ("StudyID", "1"),
            ("AccessionNumber", ""),
            ("ReferringPhysicianName", ""),
        ),
        character_set="ISO_IR 100",
        modality="NM" if multi_frame else "CT",
        sop_class_uid=NM_CLASS if multi_frame else CT_CLASS,
        series_uid=seeded_uid(seed, "series"),
        frame_of_reference=None if frame is None else seeded_uid(frame, "frame"),
        grid=grid,
        slices=slices,
    )


def oblique_grid(shape: tuple[int, int, int], seed: int) -> Grid:
    """Give an oblique, anisotropic, right-handed grid far from the origin."""
    rng = np.random.default_rng(seed)
    rows, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    z, y = rows[:, 0], rows[:, 1]
    direction = np.column_stack([z, y, np.cross(y, z)])
    return Grid.from_spacing(
        shape,
        spacing_mm=tuple(rng.uniform(0.3, 7.0, size=3)),
        origin_mm=rng.uniform(-1500, 1500, size=3),
        direction=direction,
    )


@st.composite
def drawn_regions(draw: st.DrawFn) -> tuple[Region, ...]:
    """One to three regions, overlapping at will, on an oblique grid of any size."""
    shape = draw(st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 9)))
    grid = oblique_grid(shape, draw(st.integers(0, 2**31)))
    masks = draw(
        st.lists(
            npst.arrays(np.bool_, shape).filter(lambda mask: bool(mask.any())),
            min_size=1,
            max_size=3,
        )
    )
    return tuple(Region(name=f"region {i}", mask=mask, grid=grid) for i, mask in enumerate(masks))


def ball(grid: Grid, name: str, centre: tuple[float, ...], radius_mm: float) -> Region:
    """Give a ball, hollow in its middle."""
    index = np.stack(np.indices(grid.shape), axis=-1)
    apart = np.linalg.norm((index - centre) * grid.spacing_mm, axis=-1)
    return Region(name=name, mask=(apart <= radius_mm) & (apart > radius_mm / 3), grid=grid)


def dicom_errors(path: Path) -> list[str]:
    """Errors that dciodvfy finds, or skip where it is not installed."""
    if which("dciodvfy") is None:
        pytest.skip("dciodvfy (Debian package dicom3tools) is not installed")
    done = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True)
    return [line for line in done.stderr.splitlines() if line.startswith("Error")]


def change(path: Path, how: Callable[[Dataset], None]) -> Path:
    dataset = pydicom.dcmread(path)
    how(dataset)
    dataset.save_as(path)
    return path
