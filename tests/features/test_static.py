"""The static path: a wide file without dates becomes a frame, labels and named codes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retinue.errors import DataError
from retinue.features import read_static

AS_OF = datetime(2020, 1, 1, tzinfo=UTC)
WIDE = """id,plan,minutes,vip,left,secret
b,gold,1.5,true,Yes,9
a,silver, ,false,No,8
c,gold,inf,TRUE,,7
d,,7,false,No,6
"""


def test_columns_become_numbers_and_codes(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(WIDE, encoding="utf-8")
    data = read_static(path, customer_id="id", label="left", positive="Yes", drop=["secret"], as_of=AS_OF)
    assert list(data.frame.columns) == ["customer_id", "as_of", "plan", "minutes", "vip"]
    assert list(data.frame["customer_id"]) == ["a", "b", "c", "d"]
    assert data.frame["as_of"].dtype == "datetime64[us]"
    np.testing.assert_array_equal(data.frame["plan"], [1, 0, 0, np.nan])
    np.testing.assert_array_equal(data.frame["minutes"], [np.nan, 1.5, np.nan, 7])
    np.testing.assert_array_equal(data.frame["vip"], [0, 1, 1, 0])
    np.testing.assert_array_equal(data.labels, [0, 1, np.nan, 0])
    assert data.categories == {"plan": ("gold", "silver")}


def test_parquet_gives_the_same(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"id": [2, 1], "plan": ["x", None], "n": [1, 2], "flag": [True, False], "left": [1, 0]}
    )
    frame.to_parquet(tmp_path / "wide.parquet")
    data = read_static(tmp_path / "wide.parquet", customer_id="id", label="left", positive="1", as_of=AS_OF)
    assert list(data.frame["customer_id"]) == ["1", "2"]
    np.testing.assert_array_equal(data.frame["plan"], [np.nan, 0])
    np.testing.assert_array_equal(data.frame["n"], [2, 1])
    np.testing.assert_array_equal(data.frame["flag"], [0, 1])
    np.testing.assert_array_equal(data.labels, [0, 1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"customer_id": "nr"}, "no column 'nr'"),
        ({"drop": ["x"]}, "no column 'x'"),
        ({"customer_id": "plan"}, "one row per customer"),
        ({"positive": "Maybe"}, "No row has left = 'Maybe'"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, options: dict[str, str], message: str) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(WIDE, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_static(
            path, **{"customer_id": "id", "label": "left", "positive": "Yes", "as_of": AS_OF, **options}
        )


@pytest.mark.data
def test_ibm_telco(real_data: Path) -> None:
    path = real_data / "telco_ibm" / "telco_customer_churn.csv.gz"
    data = read_static(path, customer_id="customerID", label="Churn", positive="Yes", as_of=AS_OF)
    assert data.frame.shape == (7043, 21)
    assert data.labels.mean() == pytest.approx(0.2654, abs=1e-4)
    assert int(data.frame["TotalCharges"].isna().sum()) == 11
    assert data.categories["Contract"] == ("Month-to-month", "One year", "Two year")
