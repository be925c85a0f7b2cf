"""A case file to start from, and a folder for it to stand in."""

from pathlib import Path

BASE = """patient = "P01"
nuclide = "Lu-177"
agent = "DOTATATE"
timezone = "America/Detroit"

[administration]
activity = "7.210 GBq"
activity_uncertainty = "2 %"
kind = "net"
time = 2018-11-15T09:22:00
route = "intravenous"

[[scan]]
spect = "SCAN_001/image"
structures = ["SCAN_001/mask"]
decay_corrected_to = "acquisition"

[options]
method = "local"
density_g_cm3 = 1.05
"""


def write_case(folder: Path, *changes: tuple[str, str], end: str = "") -> Path:
    """The base case with texts replaced and `end` appended (to [options])."""
    for name in ("SCAN_001/image", "SCAN_001/mask", "CT"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "1.dcm").write_bytes(b"not opened here")
    (folder / "spect.nii.gz").write_bytes(b"not opened here")
    (folder / "labels.nii.gz").write_bytes(b"not opened here")
    text = BASE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "case.toml"
    path.write_text(text + end, encoding="utf-8")
    return path
