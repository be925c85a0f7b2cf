"""Data Matrix codes against symbols that another encoder (libdmtx 0.7) made of the same text."""

import numpy as np
import pytest

from hevesy.errors import OutputError
from hevesy.report.syringe_label import data_matrix

SYMBOLS = {
    "123456": """
#.#.#.#.#.
##..#.##.#
##.....#..
##...###.#
##....#...
#.....####
###.##....
####.##..#
#..###.#..
##########
""",
    "HVS1|S-1|B-1|2000 MBq|2024-03-01T10:00Z": """
#.#.#.#.#.#.#.#.#.#.#.#.
#.##..##..###....#..####
#.#..#.#.###...#....##..
#######..#.##...#..###.#
##.##.###..#..#.###.....
##.#....#...##..##..#.##
#.#..#.#.###............
#.#.###.......#..##.#..#
##.....#.######.######..
#.#.####.#..####...#.###
####.#.#...#.##.###.#.#.
##.####.##....##..#...##
#.#.#.#.#...#####...##..
#..#.#.#.#.#....#####..#
#.##.....##.##.#.#...##.
###...#####...###...#.##
##.#.######.##....#..##.
##.##.#.######....#..#.#
#.....##..#..#.#.###....
##.#.######.##.#.....###
#.#..####.#..#.###.##.#.
#..##.#.#...##.###.#.#.#
##....#...#.#.#.#.....#.
########################
""",
}


@pytest.mark.parametrize("text", SYMBOLS)
def test_the_symbol_is_libdmtxs(text: str) -> None:
    rows = SYMBOLS[text].strip().splitlines()
    expected = np.array([[mark == "#" for mark in row] for row in rows])
    assert np.array_equal(data_matrix(text), expected)


@pytest.mark.parametrize("text", ["", "µ", "a\nb", "x" * 201])
def test_texts_that_are_refused(text: str) -> None:
    with pytest.raises(OutputError):
        data_matrix(text)
