"""Digits follow from the uncertainty, and what is not there is never "nan"."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import InputError
from hevesy.report.numbers import (
    NOT_AVAILABLE,
    format_hours,
    format_measurement,
    format_number,
    format_percent,
    format_relative,
)

THIN = "\u202f"
FINITE = st.floats(-1e12, 1e12, allow_nan=False, allow_subnormal=False)  # they lose digits
POSITIVE = st.floats(1e-12, 1e12)
SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def read(text):
    """A printed number back as a float: the reader's eye."""
    text = text.replace(THIN, "").replace("−", "-")
    mantissa, times, power = text.partition("×10")
    return float(mantissa) * (10.0 ** int(power.translate(SUPERSCRIPT)) if times else 1.0)


def read_measurement(text):
    factor = 1.0
    if match := re.fullmatch(rf"\((.*)\){THIN}×{THIN}10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)", text):
        text, factor = match.group(1), 10.0 ** int(match.group(2).translate(SUPERSCRIPT))
    value, spread = text.split(" ± ")
    return read(value) * factor, (0.0 if spread.startswith("<") else read(spread) * factor)


@pytest.mark.parametrize(
    ("value", "uncertainty", "text"),
    [
        # GUM 7.2.2: m_s = 100,021 47 g with u_c = 0,35 mg
        (100.02147, 0.00035, "100.02147 ± 0.00035"),
        (2.7733, 0.0099, "2.7733 ± 0.0099"),
        (7593.75, 123.0, "7590 ± 120"),
        (14830.0, 1264.0, f"14{THIN}800 ± 1300"),
        (143.2, 12.17, "143 ± 12"),
        (1.0, 0.0996, "1.00 ± 0.10"),  # the rounding carries: still two digits
        (0.0, 1.234, "0.0 ± 1.2"),
        (-3.21, 0.5, "−3.21 ± 0.50"),
        (-0.0004, 0.5, "0.00 ± 0.50"),  # no negative zero
        (12.0, 0.0, "12.00 ± 0"),
        (float("nan"), 1.0, NOT_AVAILABLE),
        (None, None, NOT_AVAILABLE),
        (5.0, float("nan"), f"5.00 (uncertainty {NOT_AVAILABLE})"),
        (5.0, -1.0, f"5.00 (uncertainty {NOT_AVAILABLE})"),
        (float("inf"), 1.0, NOT_AVAILABLE),
    ],
)
def test_a_measurement(value, uncertainty, text):
    assert format_measurement(value, uncertainty) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.99951, 3, "1.00"), (999.6, 3, "1000"), (9999.6, 4, f"10{THIN}000"),
        (1234567.0, 3, f"1{THIN}230{THIN}000"), (2.5e-9, 2, f"2.5{THIN}×{THIN}10⁻⁹"),
        (3.2e12, 2, f"3.2{THIN}×{THIN}10¹²"), (-4.0, 2, "−4.0"), (0.0, 3, "0"),
        (float("nan"), 3, NOT_AVAILABLE), (float("-inf"), 3, NOT_AVAILABLE),
    ],
)  # fmt: skip
def test_a_number(value, digits, text):
    assert format_number(value, digits=digits) == text


def test_no_digits_are_refused():
    with pytest.raises(InputError, match="1 or more"):
        format_number(1.0, digits=0)


@given(value=FINITE, relative=st.floats(1e-4, 1e3))
@settings(max_examples=60, deadline=None)
def test_a_measurement_reads_back_to_half_a_digit_of_its_uncertainty(value, relative):
    uncertainty = max(abs(value), 1e-9) * relative
    shown, spread = read_measurement(format_measurement(value, uncertainty))
    # Two digits of u: its last digit is at most a tenth of u, so both are within u/20; where 99.5
    # and more is rounded up to 100 the last digit is 10, and half of it u/19.9.
    assert abs(shown - value) <= uncertainty / 19.9 * (1 + 1e-6)
    assert abs(spread - uncertainty) <= uncertainty / 19.9 * (1 + 1e-6)


@given(value=FINITE, uncertainty=POSITIVE)
@settings(max_examples=60, deadline=None)
def test_value_and_uncertainty_end_at_one_decimal_place(value, uncertainty):
    text = format_measurement(value, uncertainty).split("×")[0].strip(f"() {THIN}")
    shown, spread = text.replace("<", "").split(" ± ")
    assert len(shown.partition(".")[2]) == len(spread.partition(".")[2])


@given(value=FINITE.filter(bool), digits=st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_a_number_reads_back_to_half_its_last_digit(value, digits):
    shown = read(format_number(value, digits=digits).replace(f"{THIN}×{THIN}", "×"))
    assert math.isclose(shown, value, rel_tol=0.5 * 10.0 ** (1 - digits) * (1 + 1e-9))


@given(value=st.floats() | st.none(), uncertainty=st.floats() | st.none())
@settings(max_examples=60, deadline=None)
def test_nothing_is_ever_called_nan(value, uncertainty):
    texts = (
        format_measurement(value, uncertainty), format_number(value), format_percent(value),
        format_relative(value, uncertainty), format_hours(value),
    )  # fmt: skip
    assert not [t for t in texts if "nan" in t.lower() or "inf" in t.lower()]
    assert not [t for t in texts if re.search(r"[-−]0(\.0+)?(?!\d|\.)", t) and "×" not in t]


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0432, "4.3"), (0.0996, "10"), (0.5, "50"), (-0.041, "−4.1"), (0.0, "0.0"), (2.5, "250")],
)
def test_a_share(share, text):
    assert format_percent(share) == f"{text}{THIN}%"
