"""IBM Telco, a public snapshot of 7,043 customers: the honest level of AUC is about 0.845."""

from __future__ import annotations

import pandas as pd
import pytest

from retinue.churn import cross_validated_auc, train_static
from retinue.settings import ChurnSettings

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def telco(real_data):
    file = real_data / "telco_ibm" / "telco_customer_churn.csv.gz"
    if not file.exists():
        pytest.skip(f"{file} is not there: set RETINUE_DATA to the folder of the real data sets")
    rows = pd.read_csv(file).rename(columns={"customerID": "customer_id"})
    rows["TotalCharges"] = pd.to_numeric(rows["TotalCharges"], errors="coerce")
    labels = pd.DataFrame({"customer_id": rows.customer_id, "churned": (rows.pop("Churn") == "Yes") * 1.0})
    return rows, labels


def test_boosting_is_level_with_logistic_regression(telco):
    found = cross_validated_auc(*telco, seed=7)
    assert 0.840 < found["logistic"]["mean"] < 0.852
    assert found["lightgbm"]["mean"] > found["logistic"]["mean"] - 0.002
    assert found["blend"]["mean"] > found["logistic"]["mean"]


def test_one_split_is_calibrated_and_explained(telco):
    frame, labels = telco
    model = train_static(frame, labels, settings=ChurnSettings(), seed=7)
    assert model.kind in ("blend", "lightgbm")
    assert model.evaluation.measure("auc").low > 0.80
    assert model.evaluation.measure("auc").value < 0.90
    assert model.evaluation.measure("calibration_error").value < 0.05
    texts = " ".join(r.text for reasons in model.explain(frame.head(50)) for r in reasons)
    assert "contract: Month-to-month" in texts
