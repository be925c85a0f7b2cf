"""Factor, record, protocol, conversion, detection: against simulated measurements."""

import dataclasses
import math
from datetime import date, timedelta

import numpy as np
import pytest

from hevesy.camera import DeadTime, EnergyWindow, PointSpread
from hevesy.errors import GridError, InputError, QuantityError, TimeError
from hevesy.images import Grid, Quantity, Region, Volume
from hevesy.quantification import (
    CalibrationFactor,
    CalibrationRecord,
    DoseCalibrator,
    NetCounts,
    QualityControl,
    ReconstructionProtocol,
    ScanProtocol,
    check_protocol,
    combine_factors,
    detection_limit,
    factor_from_counts,
    region_counts,
    source_counts,
    to_bq_per_ml,
    view_weights,
)

RE188 = math.log(2) / 61214.4
PEAK = EnergyWindow.around(155.0, percent=10.0)
LOW = EnergyWindow(lower_kev=123.5, upper_kev=139.5)
HIGH = EnergyWindow(lower_kev=170.5, upper_kev=186.5)
SPREAD = PointSpread(slope_mm_per_mm=0.05, at_face_mm=3.0, intrinsic_mm=3.8)
PROTOCOL = ScanProtocol(
    scanner="Room 2",
    collimator="HE",
    nuclide="Re-188",
    peak=PEAK,
    scatter_windows=(HIGH, LOW),
    scatter="tew",
    reconstruction=ReconstructionProtocol(
        algorithm="OSEM", iterations=8, subsets=10, attenuation=True, point_spread=SPREAD,
        postfilter_fwhm_mm=0.0, voxel_mm=(4.8, 4.8, 4.8),
    ),
)  # fmt: skip
MADE = date(2026, 1, 9)
RECORD = CalibrationRecord(
    version="2026-01",
    protocol=PROTOCOL,
    counts_per_bq_s=8.0e-6,
    relative_uncertainty=0.03,
    made=MADE,
    valid_from=MADE,
    expires=MADE + timedelta(days=365),
    dose_calibrator=DoseCalibrator(name="a", traceable_to="b", relative_uncertainty=0.02),
    dead_time=DeadTime(dead_time_s=4e-6, uncertainty_s=2e-7),
)


def factor(value: float, own: float, common: float = 0.02, kind: str = "planar"):
    return CalibrationFactor(
        kind=kind,
        counts_per_bq_s=value,
        own_relative_uncertainty=own,
        activity_relative_uncertainty=common,
    )


def image(values: np.ndarray, spacing=(4.8, 4.8, 4.8), quantity=Quantity.COUNTS) -> Volume:
    grid = Grid.from_spacing(values.shape, spacing_mm=spacing)
    return Volume(values=values, grid=grid, quantity=quantity)


class TestViewWeights:
    def test_they_are_the_decays_of_each_view(self):
        starts, seconds = np.array([0.0, 30.0, 7200.0]), np.array([20.0, 25.0, 900.0])
        times = [s + np.linspace(0, d, 20001) for s, d in zip(starts, seconds, strict=True)]
        integrals = [np.trapezoid(np.exp(-RE188 * t), t) for t in times]
        np.testing.assert_allclose(
            view_weights(starts, seconds, decay_per_s=RE188), integrals, rtol=1e-9
        )

    def test_bad_input(self):
        for starts, seconds, decay in (([0], [0], RE188), ([0], [1, 2], RE188), ([0], [1], 0.0)):
            with pytest.raises(InputError, match="views need a start"):
                view_weights(starts, seconds, decay_per_s=decay)


class TestFactor:
    def test_decay_during_the_measurement_is_taken_in(self):
        activity, seconds, sensitivity = 5e7, 3600.0, 8e-6
        decays = activity * -math.expm1(-RE188 * seconds) / RE188
        found = factor_from_counts(
            "planar",
            NetCounts(value_counts=sensitivity * decays, uncertainty_counts=0.0),
            duration_s=seconds, activity_bq=activity, decay_per_s=RE188,
        )  # fmt: skip
        assert found.counts_per_bq_s == pytest.approx(sensitivity, rel=1e-12)

    def test_a_noisy_point_source_is_counted_without_bias(self):
        rng = np.random.default_rng(4)
        y, x = np.meshgrid(np.arange(64) * 4.8, np.arange(64) * 4.8, indexing="ij")
        spot = np.exp(-((y - 150.2) ** 2 + (x - 141.9) ** 2) / (2 * 6.0**2))
        spot *= 20000 / spot.sum()
        found = []
        for _ in range(60):
            peak = rng.poisson(spot + 1.5)
            scatter = np.full(spot.shape, 1.2)  # what is left over is the ring's to remove
            found.append(source_counts(peak - scatter, peak, pixel_mm=(4.8, 4.8), radius_mm=42.0))
        values = np.array([f.value_counts for f in found])
        assert values.mean() == pytest.approx(20000, abs=4 * values.std() / math.sqrt(60))
        # 60 draws know a spread to 9 %
        assert values.std() == pytest.approx(found[0].uncertainty_counts, rel=0.3)

    def test_a_source_at_the_border_is_refused(self):
        view = np.ones((32, 32))
        view[2, 16] = 1000
        with pytest.raises(GridError, match="too near to the border"):
            source_counts(view, view, pixel_mm=(4.8, 4.8), radius_mm=20.0)
        with pytest.raises(GridError, match="differ in shape"):
            source_counts(view, view[:2], pixel_mm=(4.8, 4.8), radius_mm=20.0)

    def test_the_dose_calibrators_part_does_not_shrink(self):
        many = combine_factors([factor(8e-6, 0.01)] * 100)
        assert many.relative_uncertainty == pytest.approx(math.hypot(0.02, 0.001))

    def test_points_that_disagree_widen_it(self):
        found = combine_factors([factor(8.0e-6, 0.005), factor(8.4e-6, 0.005, kind="sphere")])
        assert found.counts_per_bq_s == pytest.approx(8.2e-6)
        assert found.reduced_chi2 == pytest.approx((0.2 / 8.2 / 0.005) ** 2 * 2, rel=1e-6)
        assert found.relative_uncertainty > 0.02 + 0.01
        assert found.deviation_relative(found.measurements[1]) == pytest.approx(0.2 / 8.2)

    def test_bad_input(self):
        with pytest.raises(InputError, match="no measurement"):
            combine_factors([])
        with pytest.raises(InputError, match="does not give a calibration factor"):
            factor(-1e-6, 0.01)
        with pytest.raises(InputError, match="duration and an activity"):
            factor_from_counts(
                "planar", NetCounts(value_counts=1, uncertainty_counts=1),
                duration_s=0.0, activity_bq=1.0, decay_per_s=0.0,
            )  # fmt: skip

    def test_counts_of_a_region(self):
        seen = image(np.arange(24.0).reshape(2, 3, 4))
        mask = seen.values > 20
        inside = region_counts(seen, Region(name="middle", mask=mask, grid=seen.grid))
        assert inside.value_counts == 21 + 22 + 23
        with pytest.raises(GridError, match="not on the image's grid"):
            region_counts(image(np.ones((2, 3, 5))), Region(name="m", mask=mask, grid=seen.grid))
        with pytest.raises(QuantityError):
            region_counts(image(np.ones((1, 1, 1)), quantity=Quantity.HU))


CHANGES = {
    "scanner": {"scanner": "Room 3"},
    "collimator": {"collimator": "ME"},
    "nuclide": {"nuclide": "Lu-177"},
    "peak window": {"peak": EnergyWindow.around(155.0, percent=7.5)},
    "scatter correction": {"scatter": "dew"},
    "set of scatter windows": {"scatter_windows": (LOW,)},
}
RECONSTRUCTIONS = {
    "algorithm": {"algorithm": "OSL"},
    "number of iterations": {"iterations": 2},
    "number of subsets": {"subsets": 8},
    "attenuation correction": {"attenuation": False},
    "resolution model": {"point_spread": None},
    "post-filter": {"postfilter_fwhm_mm": 5.0},
    "voxel size": {"voxel_mm": (4.8, 4.4, 4.4)},
}


class TestProtocol:
    @pytest.mark.parametrize("name", CHANGES)
    def test_another_protocol_is_named(self, name):
        other = dataclasses.replace(PROTOCOL, **CHANGES[name])
        with pytest.raises(InputError, match=f"made with another {name}"):
            check_protocol(RECORD, other, on=MADE)

    @pytest.mark.parametrize("name", RECONSTRUCTIONS)
    def test_another_reconstruction_is_named(self, name):
        plan = dataclasses.replace(PROTOCOL.reconstruction, **RECONSTRUCTIONS[name])
        with pytest.raises(InputError, match=f"made with another {name}"):
            check_protocol(RECORD, dataclasses.replace(PROTOCOL, reconstruction=plan), on=MADE)

    def test_every_field_is_compared(self):
        fields = {f.name for f in dataclasses.fields(PROTOCOL)} - {"reconstruction"}
        assert {key for change in CHANGES.values() for key in change} == fields
        fields = {f.name for f in dataclasses.fields(PROTOCOL.reconstruction)}
        assert {key for change in RECONSTRUCTIONS.values() for key in change} == fields

    def test_rounding_and_spelling_do_not_matter(self):
        other = dataclasses.replace(
            PROTOCOL,
            scanner="room2",
            peak=EnergyWindow(lower_kev=139.4, upper_kev=170.6),
            scatter_windows=(LOW, HIGH),
            reconstruction=dataclasses.replace(
                PROTOCOL.reconstruction, voxel_mm=(4.795, 4.795, 4.795)
            ),
        )
        check_protocol(RECORD, other, on=MADE)

    def test_dates(self):
        check_protocol(RECORD, PROTOCOL, on=RECORD.expires)
        with pytest.raises(TimeError, match="past its date"):
            check_protocol(RECORD, PROTOCOL, on=RECORD.expires + timedelta(days=1))
        with pytest.raises(TimeError, match="so early a scan"):
            check_protocol(RECORD, PROTOCOL, on=MADE - timedelta(days=1))


class TestRecord:
    def test_a_camera_that_failed_is_refused(self):
        check = QualityControl(test="uniformity", on=MADE, value=9.0, unit="%", passed=False)
        with pytest.raises(InputError, match="uniformity"):
            dataclasses.replace(RECORD, quality_control=(check,))

    def test_numbers_out_of_range(self):
        with pytest.raises(InputError, match="factor above 0"):
            dataclasses.replace(RECORD, counts_per_bq_s=0.0)
        with pytest.raises(TimeError, match="expires before"):
            dataclasses.replace(RECORD, expires=MADE - timedelta(days=1))
        with pytest.raises(InputError, match="dose calibrator"):
            DoseCalibrator(name=" ", traceable_to="", relative_uncertainty=0.0)
        with pytest.raises(InputError, match="out of range"):
            dataclasses.replace(PROTOCOL.reconstruction, subsets=0)
        assert PROTOCOL.reconstruction.updates == 80


class TestConversion:
    def test_activity_comes_back(self):
        rng = np.random.default_rng(0)
        concentration = rng.uniform(0, 1e5, (3, 4, 5))
        weights = view_weights(np.arange(60) * 22.0, np.full(60, 20.0), decay_per_s=RE188)
        ml = 0.48**3
        seen = image(concentration * ml * RECORD.counts_per_bq_s * weights.mean())
        found = to_bq_per_ml(
            seen, RECORD, duration_s=weights.mean(), counted_s=weights.sum(),
            dead_time_relative=0.04,
        )  # fmt: skip
        assert found.image.quantity is Quantity.BQ_PER_ML
        np.testing.assert_allclose(found.image.values, concentration, rtol=1e-12)
        # common to all scans: factor and dead time; counting is kept apart
        assert found.calibration_relative_uncertainty == pytest.approx(0.05)
        activity = concentration.sum() * ml
        counts = activity * RECORD.counts_per_bq_s * weights.sum()
        assert found.counting.relative(activity) == pytest.approx(1 / math.sqrt(counts))

    def test_bad_input(self):
        with pytest.raises(InputError, match="above 0"):
            to_bq_per_ml(image(np.ones((1, 1, 1))), RECORD, duration_s=0.0)
        with pytest.raises(QuantityError):
            to_bq_per_ml(image(np.ones((1, 1, 1)), quantity=Quantity.HU), RECORD, duration_s=1.0)


class TestDetection:
    def test_curries_working_expressions(self):
        # Anal Chem 40:586, table II: 2.33 sqrt(B) and 2.71 + 4.65 sqrt(B) paired; 1.64 sqrt(B) and
        # 2.71 + 3.29 sqrt(B) for a well-known blank
        paired = detection_limit(400.0, 20.0, counts_per_bq=0.5)
        assert paired.decision_counts == pytest.approx(2.33 * 20, rel=2e-3)
        assert paired.detection_counts == pytest.approx(2.71 + 4.65 * 20, rel=2e-3)
        known = detection_limit(400.0, 0.0, counts_per_bq=0.5)
        assert known.decision_counts == pytest.approx(1.645 * 20, rel=2e-3)
        assert known.detection_counts == pytest.approx(2.71 + 3.29 * 20, rel=2e-3)
        assert known.detection_bq == pytest.approx(2 * known.detection_counts)

    def test_the_error_rates_are_those_asked_for(self):
        rng = np.random.default_rng(8)
        background, w, n = 200.0, 0.15, 200_000
        limit = detection_limit(
            background, math.sqrt(background), counts_per_bq=0.01,
            calibration_relative_uncertainty=w,
        )  # fmt: skip
        blank = rng.poisson(background, n) - rng.poisson(background, n)
        assert np.mean(blank > limit.decision_counts) == pytest.approx(0.05, abs=0.005)
        # a detector whose true sensitivity lies w about the record's
        truth = limit.detection_bq * 0.01 * (1 + w * rng.standard_normal(n))
        there = rng.poisson(background + np.maximum(truth, 0)) - rng.poisson(background, n)
        assert np.mean(there <= limit.decision_counts) == pytest.approx(0.05, abs=0.01)

    def test_bad_input(self):
        with pytest.raises(InputError, match="a background"):
            detection_limit(-1.0, 0.0, counts_per_bq=1.0)
        with pytest.raises(InputError, match="too uncertain"):
            detection_limit(1.0, 0.0, counts_per_bq=1.0, calibration_relative_uncertainty=0.7)
