"""Cells as people would type them: binary numbers, dates, orders of a date's parts."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import from_excel

from hevesy.exchange import SourceTable, ValueMap, cell_text
from hevesy.store import RecordField
from hevesy.workflows.import_values import Problem, bind_value

DAY = RecordField(name="began_on", type="day", required=True, refers="")
LENGTH = RecordField(name="diameter_mm", type="exact", required=False, refers="")


def read(cell: object, field: RecordField = DAY, **changes: object) -> object:
    table = SourceTable(name="t", columns=("x",), rows=iter(()))
    comma = bool(changes.pop("decimal_comma", False))
    bound = bind_value(
        field.name,
        field,
        ValueMap(template="{x}", **changes),  # type: ignore[arg-type]
        table,
        missing=(),
        decimal_comma=comma,
        identifying=frozenset(),
    )
    found = bound.read([cell], None)  # type: ignore[list-item]
    return found if isinstance(found, Problem) else found[field.name]


@given(st.integers(-(10**14), 10**14), st.integers(0, 12))
def test_a_number_of_15_digits_keeps_them(digits: int, places: int) -> None:
    """A double holds 15 decimal digits (IEEE 754: 53 bits are 15.95 digits)."""
    exact = Decimal(digits).scaleb(-places)
    assert Decimal(cell_text(float(exact))) == exact


@given(st.dates(date(1900, 3, 1), date(2099, 12, 31)))
def test_a_day_however_it_is_written(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    assert from_excel(serial).date() == day  # openpyxl's own reading of the same number
    assert read(serial, date="excel") == day
    assert read(str(serial), date="excel") == day
    written = {
        "iso": day.isoformat(),
        "DD.MM.YYYY": f"{day:%d.%m.%Y}",
        "DD/MM/YYYY": f"{day:%d/%m/%Y}",
        "MM/DD/YYYY": f"{day:%m/%d/%Y}",
        "DDMMMYYYY": f"{day:%d}{'JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC'[3 * day.month - 3 :][:3]}"
        f"{day.year}",
    }
    for form, text in written.items():
        assert read(text, date=form) == day
    assert read(f"{day.isoformat()}T23:59") == day
    assert read(day.isoformat()[:7], partial="first-day") == day.replace(day=1)
    assert read(day.isoformat()[:4], partial="first-day") == day.replace(month=1, day=1)
    if day > date(1900, 3, 1) + timedelta(days=40_000):
        assert isinstance(read(serial), Problem)


def test_what_is_no_day() -> None:
    for cell, form in (
        ("31.02.2024", "DD.MM.YYYY"), ("1.2.24", "DD.MM.YYYY"), ("2024-02-30", "iso"),
        ("13/13/2024", "MM/DD/YYYY"), ("01XYZ2024", "DDMMMYYYY"), ("2024", "iso"), (45357, "iso"),
        ("45357", "iso"), (45357.5, "iso"), ("yesterday", "iso"), (60, "excel"), ("x", "excel"),
        ("05.06.2024", "DD/MM/YYYY"),
    ):  # fmt: skip
        assert isinstance(read(cell, date=form), Problem), (cell, form)


def test_lengths() -> None:
    assert str(read("3.15", LENGTH, unit="cm")) == "31.50"
    assert str(read("24.50", LENGTH)) == "24.50"
    assert str(read("24,50", LENGTH, decimal_comma=True)) == "24.50"
    assert str(read(24.5, LENGTH, decimal_comma=True)) == "24.5"
    for text, comma in (("24,5", False), ("24.5", True), ("1.234,5", True), ("<5", False)):
        assert isinstance(read(text, LENGTH, decimal_comma=comma), Problem)
