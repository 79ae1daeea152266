"""A letter as one page: plain, readable by a screen reader, made to be printed, without scripts."""

from __future__ import annotations

from html import escape

from retinue.privacy.letters.document import Letter, Section, day_in_words

__all__ = ["as_html"]

_STYLE = """
:root { color-scheme: light; }
body { font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif;
  color: #1b1f24; background: #fff; margin: 0 auto; padding: 2.5rem 1.25rem; max-width: 42rem; }
header { border-bottom: 2px solid #1b1f24; margin-bottom: 1.5rem; padding-bottom: .75rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.1rem; margin: 1.75rem 0 .35rem; }
p { margin: .35rem 0; }
ul { margin: .35rem 0; padding-left: 1.25rem; }
li { margin: .3rem 0; }
.about { color: #454c54; }
@media print { body { padding: 0; max-width: none; font-size: 11pt; } h2 { break-after: avoid; } li, p {
break-inside: avoid; }
  @page { size: A4; margin: 22mm 20mm; } }
""".strip()


def as_html(letter: Letter) -> str:
    """The page; it loads nothing and runs nothing."""
    about = f"{escape(letter.sender)}, {day_in_words(letter.day)}"
    if letter.reference:
        about += f"<br>Reference: {escape(letter.reference)}"
    sections = "\n".join(_section(section) for section in letter.sections)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src '
        "'unsafe-inline'\">\n"
        f"<title>{escape(letter.title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n"
        f'<header>\n<h1>{escape(letter.title)}</h1>\n<p class="about">{about}</p>\n</header>\n'
        f"<main>\n{sections}\n</main>\n</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    lines = ["<section>", f"<h2>{escape(section.title)}</h2>"]
    lines += [f"<p>{escape(sentence)}</p>" for sentence in section.sentences]
    if section.items:
        lines += ["<ul>", *(f"<li>{escape(item)}</li>" for item in section.items), "</ul>"]
    return "\n".join([*lines, "</section>"])
