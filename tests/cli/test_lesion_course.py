"""`hevesy trial lesion`: a virtual lesion that shrinks, in a patient who lies otherwise."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hevesy.cli import main
from hevesy.files import read_label_map, read_volume, write_volume
from hevesy.images import Grid, Quantity, RigidTransform, Volume

GRID = Grid.from_spacing((28, 72, 72), spacing_mm=(5, 3, 3), origin_mm=(-106.5, -106.5, -67.5))
MIDDLE_MM = np.array([25.0, -10.0, 8.0])
PLAN = """
lesion = "L1"
[[visit]]
name = "baseline"
day = 0
ct = "b.nii.gz"
outline = "b_mask.nii.gz"
injection_mm = [25.0, -10.0, 8.0]
[[visit]]
name = "week 7"
day = 49
ct = "f.nii.gz"
outline = "f_mask.nii.gz"
[[visit]]
name = "month 5"
day = 150
ct = "f.nii.gz"
"""


def ball(points: np.ndarray[Any, Any], centre: Any, radii: Any) -> np.ndarray[Any, Any]:
    return np.asarray((((points - np.asarray(centre)) / radii) ** 2).sum(-1) < 1)


def patient(folder: Path, name: str, radius_mm: float, hu: float, lie: RigidTransform) -> None:
    """A trunk with liver, spine and one lesion; `lie` takes this CT's world to the baseline's."""
    points = lie.apply(GRID.to_world_mm(np.stack(np.indices(GRID.shape), -1).reshape(-1, 3)))
    body = ball(points, (0, 0, 0), (95, 75, 400))
    values = np.where(body, 10.0, -1000.0)
    values[ball(points, (35, -12, 0), (45, 48, 60))] = 90.0
    values[ball(points, (0, 55, 0), (14, 14, 400))] = 500.0
    values[ball(points, (-45, -20, 25), (26, 30, 30))] = -780.0
    values[ball(points, (-30, 20, -40), (18, 22, 20))] = 160.0
    inside = ball(points, MIDDLE_MM, radius_mm)
    values[inside] = hu
    for suffix, array, quantity in (
        ("", values.astype(np.float32), Quantity.HU),
        ("_mask", inside.astype(np.float32), Quantity.RELATIVE),
    ):
        volume = Volume(values=array.reshape(GRID.shape), grid=GRID, quantity=quantity)
        write_volume(folder / f"{name}{suffix}.nii.gz", volume)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    patient(folder, "b", 24.0, 60.0, RigidTransform.identity())
    moved = RigidTransform.from_parts(translation_mm=(7, -5, 4), rotation_deg=(2, -1, 3))
    patient(folder, "f", 15.0, 42.0, moved)
    (folder / "lesion.toml").write_text(PLAN)
    return folder


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["trial", "lesion", *map(str, words)])
    return int(ended.value.code or 0)


def test_a_lesion_that_shrinks(
    course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(course / "lesion.toml", "--out", out, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert {p.name for p in out.iterdir()} == {
        "lesion.svg", "lesion.png", "lesion.json", "lesion.csv",
    }  # fmt: skip
    assert json.loads((out / "lesion.json").read_text()) == answer
    first, second, third = answer["visits"]
    # a ball: its greatest section lies within half a slice of a slice's middle, where the circle
    # has 2 sqrt(r^2 - 2.5^2); the ends lie within half a pixel's diagonal (2.1 mm)
    for visit, radius_mm in ((first, 24.0), (second, 15.0)):
        least = 2 * (radius_mm**2 - 2.5**2) ** 0.5
        assert least - 2.2 < visit["longest_mm"] < 2 * radius_mm + 2.2
        assert visit["short_axis_mm"] <= visit["longest_mm"] + 3
    assert (first["mean_hu"], second["mean_hu"]) == (60.0, 42.0)
    assert (second["choi"], first["choi"]) == ("PR", None)
    assert second["density_change_percent"] == -30.0
    # the middle of the field is not moved by the turn about it: the shift is that of `moved`,
    # sqrt(49 + 25 + 16) = 9.49 mm, as far as both frames' origins are the field's middle
    assert second["registration_shift_mm"] == pytest.approx(9.49, abs=0.6)
    assert third["longest_mm"] is None
    # under the baseline's outline: lesion (42), and liver (90) around it: by volume of both balls
    share = (15 / 24) ** 3
    assert third["mean_hu"] == pytest.approx(42 * share + 90 * (1 - share), abs=4)
    assert any("no outline of its own" in words for words in answer["warnings"])
    svg = (out / "lesion.svg").read_text()
    for words in ("baseline, day 0", "week 7, day 49", "HU under the outline", "Choi: PR"):
        assert words in svg


def test_again_gives_the_same_bytes(course: Path, tmp_path: Path) -> None:
    assert run(course / "lesion.toml", "--out", tmp_path / "a") == 0
    assert run(course / "lesion.toml", "--out", tmp_path / "b") == 0
    for name in ("lesion.svg", "lesion.png", "lesion.json", "lesion.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('lesion = "L1"', "", "lesion"),
        ('outline = "b_mask.nii.gz"\n', "", "the baseline has no outline"),
        ("day = 49", "day = 0", "not in order of their days"),
        ("day = 49", 'day = "49"', "whole number"),
        ("b.nii.gz", "gone.nii.gz", "gone.nii.gz"),
        ("injection_mm = [25.0, -10.0, 8.0]", "injection_mm = [25.0]", "injection_mm"),
        ("[[visit]]", "[[visits]]", "did you mean `visit`"),
        ('name = "baseline"', 'name = "baseline"\nregion = "liver"', "which region is the lesion"),
        ('lesion = "L1"', 'lesion = "L1"\nwindow = "bone"', "soft tissue, liver, lung"),
    ],
)
def test_what_is_refused(
    course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    plan = course / f"bad-{tmp_path.name}.toml"
    plan.write_text(PLAN.replace(old, new, 1 if "visit" not in old else -1))
    assert run(plan, "--out", tmp_path / "out") == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_the_real_tumour_in_another_position(
    shared_data: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real chest CT and the same one moved by whole voxels: nothing changes but the place."""
    folder = shared_data("lung_ct_tumour")
    ct = read_volume(folder / "lung2_image.nrrd", quantity=Quantity.HU)
    (tumour,) = read_label_map(folder / "lung2_label.nrrd", [])
    shift = np.eye(4)
    shift[:3, 3] = (18.0, -11.0, 7.0)  # of the follow-up's world
    part = (slice(4, 56), slice(40, 470), slice(40, 470))
    corner = np.eye(4)
    corner[:3, 3] = [float(s.start) for s in part]
    grid = Grid(shape=(52, 430, 430), affine=shift @ ct.grid.affine @ corner)
    for name, values, quantity in (
        ("f", ct.values[part], Quantity.HU), ("m", tumour.mask[part], Quantity.RELATIVE),
    ):  # fmt: skip
        volume = Volume(values=np.ascontiguousarray(values, np.float32), grid=grid,
                        quantity=quantity)  # fmt: skip
        write_volume(tmp_path / f"{name}.nii.gz", volume)
    plan = tmp_path / "lesion.toml"
    plan.write_text(f"""lesion = "L1"
window = "lung"
[[visit]]
name = "baseline"
day = 0
ct = "{folder}/lung2_image.nrrd"
outline = "{folder}/lung2_label.nrrd"
[[visit]]
name = "again"
day = 42
ct = "f.nii.gz"
outline = "m.nii.gz"
[[visit]]
name = "without an outline"
day = 43
ct = "f.nii.gz"
""")
    assert run(plan, "--out", tmp_path / "out", "--json") == 0
    first, second, third = json.loads(capsys.readouterr().out)["visits"]
    for key in ("longest_mm", "short_axis_mm", "mean_hu", "volume_ml"):
        assert second[key] == pytest.approx(first[key], abs=0.02)
    assert second["size_change_percent"] == pytest.approx(0.0, abs=0.2)
    length = (18.0**2 + 11.0**2 + 7.0**2) ** 0.5
    assert second["registration_shift_mm"] == pytest.approx(length, abs=0.5)
    # the outline moved by the registration: half a millimetre off changes its edge voxels only
    assert third["mean_hu"] == pytest.approx(first["mean_hu"], abs=15)
