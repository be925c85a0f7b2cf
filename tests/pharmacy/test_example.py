"""The example's day: what is refused, what is released, and who is recalled."""

import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "preparation" / "prepare.py"


def test_the_day_ends_in_a_recall(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(SCRIPT), run_name="__main__")
    said = capsys.readouterr().out
    refused = said.index("refused: batch B-1 can't be conditionally released")
    assert "radiochemical purity: 84.9 %, allowed: at least 85 %" in said[refused:]
    assert refused < said.index("at 85 %: conditionally released")
    assert "labelled 108 min after the elution; deviations: 0" in said
    # 3.21 GBq half an hour on, less 0.2 GBq carried 12 min back: 3145.2 - 201.6
    assert "injected 2944 ± 88 MBq (net)" in said
    recalled = said[said.index("five days later: recalled") :]
    for words in ("batch B-1", "syringe S-1", "injection I-1", "patient P-012: inform"):
        assert words in recalled
