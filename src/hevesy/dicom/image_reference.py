"""What a structure set has to know of the image it was drawn on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hevesy.errors import GridError, IdentityError, RegionError
from hevesy.images import Grid, Region

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["ImageReference", "shortened"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImageReference:
    """An image as structures refer to it: its grid, its series and its frame of reference.

    Parameters
    ----------
    grid : Grid
        The image's voxels.
    frame_of_reference : str or None
        DICOM Frame of Reference UID; None for images without one (most NM).
    series_uid : str or None
        Series Instance UID; None where the image is not a DICOM one.
    sop_class_uid : str or None
        Of the image's instances.
    sop_uids : tuple of str
        SOP Instance UID of each slice, in the order of the grid's slices; a single one for a
        multi-frame image.
    header : pydicom Dataset or None
        An instance of the series without its pixels, from which patient and study are taken.

    Raises
    ------
    GridError
        Neither one instance nor one per slice.

    Examples
    --------
    >>> grid = Grid.from_spacing((2, 2, 2), spacing_mm=(5, 2, 2))
    >>> ImageReference(grid=grid, frame_of_reference="1.2.3").is_multi_frame
    False
    """

    grid: Grid
    frame_of_reference: str | None = None
    series_uid: str | None = None
    sop_class_uid: str | None = None
    sop_uids: tuple[str, ...] = ()
    header: "Dataset | None" = None

    def __post_init__(self) -> None:
        if len(self.sop_uids) not in {0, 1, self.grid.shape[0]}:
            raise GridError(
                "an image's instances do not match its slices",
                got=f"{len(self.sop_uids)} instances, {self.grid.shape[0]} slices",
                allowed="one instance a slice, or one for all",
                remedy="give the whole series",
            )

    @property
    def is_multi_frame(self) -> bool:
        """Whether one instance holds all slices."""
        return len(self.sop_uids) == 1 and self.grid.shape[0] > 1

    @property
    def patient_id(self) -> str:
        """The patient's identifier, to compare and never to show; empty where there is none."""
        return "" if self.header is None else str(self.header.get("PatientID") or "").strip()

    def require_regions(self, regions: tuple[Region, ...]) -> None:
        """Refuse regions that do not lie on this image's grid and in its frame.

        Raises
        ------
        RegionError
            No regions, or two of one name.
        GridError
            A region on another grid.
        IdentityError
            A region in another frame of reference.
        """
        if not regions:
            raise RegionError("there is no region to write", remedy="give at least one")
        names = [region.name.strip() for region in regions]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise RegionError(
                "two regions have one name", got=twice[0], remedy="give each a name of its own"
            )
        for region in regions:
            if not region.grid.matches(self.grid):
                raise GridError(
                    f"region '{region.name}' does not lie on the image's grid",
                    got=region.grid.shape,
                    allowed=str(self.grid.shape),
                    remedy="resample it to the image, or give the image it was drawn on",
                )
            frame = region.frame_of_reference
            if frame and self.frame_of_reference and frame != self.frame_of_reference:
                raise IdentityError(
                    f"region '{region.name}' lies in another frame of reference than the image",
                    got=shortened(frame),
                    allowed=shortened(self.frame_of_reference),
                    remedy="register the images, and resample the region",
                )


def shortened(uid: str | None) -> str:
    """Return the end of a UID: enough to tell two apart.

    Examples
    --------
    >>> shortened("1.2.840.113619.2.55.3.604688119.971.1449741835.417")
    '...41835.417'
    """
    if not uid:
        return "none"
    return uid if len(uid) <= 12 else f"...{uid[-9:]}"
