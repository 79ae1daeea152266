"""Letters: the same bytes for the same letter, readable, and nothing garbled."""

from __future__ import annotations

import zlib
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from retinue.errors import UsageError
from retinue.privacy.letters import Letter, Section, as_html, as_pdf, as_text
from retinue.privacy.letters.rights import rights

LETTER = Letter(
    "Über <Ihre> Entscheidung",
    date(2026, 2, 14),
    "Shop & Söhne",
    (
        Section("Why", ("It costs 12,50 € – “quoted”.",), ("one", "two")),
        rights("privacy@shop.example", "dec_1"),
    ),
    "dec_1",
)
DEJAVU = Path("/usr/share/fonts/truetype/dejavu")


class Tags(HTMLParser):
    """The tags of a page, and whether each was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert not any(name.startswith("on") or name == "src" for name, _ in attrs)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_runs_and_loads_nothing() -> None:
    page = as_html(LETTER)
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert not {"script", "img", "link", "iframe", "form"} & set(tags.seen)
    assert tags.seen.count("h1") == 1
    assert '<html lang="en">' in page
    assert "&lt;Ihre&gt;" in page
    assert "<Ihre>" not in page


def test_the_same_letter_is_the_same_bytes() -> None:
    assert as_pdf(LETTER) == as_pdf(LETTER)
    assert as_html(LETTER) == as_html(LETTER)
    assert as_pdf(LETTER) != as_pdf(
        Letter("Other", *[getattr(LETTER, n) for n in ("day", "sender", "sections")])
    )


def test_the_euro_stands_in_the_pdf_as_windows_has_it() -> None:
    pdf = as_pdf(LETTER)
    streams = [
        zlib.decompress(part.split(b"endstream")[0].strip(b"\r\n")) for part in pdf.split(b"stream\n")[1::2]
    ]
    assert any("12,50 €".encode("cp1252") in stream for stream in streams)
    assert b"WinAnsiEncoding" in pdf


def test_signs_of_other_alphabets_are_shown_or_refused_never_garbled() -> None:
    greek = Letter("Γειά σου Łukasz", LETTER.day, "Shop", ())
    with pytest.raises(UsageError, match="cannot show the signs"):
        as_pdf(greek, fonts=())
    with pytest.raises(UsageError, match="日"):
        as_pdf(Letter("日本", LETTER.day, "Shop", ()))
    if DEJAVU.is_dir():
        assert as_pdf(greek) == as_pdf(greek)
        assert b"DejaVu" in as_pdf(greek)


def test_a_letter_says_what_one_can_do() -> None:
    text = as_text(LETTER)
    for word in (
        "privacy@shop.example",
        "Object",
        "Ask for a person",
        "copy",
        "erasure",
        "supervisory authority",
    ):
        assert word in text
