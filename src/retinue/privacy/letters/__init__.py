"""Letters to customers: a document of headings, sentences and lists, as a page (HTML), a PDF or plain text.

The same document gives the same bytes in each of them, on any day.

>>> from datetime import date
>>> letter = Letter("About you", date(2026, 2, 14), "Shop", (Section("Why", ("Because.",)),))
>>> print(as_text(letter))
About you
Shop, 14 February 2026
<BLANKLINE>
Why
Because.
<BLANKLINE>
"""

from __future__ import annotations

from retinue.privacy.letters.document import Letter, Section, as_text, day_in_words
from retinue.privacy.letters.html import as_html
from retinue.privacy.letters.pdf import as_pdf

__all__ = ["Letter", "Section", "as_html", "as_pdf", "as_text", "day_in_words"]
