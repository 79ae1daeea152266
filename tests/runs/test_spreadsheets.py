"""Whatever is written as CSV is harmless in a spreadsheet, and one place writes it."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd
import pytest

import retinue
from retinue.cli.daily import write_frame
from retinue.runs.spreadsheets import csv_lines

SOURCE = Path(retinue.__file__).parent
WRITERS = re.compile(
    r"csv\.writer|DictWriter|to_csv|CSVWriter|write_csv\(|FORMAT CSV|to_excel", re.IGNORECASE
)
THE_PLACES = {"runs/spreadsheets.py", "simulation/write.py"}
"""The second writes a business that is made up: its names are ours."""

FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://evil.example","x")',
    "+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\0=1",
    "\uff1d1+1",
]


def test_there_is_one_place_that_writes_csv() -> None:
    found = {
        str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if WRITERS.search(path.read_text())
    }
    assert found == THE_PLACES


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_text_and_a_number_is_a_number(text: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"customer_id": [text, "C1"], "clv": [-5.5, None]})
    write_frame(frame, tmp_path / "scores.csv")
    with (tmp_path / "scores.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows == [["customer_id", "clv"], [f"'{text}", "-5.5"], ["C1", ""]]
    assert csv_lines([[text]]).lstrip('"').startswith("'")
