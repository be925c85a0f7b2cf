"""The report as a reader, a printer and an attacker meet it."""

import base64
import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pypdf
import pytest

from hevesy.errors import OutputError
from hevesy.images import Region
from hevesy.report import html_to_pdf, render_report
from hevesy.report.dose_tables import tabulate_doses, tabulate_truth
from hevesy.report.measurement_tables import tabulate_fits, tabulate_scans
from hevesy.report.sample import sample_result
from hevesy.report.summary import summarise
from hevesy.units import MBQ_PER_MCI

NOTICE = "research use only"
VOID = {"meta", "img", "br", "link", "input", "hr"}
EVIL = '</title><script>alert("x")</script><img src=http://evil.example/a onerror=x> $5 & %'


class Outline(HTMLParser):
    """What the document holds, and whether every tag is closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.faults, self.tags, self.addresses, self.text = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        for name, value in attrs:
            if name in {"src", "href", "srcset", "action", "data", "poster", "style"}:
                self.addresses.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data):
        if not self.open or self.open[-1] not in {"style", "script"}:
            self.text.append(data)


def outline(html):
    parser = Outline()
    parser.feed(html)
    parser.close()
    return parser


def words(html):
    return re.sub(r"[ \n\t]+", " ", " ".join(outline(html).text))


def embedded_svgs(html):
    for found in re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", html):
        yield base64.b64decode(found).decode("utf-8")


@pytest.fixture(scope="module")
def virtual_html(virtual_result):
    return render_report(virtual_result).html


@pytest.fixture(scope="module")
def bare_html(bare_result):
    return render_report(bare_result).html


@pytest.fixture(scope="module")
def repeated_html(repeated_result):
    return render_report(repeated_result).html


@pytest.fixture(params=["virtual", "bare", "repeated"])
def html(request):
    return request.getfixturevalue(f"{request.param}_html")


@pytest.fixture(scope="module")
def virtual_pages(virtual_html):
    pdf = pypdf.PdfReader(io.BytesIO(html_to_pdf(virtual_html)))
    return [re.sub(r"\s+", " ", page.extract_text()) for page in pdf.pages]


def test_html_is_well_formed(html):
    document = outline(html)
    assert document.faults == []
    assert document.open == []
    assert html.lstrip().startswith("<!DOCTYPE html>")


def test_html_refers_to_nothing_outside_itself(html):
    for address in outline(html).addresses:
        assert address.startswith(("data:image/", "#")), address[:60]
    assert "url(" not in html
    assert "@import" not in html
    assert "<script" not in html
    visible = re.sub(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+", "", html)
    assert not re.search(r"https?://|file:|/(?:root|home|work)/", visible)


def test_pictures_are_svg_without_scripts_or_addresses(html):
    found = list(embedded_svgs(html))
    assert found
    for svg in found:
        ET.fromstring(svg)
        assert "<script" not in svg
        assert set(re.findall(r"""https?://[^"'\s>]+""", svg)) <= {
            "http://www.w3.org/1999/xlink", "http://www.w3.org/2000/svg",
        }  # fmt: skip


def test_nothing_is_called_nan(html):
    assert not re.search(r"\b(nan|inf|NaN|None)\b", words(html))
    for svg in embedded_svgs(html):
        assert not re.search(r"\bnan\b", svg, re.IGNORECASE)


def test_it_is_small(html):
    assert len(html) < 3_000_000


def test_accessibility(html):
    document = outline(html)
    assert ("html", {"lang": "en"}) in document.tags
    images = [attrs for tag, attrs in document.tags if tag == "img"]
    assert images
    assert all(attrs.get("alt") for attrs in images)
    headings = [attrs for tag, attrs in document.tags if tag == "th"]
    assert all(attrs.get("scope") in {"col", "row", "rowgroup"} for attrs in headings)
    tables = [tag for tag, _ in document.tags if tag == "table"]
    assert len(tables) == len([tag for tag, _ in document.tags if tag == "caption"])


def test_the_same_result_gives_the_same_report(bare_result, bare_html):
    again = render_report(bare_result)
    assert again.html == bare_html
    assert again.number in bare_html


def test_every_page_says_research_use_only(virtual_pages):
    assert len(virtual_pages) > 3
    for n, page in enumerate(virtual_pages, start=1):
        assert NOTICE in page.lower()
        assert "not a medical device" in page
        assert f"Page {n} of {len(virtual_pages)}" in page


def test_the_first_page_answers(virtual_result, virtual_pages):
    first = virtual_pages[0]
    assert "812 ± 16 MBq" in first
    assert "21.95 ± 0.44 mCi" in first
    lesion = virtual_result.regions[0]
    assert f"{lesion.mean_dose_gy:.0f} ± {lesion.mean_dose_uncertainty_gy:.0f}" in first
    for word in ("lesion 1", "lesion 2", "liver", "Warnings: 2", "Signature", "virtual patient"):
        assert word in first
    assert "P01" in first
    assert "09:22 (UTC+02:00)" in first


def test_the_pseudonym_stands_on_the_first_page_only(virtual_pages):
    assert not [n for n, page in enumerate(virtual_pages[1:], 2) if "P01" in page]


def test_figures_and_units_are_in_the_pdf(virtual_result, virtual_pages):
    text = " ".join(virtual_pages).replace("\u202f", " ")
    for unit in ("MBq h", "Gy", "mCi", "mL", "MBq", "1/Gy"):
        assert unit in text
    scan = virtual_result.regions[0].scans[3]
    assert f"{scan.activity_mbq:.1f} ± {scan.activity_uncertainty_mbq:.1f}" in text
    mci = (scan.activity_mbq / MBQ_PER_MCI, scan.activity_uncertainty_mbq / MBQ_PER_MCI)
    assert f"{mci[0]:.2f} ± {mci[1]:.2f}" in text
    for word in ("mono-exponential (81 %)", "abababab", "ICRP-107", "SimpleITK", "rigid CT to CT"):
        assert word in text
    assert virtual_result.warnings[0] in text


def test_figures_that_are_not_valid_are_struck_and_explained(virtual_html):
    assert re.search(r"<s>[\d.]+</s><sup>a</sup>", virtual_html)
    assert re.search(r"<s>62\u202f%</s>", virtual_html)
    assert "D98 and V are not valid: 18 mm across, less than two FWHM (32 mm)." in words(
        virtual_html
    )


def test_truth_and_difference_stand_beside_each_figure(virtual_html, bare_html):
    text = words(virtual_html)
    # the fixture's truth is 1.043 times each dose and 1.031 times each TIA
    assert text.count("−4.1\u202f%") >= 16  # first page and table
    assert text.count("−3.0\u202f%") >= 8
    assert "Truth" not in words(bare_html)


def test_lesions_come_first(virtual_result):
    turned = replace(virtual_result, regions=virtual_result.regions[::-1])
    assert [f.name for f in summarise(turned).lesions] == ["lesion 2", "lesion 1"]
    for table in (tabulate_doses(turned), tabulate_truth(turned), tabulate_fits(turned)):
        assert [row.heading for row in table.rows][:2] == ["lesion 2", "lesion 1"]


def test_courses_are_told_apart(repeated_html):
    text = words(repeated_html)
    assert "Course 1: 812 ± 16 MBq" in text
    assert "Course 2: 812 ± 16 MBq" in text
    assert "over all courses" in text
    assert "lesion 1, course 2" in text


def test_without_ct_truth_and_histograms(bare_html):
    assert "Where the injection went" not in bare_html  # no injection was followed
    text = words(bare_html)
    assert "no CT: the dose alone" in text
    assert "uncertainty not stated" in text
    assert "Gross: the residual in the syringe was not measured" in text
    assert "No dose-volume histogram was made for this region." in text
    assert "Warnings: none" in text


def test_text_from_the_case_cannot_act():
    result = sample_result()
    lesion = replace(result.regions[0], name=EVIL, warnings=(EVIL,))
    mask = Region(name=EVIL, mask=result.masks[0].mask, grid=result.masks[0].grid)
    evil = replace(
        result, patient=EVIL, agent=EVIL, regions=(lesion, result.regions[1]),
        masks=(mask, result.masks[1]), warnings=(EVIL,),
    )  # fmt: skip
    html = render_report(evil).html
    document = outline(html)
    assert document.faults == []
    assert not [tag for tag, _ in document.tags if tag == "script"]
    assert not [a for _, attrs in document.tags for a in attrs if a.startswith("on")]
    for address in document.addresses:
        assert address.startswith(("data:image/", "#"))
    for svg in embedded_svgs(html):
        ET.fromstring(svg)
        assert "<script" not in svg
    assert html_to_pdf(html).startswith(b"%PDF-")


def test_what_could_not_be_computed_says_so():
    result = sample_result()
    nan = float("nan")
    lost = replace(
        result.regions[0], mean_dose_gy=nan, mean_dose_uncertainty_gy=nan, tia_mbq_h=nan,
        tia_uncertainty_mbq_h=nan, voxel_mean_dose_gy=nan, volume_ml=nan,
        scans=tuple(replace(s, activity_mbq=nan) for s in result.regions[0].scans),
        curves=tuple(
            replace(c, tia_mbq_h=nan, effective_half_life_h=None, activity_mbq=c.hours * nan)
            for c in result.regions[0].curves
        ),
        dvh=replace(result.regions[0].dvh, d98_gy=nan, dose_gy=np.array([nan, nan]),
                    volume_share=np.array([1.0, 0.0])),
        shares=tuple(replace(s, variance_share=nan) for s in result.regions[0].shares),
    )  # fmt: skip
    html = render_report(replace(result, regions=(lost, result.regions[1]))).html
    text = words(html)
    assert not re.search(r"\bnan\b", text, re.IGNORECASE)
    assert "not available" in text
    assert "No finite mean dose: see this region's warnings." in text
    assert html_to_pdf(html).startswith(b"%PDF-")


def test_counting_that_is_not_known_is_not_called_nothing():
    result = sample_result()
    blind = tuple(
        replace(
            region,
            scans=tuple(replace(scan, random_uncertainty_mbq=None) for scan in region.scans),
        )
        for region in result.regions
    )
    table = tabulate_scans(replace(result, regions=blind))
    assert {row.cells[4].text for row in table.rows} == {"not known"}
    assert "not known" not in {row.cells[4].text for row in tabulate_scans(result).rows}


def test_many_warnings_are_counted_and_listed_in_full():
    warnings = tuple(f"warning number {n}" for n in range(9))
    text = words(render_report(replace(sample_result(), warnings=warnings)).html)
    assert "Warnings: 9" in text
    assert "and 4 more" in text
    for warning in warnings:
        assert warning in text


def test_long_names_and_many_doses_stay_on_the_page():
    result = sample_result()
    dvh = replace(
        result.regions[0].dvh, volume_shares_at=tuple((10.0 * n, 0.5) for n in range(1, 7))
    )
    lesion = replace(result.regions[0], name="metastasis" * 12, dvh=dvh)
    long = replace(result, regions=(lesion, result.regions[1]), masks=result.masks[1:])
    html = render_report(long).html
    assert "V at 60.0 Gy" in words(html)
    places = []

    def note(text, frame, matrix, _font, _size):
        places.append((frame[0] * matrix[4] + frame[4], text.strip()))

    pages = pypdf.PdfReader(io.BytesIO(html_to_pdf(html))).pages
    for page in pages:
        page.extract_text(visitor_text=note)
    right_margin = float(pages[0].mediabox.width) - 45.0
    assert len(places) > 100
    assert not [text for x, text in places if text and x > right_margin]


def test_the_layout_has_nothing_to_complain_of(virtual_html, caplog):
    html_to_pdf(virtual_html)
    assert [record.message for record in caplog.records] == []


def test_an_empty_case_of_regions_is_a_report_too():
    result = replace(
        sample_result(), regions=(), masks=(), pictures=(), registrations=(), anatomy=None
    )
    assert "No region is named as a lesion." in words(render_report(result).html)


def test_the_pdf_fetches_nothing():
    with pytest.raises(OutputError, match="outside itself"):
        html_to_pdf("<html><title>t</title><img src='file:///etc/hostname' alt='x'></html>")


def test_a_missing_text_library_is_said(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(OutputError, match="make system"):
        html_to_pdf("<p>x</p>")


def test_the_fonts_place_does_not_leak(virtual_html):
    pdf = html_to_pdf("<html lang='en'><title>t</title><p>x</p></html>")
    assert b"file://" not in pdf
    assert b"ttf" not in pdf.lower()
    assert "file:" not in re.sub(r"base64,[A-Za-z0-9+/=]+", "", virtual_html)
