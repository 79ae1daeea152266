"""The page stands alone, escapes what comes from data, and shows something sensible for nothing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.report import RunReport, render_html
from retinue.report.charts import bars, calibration_curve, funnel
from retinue.report.words import incentive_words

VOID = {"meta", "line", "rect", "circle", "polyline", "br"}


class Page(HTMLParser):
    """Collects elements, attributes and text, and checks that every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_stands_alone(text: str) -> Page:
    page = Page(text)
    for tag, attributes in page.elements:
        assert tag not in {"script", "img", "iframe", "link", "object", "embed", "form", "a", "base"}
        for name in attributes:
            assert not name.startswith("on"), f"{tag} {name}"
            assert name not in {"src", "href", "srcset", "action", "style", "data"}
    style = re.findall(r"<style>(.*?)</style>", text, re.S)
    assert len(style) == 1
    assert "@import" not in style[0]
    assert "url(" not in style[0]
    assert "://" not in style[0]
    return page


def test_a_page_shows_the_runs_numbers(report: RunReport) -> None:
    page = assert_stands_alone(render_html(report))
    for shown in (
        "CAMP_2026_02_14_001",
        "northwind-cloud",
        "1,312",
        "1,843,211",
        "118,421",
        "Review first",
        "15 % discount for 3 months",
        "credit of 25",
        "Logins fell 62 %",
        "0.842",
        "logistic regression",
        "Enterprise",
        "negative amount",
        "Split by time",
    ):
        assert shown in page.text, shown
    assert sum(tag == "tr" for tag, _ in page.elements) > 40
    assert "http" not in re.sub(r"http-equiv", "", render_html(report))


def test_the_best_25_offers_are_shown_and_those_left_alone_are_not(report: RunReport) -> None:
    actions = [dict(a) for a in report.campaign["actions"]]
    actions[0]["recommended_incentive"] = None
    shown = Page(render_html(replace(report, campaign={**report.campaign, "actions": actions})))
    assert actions[0]["customer_id"] not in shown.text
    assert actions[25]["customer_id"] in shown.text
    assert "the best 25 offers" in shown.text


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</style><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onload='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "<!-- -->",
    "&lt;b&gt;",
    "javascript:alert(1)//https://evil.example",
    "\u202egnirts\u0000\u0008",
    "客" * 300,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_data_is_only_ever_text(report: RunReport, text: str) -> None:
    actions = [{**a, "customer_id": text, "reasons": [text] * 3} for a in report.campaign["actions"]]
    assert report.load is not None
    hostile = replace(
        report,
        project=text,
        currency=text,
        campaign={**report.campaign, "actions": actions},
        evaluation={**report.evaluation, "statement": text, "notes": [text]},
        tiers=[{**row, "tier": text} for row in report.tiers],
        segments=[{**row, "segment": text} for row in report.segments],
        models=dict.fromkeys(report.models, text),
        load={
            "tables": [{**row, "table": text} for row in report.load["tables"]],
            "quarantined": {text: 1},
            "assumptions": [text],
        },
    )
    page = assert_stands_alone(render_html(hostile))
    plain = assert_stands_alone(render_html(report))
    if "\u0000" not in text:
        assert page.text.count(text) > 25
    titles = [tag for tag, _ in page.elements if tag in ("td", "li", "h1", "svg")]
    assert len(titles) <= len([tag for tag, _ in plain.elements if tag in ("td", "li", "h1", "svg")])


def test_an_empty_campaign_without_evaluation_says_what_to_do(empty_report: RunReport) -> None:
    page = assert_stands_alone(render_html(empty_report))
    assert "No customer is above the threshold" in page.text
    assert "not evaluated" in page.text
    assert "Nothing new was loaded" in page.text
    assert "nan" not in page.text.lower().split()


def test_missing_numbers_are_dashes(report: RunReport) -> None:
    actions = [
        {**a, "churn_probability": None, "clv_low": None, "confidence": None, "reasons": []}
        for a in report.campaign["actions"]
    ]
    evaluation = {
        **report.evaluation,
        "measures": {"auc": {"value": 0.8, "low": None, "high": None}},
        "baselines": {"recency": {}},
    }
    page = Page(
        render_html(replace(report, campaign={**report.campaign, "actions": actions}, evaluation=evaluation))
    )
    assert "– – –" in page.text
    assert "None" not in page.text


def test_two_renderings_are_the_same_bytes(report: RunReport) -> None:
    assert render_html(report) == render_html(report)


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 (our own drawing)


NUMBERS = st.floats(0, 1e12) | st.sampled_from([float("nan"), float("inf"), -5.0])


@given(
    st.lists(
        st.tuples(
            st.text(alphabet=st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=20), NUMBERS
        ),
        max_size=6,
    )
)
def test_bars_stay_inside_the_drawing(rows: list[tuple[str, float]]) -> None:
    drawn = bars(rows, unit="EUR")
    if not rows:
        assert drawn == ""
        return
    for rect in parsed(drawn).iter("rect"):
        assert 0 < float(rect.attrib["width"]) <= 520 - float(rect.attrib["x"]) - 100


@given(st.lists(st.tuples(*[st.floats(-0.5, 1.5) | st.just(float("nan"))] * 4), max_size=5))
def test_the_calibration_curve_stays_inside_the_square(points: list[Any]) -> None:
    drawn = calibration_curve(points)
    if drawn:
        for dot in parsed(drawn).iter("circle"):
            assert 58 <= float(dot.attrib["cx"]) <= 358
            assert 14 <= float(dot.attrib["cy"]) <= 314


def test_the_funnel_shows_counts_and_shares() -> None:
    drawn = "".join(parsed(funnel([("All", 200), ("Half", 100), ("None", 0), ("After", 0)])).itertext())
    assert "200" in drawn
    assert "(50%)" in drawn
    assert "(0%)" in drawn


@pytest.mark.parametrize(
    ("incentive", "words"),
    [
        (None, "–"),
        ({"type": "percentage_discount", "value": 5, "duration_months": 1}, "5 % discount for 1 month"),
        ({"type": "free_upgrade", "value": 50, "duration_months": 3}, "free upgrade for 3 months"),
        ({"type": "loyalty_points", "value": 15, "duration_months": None}, "loyalty points worth 15"),
        (
            {"type": "personalized_bundle", "value": 10, "duration_months": 1},
            "bundle at 10 % off for 1 month",
        ),
        ({"type": "own_idea", "value": 2.5, "duration_months": None}, "own idea (2.5)"),
        ({"type": "own_idea", "value": None}, "own idea"),
    ],
)
def test_incentives_in_words(incentive: Any, words: str) -> None:
    assert incentive_words(incentive) == words


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_have_enough_contrast(report: RunReport, theme: int) -> None:
    style = re.findall(r"<style>(.*?)</style>", render_html(report), re.S)[0]
    block = re.findall(r":root \{(.*?)\}", style, re.S)[theme]
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))

    def contrast(one: str, other: str) -> float:
        low, high = sorted((luminance(colours[one]), luminance(colours[other])))
        return (high + 0.05) / (low + 0.05)

    for text in ("ink", "soft"):
        for ground in ("paper", "card", "track"):
            assert contrast(text, ground) >= 4.5, (text, ground)
    assert contrast("c", "tint") >= 4.5
    for mark in "abc":
        assert contrast(mark, "card") >= 3
