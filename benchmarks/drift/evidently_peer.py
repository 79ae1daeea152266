"""Evidently's side: `python evidently_peer.py report|functions REFERENCE CURRENT OUT`.

`report` is what its documentation shows: a Report with a ValueDrift for each feature and method. `functions`
calls only its two functions of PSI and KL divergence, on columns cleaned as the report cleans them: no
report, no drawings, nothing but the numbers.

Needs evidently 0.7, pandas below 3 and pyarrow; nothing of Retinue.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main() -> None:
    began = time.process_time()
    import numpy as np
    import pandas as pd
    import pyarrow.parquet  # noqa: F401
    from evidently import DataDefinition, Dataset, Report
    from evidently.legacy.calculations.stattests import kl_div_stat_test, psi_stat_test
    from evidently.legacy.calculations.stattests.registry import get_stattest
    from evidently.legacy.core import ColumnType
    from evidently.metrics import ValueDrift

    imported = time.process_time()
    way, before, now, out = sys.argv[1:]
    reference, current = pd.read_parquet(before), pd.read_parquet(now)
    read = time.process_time()
    numbers: dict[str, dict[str, float]] = {name: {} for name in reference.columns}
    methods = {"psi": "psi", "kl": "kl_div"}
    if way == "report":
        definition = DataDefinition(
            numerical_columns=list(reference.columns), categorical_columns=[], text_columns=[]
        )
        sides = [Dataset.from_pandas(frame, data_definition=definition) for frame in (current, reference)]
        wanted = [ValueDrift(column=name, method=method) for name in numbers for method in methods.values()]
        snapshot = Report(wanted).run(*sides)
        short = {method: name for name, method in methods.items()}
        for metric in snapshot.dict()["metrics"]:
            config = metric["config"]
            numbers[config["column"]][short[config["method"]]] = float(metric["value"])
    else:
        tests = {"psi": psi_stat_test, "kl": kl_div_stat_test}
        for name in numbers:
            cleaned = [
                frame[name].replace([-np.inf, np.inf], np.nan).dropna() for frame in (reference, current)
            ]
            for short_name, test in tests.items():
                function = get_stattest(*cleaned, ColumnType.Numerical, test)
                result = function(*cleaned, ColumnType.Numerical, None)
                numbers[name][short_name] = float(result.drift_score)
    seconds = {"import": imported - began, "read": read - imported, "work": time.process_time() - read}
    Path(out).write_text(json.dumps({"numbers": numbers, "seconds": seconds}), encoding="utf-8")


if __name__ == "__main__":
    main()
