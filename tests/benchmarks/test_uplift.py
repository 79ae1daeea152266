"""The uplift page, on a small made-up test of two e-mails."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from benchmarks.uplift import hillstrom
from benchmarks.uplift.measure import measure
from benchmarks.uplift.page import page

HEAD = "recency,history_segment,history,mens,womens,zip_code,newbie,channel,segment,visit,conversion,spend\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    rng = np.random.default_rng(0)
    lines = []
    for _ in range(900):
        arm = hillstrom.ARMS[rng.integers(3)]
        womens = rng.integers(2)
        visit = int(rng.random() < 0.2 + 0.5 * womens * (arm == "Womens E-Mail"))
        lines.append(
            f'{rng.integers(1, 13)},"7) $1,000 +",{rng.integers(30, 900)},1,{womens},'.replace('"', "")
            + f"Rural,0,Web,{arm},{visit},{visit},{30.0 * visit}\n"
        )
    file = tmp_path_factory.mktemp("uplift") / "hillstrom.csv.gz"
    file.write_bytes(gzip.compress((HEAD + "".join(lines)).encode()))
    return hillstrom.read(file)


def test_thousands_do_not_break_the_columns(data):
    assert data.X.shape == (900, 7)
    assert set(np.unique(data.treatment)) == {0, 1, 2}


def test_the_page_says_what_is_so(data):
    found = measure(data, lambda line: None, pairs=2)
    text = page(found)
    assert "| Womens E-Mail | visit | Targeting by uplift beats random" in text
    assert "| Mens E-Mail | visit | There is no evidence that targeting by uplift beats random" in text
    assert text.count("| DR |") == 6
    policy = found["values"]["visit"]
    assert policy["values"]["best by uplift"][0] > policy["values"]["No E-Mail"][0]
    assert sum(policy["shares"].values()) == pytest.approx(1)
