"""What a load did: per file and table, how many rows went where, and what was taken for granted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

__all__ = ["FileReport", "LoadReport"]


@dataclass(slots=True)
class FileReport:
    """One file (or one table of another source).

    Every row read is counted once: `read = loaded + corrected + unchanged + duplicates + skipped +
    quarantined`. `loaded` are rows of a key not known before, `corrected` newer (or late, older) versions
    of a known key, `unchanged` rows the warehouse knows already, `duplicates` exact copies within the file,
    `skipped` rows the mapping's `where` leaves out.
    """

    source: str
    table: str
    file: str
    read: int = 0
    loaded: int = 0
    corrected: int = 0
    unchanged: int = 0
    duplicates: int = 0
    skipped: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    """Rows set aside, by reason code."""
    assumptions: list[str] = field(default_factory=list)
    seen_before: bool = False
    """The file and its mapping are as they were at the last load, so it was not read again."""
    seconds: float = 0.0

    @property
    def quarantined(self) -> int:
        return sum(self.reasons.values())

    def as_dict(self) -> dict[str, Any]:
        """For `--json`; without the time taken, which no two runs share."""
        return {
            "source": self.source,
            "table": self.table,
            "file": self.file,
            "read": self.read,
            "loaded": self.loaded,
            "corrected": self.corrected,
            "unchanged": self.unchanged,
            "duplicates": self.duplicates,
            "skipped": self.skipped,
            "quarantined": self.quarantined,
            "reasons": dict(sorted(self.reasons.items())),
            "seen_before": self.seen_before,
        }


@dataclass(slots=True)
class LoadReport:
    """All files of one load.

    >>> file = FileReport("shop", "events", "e.csv", read=3, loaded=2, reasons={"bad_date": 1})
    >>> report = LoadReport(files=[file])
    >>> report.quarantined, report.reasons
    (1, {'bad_date': 1})
    """

    files: list[FileReport] = field(default_factory=list)
    released: int = 0
    """Rows set aside earlier that could be loaded now, e.g. because their customer has arrived."""
    notes: list[str] = field(default_factory=list)

    def _sum(self, name: str) -> int:
        return sum(getattr(f, name) for f in self.files)

    @property
    def read(self) -> int:
        return self._sum("read")

    @property
    def loaded(self) -> int:
        return self._sum("loaded")

    @property
    def corrected(self) -> int:
        return self._sum("corrected")

    @property
    def unchanged(self) -> int:
        return self._sum("unchanged")

    @property
    def duplicates(self) -> int:
        return self._sum("duplicates")

    @property
    def skipped(self) -> int:
        return self._sum("skipped")

    @property
    def quarantined(self) -> int:
        return self._sum("quarantined")

    @property
    def reasons(self) -> dict[str, int]:
        """Rows set aside, by reason code, over all files."""
        total: Counter[str] = Counter()
        for file in self.files:
            total.update(file.reasons)
        return dict(sorted(total.items()))

    @property
    def assumptions(self) -> list[str]:
        """What was taken for granted, in sentences, each once."""
        said = dict.fromkeys(self.notes)
        for file in self.files:
            said.update(dict.fromkeys(file.assumptions))
        return list(said)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`; the same input gives the same bytes."""
        names = ("read", "loaded", "corrected", "unchanged", "duplicates", "skipped", "quarantined")
        return {
            **{name: getattr(self, name) for name in names},
            "reasons": self.reasons,
            "released": self.released,
            "assumptions": self.assumptions,
            "files": [file.as_dict() for file in self.files],
        }
