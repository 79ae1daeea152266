"""A letter as a PDF: the same letter gives the same bytes.

The fonts that every reader of PDFs has know the letters of Western Europe and the euro (Windows-1252). What
else stands in a letter, a Greek or Polish name say, needs a font of its own: DejaVu Sans is taken where the
machine has it, and where it has not, the letter is refused with the signs it would have garbled.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from retinue.errors import UsageError
from retinue.privacy.letters.document import Letter, as_text, day_in_words

__all__ = ["as_pdf"]

_ENCODING = "cp1252"
_FONTS = (
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts/dejavu-sans-fonts"),
    Path("/usr/share/fonts/TTF"),
    Path("/Library/Fonts"),
)
_FAMILY = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}


def as_pdf(letter: Letter, *, fonts: tuple[Path, ...] = _FONTS) -> bytes:
    """The PDF. fonts: folders in which DejaVu Sans is looked for where it is needed.

    Raises UsageError for signs that no font here can show.
    """
    from fpdf import FPDF

    pdf: Any = FPDF(format="A4")
    pdf.set_creation_date(datetime.combine(letter.day, time(), UTC))
    pdf.set_title(letter.title)
    pdf.set_author(letter.sender)
    pdf.set_lang("en")
    pdf.set_margins(22, 22, 22)
    pdf.set_auto_page_break(True, margin=22)
    family = _font(pdf, letter, fonts)
    pdf.add_page()
    _write(pdf, family, "B", 17, letter.title, above=0)
    _write(pdf, family, "", 10, f"{letter.sender}, {day_in_words(letter.day)}", above=2)
    if letter.reference:
        _write(pdf, family, "", 10, f"Reference: {letter.reference}", above=0)
    for section in letter.sections:
        if pdf.will_page_break(26):  # a heading does not stand alone at the foot of a page
            pdf.add_page()
        _write(pdf, family, "B", 12, section.title, above=5)
        for sentence in section.sentences:
            _write(pdf, family, "", 10.5, sentence, above=1)
        for item in section.items:
            _write(pdf, family, "", 10.5, item, above=1, mark="\u2022")
    return bytes(pdf.output())


def _font(pdf: Any, letter: Letter, fonts: tuple[Path, ...]) -> str:
    """The family in which everything can be written."""
    text = as_text(letter)
    try:
        text.encode(_ENCODING)
    except UnicodeEncodeError:
        pass
    else:
        pdf.core_fonts_encoding = _ENCODING
        return "Helvetica"
    folder = next((one for one in fonts if all((one / name).is_file() for name in _FAMILY.values())), None)
    strange = sorted({c for c in text if not _western(c)})
    if folder is not None:
        from fontTools.ttLib import TTFont

        with TTFont(folder / _FAMILY[""]) as font:
            known = font.getBestCmap()
        strange = [c for c in strange if ord(c) not in known]
    if folder is None or strange:
        raise UsageError(
            f"A PDF here cannot show the signs {' '.join(strange[:10])}.",
            where="letter",
            fix="Install the font DejaVu Sans (package fonts-dejavu-core), or take the page: --html.",
        )
    for style, name in _FAMILY.items():
        pdf.add_font("DejaVu", style, str(folder / name))
    return "DejaVu"


def _western(sign: str) -> bool:
    try:
        sign.encode(_ENCODING)
    except UnicodeEncodeError:
        return False
    return True


def _write(
    pdf: Any, family: str, style: str, size: float, text: str, *, above: float, mark: str | None = None
) -> None:
    pdf.ln(above)
    pdf.set_font(family, style, size)
    height = size * 0.5
    if mark is not None:
        pdf.cell(5, height, mark)
    left = pdf.l_margin
    if mark is not None:
        pdf.set_left_margin(left + 5)
    pdf.multi_cell(0, height, text, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.set_left_margin(left)
    pdf.set_x(left)
