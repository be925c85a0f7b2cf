"""The templates of study.toml; the paper's says what the paper says."""

import pytest

from hevesy.errors import HevesyError
from hevesy.files import STUDY_TEMPLATES, parse_study, study_template
from hevesy.protocol import StudyProtocol


def paper() -> StudyProtocol:
    return parse_study(study_template("imdendrim")).protocol


def test_the_papers_protocol() -> None:
    """Jin et al. 2025, doi 10.31579/2690-1919/568: Methods."""
    found = paper()
    assert (found.nuclide, found.agent, found.route) == ("Re-188", "ImDendrim", "intratumoral")
    assert [site.ethics for site in found.sites] == [
        "EC.D(BG).016.03.1", "2104234-9", "XHEC-C-2022-096-4", "",
    ]  # fmt: skip
    assert len(found.criteria) == 7
    assert [(s.temperature_deg_c, s.duration_s, s.gas) for s in found.steps] == [
        (72.0, 1200.0, "CO"), (72.0, 3600.0, ""),
    ]  # fmt: skip
    assert [(t.name, t.lowest_value, t.highest_value) for t in found.tests] == [
        ("radio-TLC", 85.0, None)
    ]
    assert found.labelled_within_s == 7200.0
    assert found.injected_within_s is None  # the paper gives no expiry
    assert [time / 3600 for time in found.scan_times_s] == [1, 6, 24, 48, 72, 96]
    assert found.activity_low_bq == pytest.approx(30 * 37e6)
    assert found.activity_high_bq == pytest.approx(337 * 37e6)


@pytest.mark.parametrize("name", STUDY_TEMPLATES)
def test_the_hash_is_of_the_content(name: str) -> None:
    text = study_template(name)
    same = parse_study("# a comment\n\n" + text.replace(" = ", "="))
    moved = parse_study(text + '\n[store]\nurl = "postgresql+psycopg://u@h/d"\n')
    assert same.sha256 == moved.sha256 == parse_study(text).sha256
    assert moved.url == "postgresql+psycopg://u@h/d"
    other = text.replace('nuclide = "Re-188"', 'nuclide = "Y-90"')
    assert parse_study(other).sha256 != same.sha256


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("low = 85.0", "low = 85.0\nhigh = 80.0", "the wrong way round"),
        ('low = "30 mCi"', 'low = "30"', "needs a number and a unit"),
        ('low = "30 mCi"', 'low = "30 GBq"', "activities are the wrong way round"),
        ('"coupling" ', '"reduction"', "names a labelling step twice"),
        ('nuclide = "Re-188"', 'nuclide = "Re-999"', "nuclide"),
        ('route = "intratumoral"', 'route = "oral"', "route of study.toml"),
    ],
)
def test_refusals(old: str, new: str, words: str) -> None:
    text = study_template("imdendrim")
    assert old in text
    with pytest.raises(HevesyError, match=words):
        parse_study(text.replace(old, new, 1))
