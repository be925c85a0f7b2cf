"""The classes of the published events are data of our own: one for each, and none too many."""

import csv
from dataclasses import replace
from importlib import resources

import pytest

from hevesy.errors import TrialError
from hevesy.trial import read_publication
from hevesy.trial.paper_rows import paper_tables


def test_every_published_event_has_one_class() -> None:
    publication = read_publication("imdendrim")
    file = resources.files("hevesy.trial").joinpath("data/imdendrim_classes.csv")
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    published = [row["event"] for row in publication.tables["events"]]
    assert sorted(row["event"] for row in rows) == sorted(published)
    classes = {row["event"]: row["class"] for row in rows}
    head, *events = paper_tables(publication, seed=1).events
    term, organ_class = head.index("term"), head.index("organ_class")
    assert {row[term]: row[organ_class] for row in events} == classes


def test_an_event_without_a_class_is_refused() -> None:
    publication = read_publication("imdendrim")
    more = {"event": "Hiccups", "all_grades_n": "1", "grade_1_2_n": "1", "grade_3_or_more_n": "0"}
    events = (*publication.tables["events"], more)
    other = replace(publication, tables={**publication.tables, "events": events})
    with pytest.raises(TrialError, match=r"no class: got 'Hiccups'.*imdendrim_classes\.csv"):
        paper_tables(other, seed=1)
