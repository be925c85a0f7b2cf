"""The decay reference, for every way a file can state it, contradict itself or be silent."""

import io
import math
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import InputError, TimeError
from hevesy.quantification import DecayTags, resolve_decay

RE188 = math.log(2) / (17.004 * 3600)
LU177 = math.log(2) / 574300.0

ages = st.floats(0, 120 * 3600)
durations = st.floats(60, 5400)


def resolve(tags, *, declared=None, decay_per_s=RE188, duration=1800.0, age=3600.0):
    return resolve_decay(
        tags,
        declared=declared,
        decay_per_s=decay_per_s,
        frame_duration_s=duration,
        seconds_since_administration=age,
        where="scan 1",
    )


def mean_over_frame(age: float, duration: float) -> float:
    """Mean of a decaying activity that is 1 at time zero, by Gauss-Legendre quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(12)
    return float(weights @ np.exp(-RE188 * (age + duration * (nodes + 1) / 2)) / 2)


@given(age=ages, duration=durations)
@settings(max_examples=40, deadline=None)
def test_every_reference_leads_to_the_activity_at_the_frame_start(age, duration):
    measured = mean_over_frame(age, duration)
    at_start = math.exp(-RE188 * age)
    frame = at_start / measured
    images = {
        "NONE": (measured, 1.0, False),
        "START": (measured * frame, frame, True),
        "ADMIN": (measured * frame / at_start, frame / at_start, True),
    }
    for word, (value, factor, corrected) in images.items():
        tags = DecayTags(
            decay_correction=word, decay_factor=factor, corrected_for_decay=corrected, modality="PT"
        )
        found = resolve(tags, age=age, duration=duration)
        # the quadrature is exact to rounding; the closed forms lose no more than a few ulp
        assert value * found.factor_to_frame_start == pytest.approx(at_start, rel=1e-9)


@given(age=ages, duration=durations, half_life=st.floats(0.99, 1.01))
@settings(max_examples=40, deadline=None)
def test_a_vendors_own_half_life_is_no_contradiction(age, duration, half_life):
    own = RE188 / half_life
    x = own * duration
    factor = math.exp(own * age) * x / -math.expm1(-x)
    tags = DecayTags(
        decay_correction="ADMIN", decay_factor=round(factor, 4), corrected_for_decay=True
    )
    assert resolve(tags, age=age, duration=duration).reference == "administration"


@given(age=st.floats(1800, 120 * 3600))
@settings(max_examples=30, deadline=None)
def test_admin_with_factor_one_contradicts_itself(age):
    tags = DecayTags(decay_correction="ADMIN", decay_factor=1.0, corrected_for_decay=True)
    with pytest.raises(InputError, match="ADMIN needs a Decay Factor"):
        resolve(tags, age=age)


CONTRADICTIONS = {
    "silent": (DecayTags(), "silent"),
    "no place": (None, "no place"),
    "NM says DECY, not when": (DecayTags(corrected_for_decay=True), "not to when"),
    "PT without Decay Correction": (
        DecayTags(corrected_for_decay=False, modality="PT"),
        "Decay Correction is missing",
    ),
    "NONE with DECY": (DecayTags(decay_correction="NONE", corrected_for_decay=True), "contradict"),
    "NONE with a factor": (DecayTags(decay_correction="NONE", decay_factor=1.04), "applied"),
    "NM not corrected, with a factor": (
        DecayTags(corrected_for_decay=False, decay_factor=1.2),
        "applied",
    ),
    "ADMIN without DECY": (
        DecayTags(decay_correction="ADMIN", corrected_for_decay=False),
        "lacks DECY",
    ),
    "START without DECY": (
        DecayTags(decay_correction="START", corrected_for_decay=False),
        "lacks DECY",
    ),
    "START with the age in its factor": (
        DecayTags(decay_correction="START", decay_factor=1.0416, corrected_for_decay=True),
        "START needs",
    ),
}


@pytest.mark.parametrize("kind", CONTRADICTIONS)
def test_a_contradiction_is_refused_by_name_with_the_line_to_add(kind):
    tags, words = CONTRADICTIONS[kind]
    with pytest.raises(InputError, match=words) as caught:
        resolve(tags)
    message = str(caught.value)
    assert 'decay_corrected_to = "acquisition"' in message
    assert "[[scan]]" in message
    assert "scan 1" in message
    assert "\n" not in message


@pytest.mark.parametrize("kind", CONTRADICTIONS)
@pytest.mark.parametrize(
    ("declared", "factor"),
    [
        ("acquisition", 1.0),
        ("administration", math.exp(-RE188 * 3600)),
        ("none", 1.0 / ((1 - math.exp(-RE188 * 1800)) / (RE188 * 1800))),
    ],
)
def test_what_is_declared_wins(kind, declared, factor):
    found = resolve(CONTRADICTIONS[kind][0], declared=declared)
    assert found.factor_to_frame_start == pytest.approx(factor, rel=1e-9)
    assert found.reference == declared
    assert "declared in the case" in found.note


def test_the_note_says_what_the_file_said():
    tags = DecayTags(
        decay_correction="ADMIN", decay_factor=1.0, corrected_for_decay=True, modality="PT"
    )
    note = resolve(tags, declared="acquisition").note
    assert "PT file says DecayCorrection ADMIN, DecayFactor 1, CorrectedImage with DECY" in note


def test_start_refers_to_the_series_and_not_to_a_later_frame():
    # the second bed: starts 1800 s after the series, and is corrected to the series' start
    mean_s = 1800 + math.log(mean_over_frame(0, 1800) ** -1) / RE188
    tags = DecayTags(
        decay_correction="START",
        decay_factor=math.exp(RE188 * mean_s),
        corrected_for_decay=True,
        frame_reference_time_s=mean_s,
        modality="PT",
    )
    found = resolve(tags)
    assert found.factor_to_frame_start == pytest.approx(math.exp(-RE188 * 1800), rel=1e-6)


def test_start_with_factor_one_is_taken_where_it_hardly_matters():
    tags = DecayTags(decay_correction="START", decay_factor=1.0, corrected_for_decay=True)
    assert resolve(tags).factor_to_frame_start == 1.0  # 1.02 % at most
    with pytest.raises(InputError, match="START needs"):
        resolve(tags, duration=4 * 3600.0)  # 8 %


def test_nm_that_lists_its_corrections_without_decay_is_not_corrected():
    assert resolve(DecayTags(corrected_for_decay=False)).reference == "none"


def test_a_scan_before_the_injection_is_refused_even_if_declared():
    with pytest.raises(TimeError, match="before the administration"):
        resolve(None, declared="acquisition", age=-1.0)


def test_none_needs_the_duration():
    with pytest.raises(InputError, match="duration"):
        resolve(None, declared="none", duration=None)


@pytest.mark.parametrize(
    "bad",
    [
        lambda: resolve(None, declared="start"),
        lambda: resolve(None, declared="none", duration=0.0),
        lambda: resolve(None, declared="none", decay_per_s=0.0),
        lambda: DecayTags(decay_correction="MAYBE"),
        lambda: DecayTags(decay_factor=0.0),
    ],
)
def test_impossible_values_are_refused(bad):
    with pytest.raises(InputError):
        bad()


@pytest.mark.parametrize(("scan", "age_h"), [("001", 3.7411), ("002", 27.7253)])
def test_the_real_intevo_scans_contradict_themselves(shared_data, scan, age_h):
    pydicom = pytest.importorskip("pydicom")
    path = shared_data("intevo16_lu177_spect") / f"SCAN_{scan}_SPECT_PT_dicom.zip"
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dcm") or "." not in n[-5:])
        image = pydicom.dcmread(io.BytesIO(archive.read(name)), stop_before_pixels=True)
    tags = DecayTags(
        decay_correction=image.DecayCorrection,
        decay_factor=float(image.DecayFactor),
        corrected_for_decay="DECY" in image.CorrectedImage,
        frame_reference_time_s=float(image.FrameReferenceTime) / 1000,
        modality=image.Modality,
    )
    duration = float(image.ActualFrameDuration) / 1000
    with pytest.raises(InputError, match=r"ADMIN needs a Decay Factor of about 1\.[01]"):
        resolve(tags, decay_per_s=LU177, duration=duration, age=age_h * 3600)
    found = resolve(
        tags, declared="acquisition", decay_per_s=LU177, duration=duration, age=age_h * 3600
    )
    assert found.factor_to_frame_start == 1.0
