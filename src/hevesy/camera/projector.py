"""From an image to its projections and back: the gamma camera's system model."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.camera.geometry import ViewGeometry
from hevesy.camera.point_spread import PointSpread
from hevesy.camera.view_tables import blurring_levels, footprint_shares, level_step_mm2
from hevesy.compiled import run_batches
from hevesy.errors import GridError, InputError
from hevesy.images import Grid, Quantity, Volume

__all__ = ["SystemModel"]

_BANDS = 16  # of columns in the back projection: a fixed number, so that nothing hangs on threads
_VIEWS_AT_ONCE = 16  # of which the back projection holds the blurred planes
_BODY_PER_MM = 0.002  # a lung's attenuation or more is body: a seventh of water's at 155 keV
_BODY_MARGIN_MM = 15.0

Columns = NDArray[np.float32]
Views = NDArray[np.integer[Any]] | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SystemModel:
    """Parallel projections of an image, with attenuation and a depth-dependent point spread.

    Each voxel's square shadow falls into the detector columns by its area; it is weakened by the
    attenuation between its middle and the detector; it is blurred, across and along the axis, by
    a Gaussian with the point spread's variance at its distance (a lattice of small kernels: the
    variance is exact, the shape within a few per cent of the peak). Without attenuation each view's
    total is the image's, except for what the blur carries over the detector's edge. `back` is the
    exact transpose of `forward`. Both give the same bits on any number of threads.

    An image's voxel holds the counts that it would add to each view. Only voxels of the support
    are seen; the image is kept as columns of them (`to_columns`), which the reconstruction works
    on without turning arrays about.

    Parameters
    ----------
    geometry : ViewGeometry
        The views; the image's grid is ``geometry.grid()``.
    point_spread : PointSpread or None
        None for a camera without blur.
    attenuation : Volume or None
        ATTENUATION_PER_MM on ``geometry.grid()``; None for no attenuation. What lies outside the
        circle of the field is not seen.
    support : {"field", "body"}
        Which columns may hold activity: the circle of the field, or those of it that come within
        15 mm of attenuation above 0.002 /mm (faster; wrong where the CT cuts the body off).
    kept_bytes : int
        Attenuation factors up to so many bytes are kept from one use to the next; those of further
        views are made again at each use. It changes the time, not the result.

    Raises
    ------
    GridError
        The attenuation map is not on the views' grid, or the support is empty.
    InputError
        Negative attenuation, an unknown support, or "body" without attenuation.

    References
    ----------
    Zeng GL, Gullberg GT. Frequency domain implementation of the three-dimensional geometric point
    response correction in SPECT imaging. IEEE Trans Nucl Sci 1992;39:1444 (incremental blurring).
    Di Bella EVR et al. A comparison of rotation-based methods for iterative reconstruction
    algorithms. IEEE Trans Nucl Sci 1996;43:3370.

    Examples
    --------
    >>> views = ViewGeometry(angles_deg=np.array([0.0, 50.0]), radii_mm=np.full(2, 100.0),
    ...                      shape=(4, 16), pixel_mm=(5.0, 5.0))
    >>> model = SystemModel(geometry=views)
    >>> image = np.zeros(model.grid.shape, dtype=np.float32)
    >>> image[2, 8, 8] = 7.0
    >>> model.forward(image).sum(axis=(1, 2)).round(4).tolist()
    [7.0, 7.0]
    """

    geometry: ViewGeometry
    point_spread: PointSpread | None = None
    attenuation: Volume | None = None
    support: Literal["field", "body"] = "field"
    kept_bytes: int = 300_000_000
    grid: Grid = field(init=False, repr=False)
    mask: NDArray[np.bool_] = field(init=False, repr=False)
    _x: NDArray[np.float64] = field(init=False, repr=False)
    _y: NDArray[np.float64] = field(init=False, repr=False)
    _mu: NDArray[np.float32] | None = field(init=False, repr=False)
    _directions: NDArray[np.float64] = field(init=False, repr=False)
    _taps: tuple[NDArray[np.float32], ...] = field(init=False, repr=False)
    _levels: NDArray[np.float64] = field(init=False, repr=False)
    _planes: int = field(init=False, repr=False)
    _kept: dict[int, NDArray[np.uint16]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        geometry = self.geometry
        across = geometry.shape[1]
        put = object.__setattr__
        put(self, "grid", geometry.grid())
        put(self, "_mu", self._checked_map())
        put(self, "mask", self._support_mask())
        rows, cols = np.nonzero(self.mask)
        put(self, "_x", cols - (across - 1) / 2)
        put(self, "_y", rows - (across - 1) / 2)
        angles = np.radians(geometry.angles_deg)
        middle = (across - 1) / 2 - geometry.offset_mm / geometry.pixel_mm[1]
        put(
            self,
            "_directions",
            np.stack([np.sin(angles), np.cos(angles), np.full(angles.size, middle)], axis=1),
        )
        put(self, "_taps", tuple(footprint_shares(float(a)) for a in geometry.angles_deg))
        put(self, "_levels", blurring_levels(geometry, self.point_spread))
        put(self, "_planes", int(self._levels.max()) + 2)
        put(self, "_kept", {})

    def _checked_map(self) -> NDArray[np.float32] | None:
        """The map as (y, x, z), attenuation of one pixel's length."""
        if self.attenuation is None:
            return None
        self.attenuation.require(Quantity.ATTENUATION_PER_MM)
        if not self.attenuation.grid.matches(self.grid):
            raise GridError(
                "the attenuation map is not on the views' grid",
                got=f"{self.attenuation.grid.shape} voxels",
                allowed=f"{self.grid.shape} voxels of {self.grid.spacing_mm} mm",
                remedy="make it with attenuation_map, which takes the views' grid",
            )
        if self.attenuation.values.min() < 0:
            raise InputError(
                "an attenuation map has values below 0",
                got=f"{self.attenuation.values.min():g} /mm",
                allowed="0 or more",
                remedy="make it from the CT with attenuation_map",
            )
        turned = np.moveaxis(self.attenuation.values, 0, 2) * self.geometry.pixel_mm[1]
        return np.ascontiguousarray(turned, dtype=np.float32)

    def _support_mask(self) -> NDArray[np.bool_]:
        """Which (y, x) columns may hold activity."""
        if self.support not in ("field", "body"):
            raise InputError(
                "an unknown support was asked for",
                got=str(self.support),
                allowed="field, body",
                remedy="choose one of them",
            )
        across = self.geometry.shape[1]
        place = np.arange(across) - (across - 1) / 2
        mask = np.hypot(place[:, None], place[None, :]) <= across / 2
        if self.support == "body":
            if self._mu is None:
                raise InputError(
                    "the body can't be found without an attenuation map",
                    remedy="give one, or take the whole field as support",
                )
            from scipy import ndimage

            body = self._mu.max(axis=2) > _BODY_PER_MM * self.geometry.pixel_mm[1]
            steps = max(math.ceil(_BODY_MARGIN_MM / self.geometry.pixel_mm[1]), 1)
            mask &= ndimage.binary_dilation(body, iterations=steps)
        if not mask.any():
            raise GridError(
                "no voxel of the image may hold activity",
                got=f"support '{self.support}'",
                remedy="check that the CT covers the bed",
            )
        mask.setflags(write=False)
        return np.asarray(mask)

    @property
    def column_shape(self) -> tuple[int, int]:
        """Shape of the image as columns, (columns, axial)."""
        return (self._x.size, self.geometry.shape[0])

    def to_columns(self, image: NDArray[Any]) -> Columns:
        """The image as columns; what lies outside the support is left out.

        Parameters
        ----------
        image : ndarray, shape (z, y, x)
            On `grid`.

        Returns
        -------
        ndarray of float32, shape `column_shape`

        Raises
        ------
        GridError
            Another shape.
        """
        if image.shape != self.grid.shape:
            raise GridError(
                "an image does not have the shape of the views' grid",
                got=image.shape,
                allowed=str(self.grid.shape),
                remedy="resample it to the grid of the views",
            )
        turned = np.moveaxis(np.asarray(image, dtype=np.float32), 0, 2)
        return np.ascontiguousarray(turned[self.mask])

    def to_image(self, columns: Columns) -> NDArray[np.float32]:
        """The (z, y, x) image of columns; 0 outside the support."""
        turned = np.zeros((*self.mask.shape, columns.shape[1]), dtype=np.float32)
        turned[self.mask] = columns
        return np.ascontiguousarray(np.moveaxis(turned, 2, 0))

    def forward(
        self, image: NDArray[Any], views: Views = None, *, threads: int | None = None
    ) -> NDArray[np.float32]:
        """Expected counts of an image.

        Parameters
        ----------
        image : ndarray, shape (z, y, x)
            On `grid`: counts that each voxel would add to a view without attenuation.
        views : ndarray of int, shape (some,), optional
            Which views; all by default.
        threads : int, optional
            By default the CPUs that this process may use.

        Returns
        -------
        ndarray of float32, shape (views, axial, transaxial)
            Counts.
        """
        seen = self.forward_columns(self.to_columns(image), views, threads=threads)
        return np.ascontiguousarray(np.swapaxes(seen, 1, 2))

    def back(
        self, projections: NDArray[Any], views: Views = None, *, threads: int | None = None
    ) -> NDArray[np.float32]:
        """The transpose of `forward`.

        Parameters
        ----------
        projections : ndarray, shape (views, axial, transaxial)
            One for each of `views`.
        views : ndarray of int, shape (some,), optional
            Which views; all by default.
        threads : int, optional
            By default the CPUs that this process may use.

        Returns
        -------
        ndarray of float32, shape (z, y, x)
            On `grid`; 0 outside the support.
        """
        turned = np.swapaxes(np.asarray(projections, dtype=np.float32), 1, 2)
        return self.to_image(self.back_columns(turned, views, threads=threads))

    def forward_columns(
        self, columns: Columns, views: Views = None, *, threads: int | None = None
    ) -> NDArray[np.float32]:
        """`forward` of an image that is kept as columns.

        Parameters
        ----------
        columns : ndarray of float32, shape `column_shape`
            The image.
        views, threads
            As in `forward`.

        Returns
        -------
        ndarray of float32, shape (views, transaxial, axial)
            Mind the order: the last two axes are changed over.
        """
        from hevesy.camera.projector_kernels import blur_planes, splat_view

        wanted = self._wanted(views)
        axial, across = self.geometry.shape
        result = np.zeros((wanted.size, across, axial), dtype=np.float32)
        c_across, c_axial = self._kernel_shares()

        def work(number: int) -> None:
            view = int(wanted[number])
            stack = np.zeros((self._planes, across, axial), dtype=np.float32)
            splat_view(
                columns, self._x, self._y, self._directions[view], self._taps[view],
                self._levels[view], self._factors(view), np.empty(axial, np.float32), stack,
            )  # fmt: skip
            if self.point_spread is not None:
                scratch = np.empty((across, axial), dtype=np.float32)
                for level in range(self._planes - 1, 0, -1):
                    blur_planes(stack[level], c_across, c_axial, scratch, stack[level - 1])
            result[number] = stack[0]

        run_batches(work, wanted.size, threads=threads)
        return result

    def back_columns(
        self, projections: NDArray[np.float32], views: Views = None, *, threads: int | None = None
    ) -> Columns:
        """`back` to an image that is kept as columns.

        Parameters
        ----------
        projections : ndarray of float32, shape (views, transaxial, axial)
            Mind the order: the last two axes are changed over.
        views, threads
            As in `back`.

        Returns
        -------
        ndarray of float32, shape `column_shape`

        Raises
        ------
        GridError
            Projections of another shape.
        """
        wanted = self._wanted(views)
        axial, across = self.geometry.shape
        if projections.shape != (wanted.size, across, axial):
            raise GridError(
                "projections do not have the shape of their views",
                got=projections.shape,
                allowed=str((wanted.size, across, axial)),
                remedy="give one projection for each view",
            )
        result = np.zeros(self.column_shape, dtype=np.float32)
        for start in range(0, wanted.size, _VIEWS_AT_ONCE):
            part = slice(start, start + _VIEWS_AT_ONCE)
            self._add_back(projections[part], wanted[part], result, threads)
        return result

    def _add_back(
        self,
        projections: NDArray[np.float32],
        views: NDArray[np.integer[Any]],
        result: Columns,
        threads: int | None,
    ) -> None:
        """Add the back projection of a few views: blurred planes first, then bands of columns."""
        from hevesy.camera.projector_kernels import blur_planes, gather_columns

        axial, across = self.geometry.shape
        c_across, c_axial = self._kernel_shares()

        def blur(number: int) -> tuple[NDArray[np.float32], NDArray[np.uint16]]:
            stack = np.zeros((self._planes, across, axial), dtype=np.float32)
            stack[0] = projections[number]
            if self.point_spread is not None:
                scratch = np.empty((across, axial), dtype=np.float32)
                for level in range(1, self._planes):
                    blur_planes(stack[level - 1], c_across, c_axial, scratch, stack[level])
            return stack, self._factors(int(views[number]))

        stacks = run_batches(blur, views.size, threads=threads)
        edges = np.linspace(0, result.shape[0], _BANDS + 1).astype(np.int64)

        def band(number: int) -> None:
            first, last = int(edges[number]), int(edges[number + 1])
            line = np.empty(axial, dtype=np.float32)
            for view, (stack, factors) in zip(views, stacks, strict=True):
                gather_columns(
                    stack, self._x, self._y, self._directions[view], self._taps[view],
                    self._levels[view], factors, line, first, result[first:last],
                )  # fmt: skip

        run_batches(band, _BANDS, threads=threads)

    def _wanted(self, views: Views) -> NDArray[np.int64]:
        if views is None:
            return np.arange(self.geometry.view_count)
        wanted = np.asarray(views, dtype=np.int64)
        if wanted.size and not (wanted.min() >= 0 and wanted.max() < self.geometry.view_count):
            raise InputError(
                "a view that was asked for is not in the geometry",
                got=f"views {wanted.min()} to {wanted.max()}",
                allowed=f"0 to {self.geometry.view_count - 1}",
                remedy="give indices of the geometry's views",
            )
        return wanted

    def _kernel_shares(self) -> tuple[np.float32, np.float32]:
        """C of the blurring kernel [c, 1 - 2 c, c], across and along the axis."""
        axial_mm, across_mm = self.geometry.pixel_mm
        step = level_step_mm2(self.geometry)
        return np.float32(step / across_mm**2 / 2), np.float32(step / axial_mm**2 / 2)

    def _factors(self, view: int) -> NDArray[np.uint16]:
        """Attenuation factors of a view's columns, kept while there is room."""
        if self._mu is None:
            return np.empty((0, 0), dtype=np.uint16)
        found = self._kept.get(view)
        if found is not None:
            return found
        from hevesy.camera.projector_kernels import attenuate_view

        factors = np.empty(self.column_shape, dtype=np.uint16)
        attenuate_view(
            self._mu, self._x, self._y, self._directions[view],
            np.empty((self._mu.shape[1], self._mu.shape[2]), dtype=np.float32),
            np.empty_like(self._mu), factors,
        )  # fmt: skip
        if (len(self._kept) + 1) * factors.nbytes <= self.kept_bytes:
            self._kept[view] = factors
        return factors
