"""The Data Matrix code of a printed label, read from its pixels by a decoder of the tests' own.

Placement of codewords and ASCII encodation as ISO/IEC 16022:2006 lays them down (annex F and
5.2.3); errors are not corrected: a perfect print has none.
"""

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from matplotlib.image import imread
from numpy.typing import NDArray

from hevesy.nuclides import get_nuclide
from hevesy.pharmacy import SyringeLabel, label_payload, parse_label_payload
from hevesy.report.syringe_label import draw_syringe_label, render_syringe_label

REGIONS = {10: 1, 12: 1, 14: 1, 16: 1, 18: 1, 20: 1, 22: 1, 24: 1, 26: 1, 32: 2, 36: 2, 40: 2,
           44: 2, 48: 2}  # fmt: skip
DATA_WORDS = {10: 3, 12: 5, 14: 8, 16: 12, 18: 18, 20: 22, 22: 30, 24: 36, 26: 44, 32: 62, 36: 86,
              40: 114, 44: 144, 48: 174}  # fmt: skip
AT = datetime(2024, 3, 7, 9, 30, tzinfo=UTC)


def modules(picture: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Dark modules of the one code in a picture, by its timing pattern."""
    dark = picture[..., :3].mean(axis=-1) < 0.5
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    code = dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert abs(code.shape[0] - code.shape[1]) <= 2
    assert code[:, 2].all()  # the solid left and lower borders
    assert code[-3].all()
    size = 1 + int(np.count_nonzero(np.diff(code[2].astype(int))))  # the upper one alternates
    assert size in REGIONS
    centres = [((np.arange(size) + 0.5) * length / size).astype(int) for length in code.shape]
    return code[np.ix_(*centres)]


def mapping(symbol: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The symbol without the borders of its regions."""
    size = len(symbol)
    step = size // REGIONS[size]
    kept = [n for n in range(size) if n % step not in {0, step - 1}]
    return symbol[np.ix_(kept, kept)]


def placement(size: int) -> NDArray[np.int64]:
    """Which bit of which codeword each module is: 10 x word + bit, words and bits from 1."""
    found = np.zeros((size, size), dtype=np.int64)

    def put(row: int, column: int, word: int, bit: int) -> None:
        if row < 0:
            row, column = row + size, column + 4 - (size + 4) % 8
        if column < 0:
            column, row = column + size, row + 4 - (size + 4) % 8
        found[row, column] = 10 * word + bit

    def shape(word: int, places: list[tuple[int, int]]) -> None:
        for bit, (row, column) in enumerate(places, start=1):
            put(row, column, word, bit)

    def utah(row: int, column: int, word: int) -> None:
        shape(word, [(row - 2, column - 2), (row - 2, column - 1), (row - 1, column - 2),
                     (row - 1, column - 1), (row - 1, column), (row, column - 2),
                     (row, column - 1), (row, column)])  # fmt: skip

    n = size
    corners = {
        (n, 0): [(n - 1, 0), (n - 1, 1), (n - 1, 2), (0, n - 2), (0, n - 1), (1, n - 1),
                 (2, n - 1), (3, n - 1)],
        (n - 2, 0): [(n - 3, 0), (n - 2, 0), (n - 1, 0), (0, n - 4), (0, n - 3), (0, n - 2),
                     (0, n - 1), (1, n - 1)] if n % 4 else None,
    }  # fmt: skip
    word, row, column = 1, 4, 0
    while row < n or column < n:
        places = corners.get((row, column))
        if places is not None:
            shape(word, places)
            word += 1
        assert not (row == n + 4 and column == 2 and n % 8 == 0)  # of rectangles only
        while True:
            if row < n and column >= 0 and not found[row, column]:
                utah(row, column, word)
                word += 1
            row, column = row - 2, column + 2
            if row < 0 or column >= n:
                break
        row, column = row + 1, column + 3
        while True:
            if row >= 0 and column < n and not found[row, column]:
                utah(row, column, word)
                word += 1
            row, column = row + 2, column - 2
            if row >= n or column < 0:
                break
        row, column = row + 3, column + 1
    return found


def decode(symbol: NDArray[np.bool_]) -> str:
    inner = mapping(symbol)
    words: dict[int, int] = {}
    for mark, dark in zip(placement(len(inner)).flat, inner.flat, strict=True):
        if mark:  # two light and two dark modules of some sizes are no codeword's
            word, bit = divmod(int(mark), 10)
            words[word] = words.get(word, 0) | int(dark) << (8 - bit)
    text = ""
    for number in range(1, DATA_WORDS[len(symbol)] + 1):
        value = words[number]
        if value == 129:  # the rest pads
            break
        if 130 <= value <= 229:
            text += f"{value - 130:02d}"
        else:
            assert 1 <= value <= 128, value
            text += chr(value - 1)
    return text


@pytest.mark.parametrize("syringe", ["S-1", "S1", "SYR-2024-0000123"])
def test_a_printed_label_is_read(syringe: str) -> None:
    label = SyringeLabel(
        study="A study", agent="ImDendrim", batch="B-2024-017", syringe=syringe,
        nuclide=get_nuclide("Re-188"), activity_bq=3.2109876e9, reference_at=AT,
        expires_at=AT + timedelta(hours=6), volume_ml=2.0, shield="10 mm PMMA", subject="P-012",
    )  # fmt: skip
    zone = ZoneInfo("Asia/Shanghai")
    picture = imread(io.BytesIO(render_syringe_label(label, zone, "png")))
    figure = draw_syringe_label(label, zone)
    (axes,) = (one for one in figure.axes if one.images)
    box = axes.get_position()
    height, width = picture.shape[:2]
    code = picture[
        int((1 - box.y1) * height) : int((1 - box.y0) * height) + 1,
        int(box.x0 * width) : int(box.x1 * width) + 1,
    ]
    text = decode(modules(code))
    assert text == label_payload(label)
    read = parse_label_payload(text)
    assert (read.syringe, read.batch) == (syringe, "B-2024-017")
    assert read.activity_bq == pytest.approx(3.2109876e9, abs=5e3)  # 0.01 MBq are printed
    assert read.reference_at == AT
