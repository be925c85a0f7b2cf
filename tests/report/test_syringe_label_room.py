"""A label's lines stay within the label, whatever the study is called."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from hevesy.errors import OutputError
from hevesy.report.style import drawing
from hevesy.report.syringe_label import _example, draw_syringe_label

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize("study", ["A", "[188Re]Re-ImDendrim in solid tumours"])
def test_no_line_is_cut_off(study: str) -> None:
    with drawing():
        words = draw_syringe_label(replace(_example(), study=study), ZONE).axes[1]
        right = words.get_window_extent().x1
        assert all(text.get_window_extent().x1 <= right * 1.01 for text in words.texts)


def test_a_name_that_nobody_could_read_is_refused() -> None:
    with drawing(), pytest.raises(OutputError, match="too long for the label"):
        draw_syringe_label(replace(_example(), study="x" * 120), ZONE)
