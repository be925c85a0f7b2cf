"""`hevesy demo --raw` with few views and scans: every step of it, not its figures."""

from pathlib import Path

import pytest

import hevesy.simulation
from hevesy.cli import main
from hevesy.files import read_calibration
from hevesy.workflows import demo_calibration, demo_raw


@pytest.mark.slow
def test_raw_projections_become_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hevesy.simulation, "SCAN_HOURS", (1.0, 24.0))
    for module in (demo_calibration, demo_raw):
        monkeypatch.setattr(module, "VIEWS_PER_HEAD", 6)
    monkeypatch.setattr(demo_calibration, "_ITERATIONS", 1)
    monkeypatch.setattr(demo_calibration, "_SUBSETS", 4)
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--raw", "--out", str(tmp_path / "out"), "--quiet"])
    assert not ended.value.code
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"result.json", "report.html", "dose.nii.gz", "rtdose.dcm", "input"} <= written
    record = read_calibration(tmp_path / "out/input/record.json")
    assert record.protocol.scatter == f"model:{demo_calibration.CAMERA}"
    # counts through the holes for each Bq: 1.77e-5 /s by the collimator and crystal (closed form
    # in tests/cli/test_spect_model_scatter.py); 4 updates of 12 views leave some per cent
    assert record.counts_per_bq_s == pytest.approx(1.77e-5, rel=0.1)
    text = (tmp_path / "out/result.json").read_text()
    assert '"truth"' in text
    assert '"scatter"' in text
