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


LATER = """
[[cohort]]
name = "low"
high = "100 mCi"
[[cohort]]
name = "high"
low = "100 mCi"
[[visit]]
name = "week 6"
day = 42
before_days = 7
[events]
ctcae = "5.0"
susar_other = "10 d"
[response]
criteria = "itrecist"
[units]
flow = "person"
"""


def test_what_is_laid_down_for_the_patients_course() -> None:
    found = paper()
    assert found.screen_failures == ("no appropriate lesion", "ineligible examination results",
                                     "consent withdrawn by the family")  # fmt: skip
    assert [(one.kind, one.reason) for one in found.departures] == [
        ("lost to follow-up", ""), ("refused", "refused subsequent treatment"),
    ]  # fmt: skip
    assert [(c.measure, c.lowest_value, c.highest_value) for c in found.criteria if c.measure] == [
        ("age_years", 18, None), ("ecog", None, 2),
    ]  # fmt: skip
    assert (found.cohorts, found.visits, found.response, found.events.ctcae) == ((), (), None, "")
    more = parse_study(study_template("imdendrim") + LATER).protocol
    assert (more.cohort_of(99.9 * 37e6), more.cohort_of(100 * 37e6)) == ("low", "high")
    assert (more.visits[0].first_day, more.visits[0].last_day) == (35, 42)
    assert (more.events.sae_report_s, more.events.susar_other_s) == (86400.0, 10 * 86400.0)
    assert more.response is not None
    assert (more.response.criteria, more.units.flow, more.units.events) == (
        "itrecist", "person", "inclusion",
    )  # fmt: skip


def test_an_old_protocol_keeps_its_hash() -> None:
    """What it leaves out is no part of its content."""
    text = study_template("blank")
    content = parse_study(text).content
    later = {"cohort", "visit", "events", "response", "screening", "departure", "units"}
    assert later.isdisjoint(content)
    criterion = '\n[[criterion]]\nname = "a"\nwords = "b"\n'
    assert parse_study(text + criterion).content["criterion"] == [
        {"name": "a", "words": "b", "include": True}
    ]
    assert parse_study(text + LATER).sha256 != parse_study(text).sha256


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('[[cohort]]\nname = "a"\n[[cohort]]\nname = "b"', "overlap"),
        ('[[cohort]]\nname = "a"\nlow = "2 GBq"\nhigh = "1 GBq"', "the wrong way round"),
        ('[[visit]]\nname = "a"\nday = 9\n[[visit]]\nname = "b"\nday = 1', "order of their days"),
        ('[[visit]]\nname = "a"\nday = 9\nbefore_days = -1', "before_days"),
        ('[events]\nsae_report = "24"', "needs a number and a unit"),
        ('[events]\nsae_reports = "24 h"', "did you mean `sae_report`"),
        ('[response]\ncriteria = "recist"', "criteria"),
        ('[[departure]]\nkind = "lost"', "kind"),
        ('[screening]\nfailures = ["a", "a"]', "twice"),
        ('[units]\nflow = "lesion"', "flow"),
        ('[[criterion]]\nname = "a"\nwords = "b"\nhigh = 2', "needs a measure and a limit"),
        ('[[criterion]]\nname = "a"\nwords = "b"\nmeasure = "weight"\nhigh = 2',
         "about no recorded number"),
    ],
)  # fmt: skip
def test_refusals_of_the_patients_course(more: str, words: str) -> None:
    with pytest.raises(HevesyError, match=words):
        parse_study(study_template("blank") + "\n" + more + "\n")
