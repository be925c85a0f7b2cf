"""Planar files lie as the patient lies, whatever way their views are stored."""

import numpy as np
import pytest

from hevesy.dicom.planar_read import read_planar
from hevesy.errors import GridError, ImageFileError, InputError, QuantityError
from tests.dicom.planar_cases import head, write_planar


def spot(row, column):
    image = np.zeros((1, 1, 8, 6), dtype=int)
    image[0, 0, row, column] = 9
    return image


# A spot near the head (row 1 of 8 from the top), to the patient's left (column 5 of an anterior
# view of 6, which shows the left at the right; column 0 of a posterior one).
ORIGINAL = ["ORIGINAL", "PRIMARY"]
BOTH = np.concatenate([spot(1, 5), spot(1, 0)], axis=1)


def test_by_convention_the_posterior_view_is_turned(tmp_path):
    found = read_planar(
        write_planar(tmp_path / "a.dcm", BOTH, [head("Anterior"), head("Posterior")])
    )
    assert found.views == ("anterior", "posterior")
    for view in range(2):
        assert np.argwhere(found.counts[0, view]).tolist() == [[6, 5]]  # from the feet; to the left
    assert sum("does not say how" in text for text in found.warnings) == 2
    assert found.duration_s == 900.0
    assert found.started_at.isoformat() == "2024-05-06T08:00:00+00:00"


def test_angles_tell_the_views_and_orientation_is_followed(tmp_path):
    stored = np.concatenate([spot(1, 0), spot(6, 5)], axis=1)
    heads = [
        head(angle=0, orientation=(-1, 0, 0, 0, 0, -1)),  # seen from behind
        head(angle=180, orientation=(1, 0, 0, 0, 0, 1)),  # rows run to the head
    ]
    found = read_planar(write_planar(tmp_path / "a.dcm", stored, heads))
    assert found.views == ("posterior", "anterior")
    for view in range(2):
        assert np.argwhere(found.counts[0, view]).tolist() == [[6, 5]]
    assert not any("does not say how" in text for text in found.warnings)


def test_windows_and_heads_follow_the_vectors(tmp_path):
    counts = np.arange(2 * 2 * 3 * 4).reshape(2, 2, 3, 4)

    def shuffle(header):
        order = [3, 0, 2, 1]
        frames = counts.reshape(4, 3, 4)[order]
        header.EnergyWindowVector = [header.EnergyWindowVector[n] for n in order]
        header.DetectorVector = [header.DetectorVector[n] for n in order]
        header.PixelData = np.ascontiguousarray(frames, dtype="<u4").tobytes()

    windows = ((120.0, 139.5), (139.5, 170.5))
    heads = [head("Anterior"), head("Posterior")]
    plain = read_planar(write_planar(tmp_path / "a.dcm", counts, heads, windows=windows))
    mixed = read_planar(
        write_planar(tmp_path / "b.dcm", counts, heads, windows=windows, change=shuffle)
    )
    assert np.array_equal(plain.counts, mixed.counts)
    assert [w.lower_kev for w in plain.windows] == [120.0, 139.5]


def drop(keyword):
    return lambda header: delattr(header, keyword)


def put(keyword, value):
    return lambda header: setattr(header, keyword, value)


@pytest.mark.parametrize(
    ("heads", "change", "error", "said"),
    [
        ([head(), head()], None, InputError, "which view head 1 took"),
        ([head("Anterior", angle=0), head("Posterior")], None, InputError, "contradict each other"),
        (
            [head("Anterior", orientation=(0.7, 0.7, 0, 0, 0, -1)), head("Posterior")],
            None, GridError, "does not lie along the patient",
        ),
        ([head("Anterior")] * 2, put("ImageType", [*ORIGINAL, "TOMO", "EMISSION"]),
         ImageFileError, "not a planar"),
        ([head("Anterior")] * 2, put("ImageType", [*ORIGINAL, "STATIC", "TRANSMISSION"]),
         ImageFileError, "transmission"),
        ([head("Anterior")] * 2, put("DetectorVector", [1, 1]), ImageFileError, "once"),
        ([head("Anterior")] * 2, drop("PixelSpacing"), GridError, "how large its pixels"),
        ([head("Anterior")] * 2, put("RescaleSlope", "0.5"), QuantityError, "rescaled"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused(tmp_path, heads, change, error, said):
    path = write_planar(tmp_path / "a.dcm", BOTH, heads, change=change)
    with pytest.raises(error, match=said) as caught:
        read_planar(path)
    assert "Secret" not in str(caught.value)


def test_named_views_do_not_overrule_the_file(tmp_path):
    path = write_planar(tmp_path / "a.dcm", BOTH, [head("Anterior"), head("Posterior")])
    with pytest.raises(InputError, match="another view than was named"):
        read_planar(path, views=("posterior", "anterior"))
    with pytest.raises(InputError, match="not those of the file's heads"):
        read_planar(path, views=("anterior",))


def test_the_real_bone_scan(shared_data):
    path = shared_data("wholebody_planar") / "NM1_UNC.dcm"
    with pytest.raises(InputError, match="which view head 1 took"):
        read_planar(path)
    found = read_planar(path, views=("anterior",))
    # the file's own words: 1024 x 256 of 2.26 mm, 1210.434 s, 1.671598 mm/s, lossy; its Counts
    # Accumulated (3 596 452) is of the camera's image; compression took 1.9 % of it
    assert found.counts.shape == (1, 1, 1024, 256)
    assert found.whole_body
    assert found.lossy
    assert found.pixel_mm == (2.26, 2.26)
    assert found.duration_s == pytest.approx(1210.434)
    assert found.speed_mm_per_s == pytest.approx(1.671598)
    assert int(found.counts.sum()) == pytest.approx(3_596_452, rel=0.025)
    assert found.windows == ()
    assert found.started_at.isoformat() == "1997-08-06T16:29:31+00:00"
