"""Retinue's side: `python ours.py --stream|--memory REFERENCE CURRENT OUT`, `--kept PROFILE CURRENT OUT`.

`--stream` and `--memory` do Evidently's work, from the files or from tables read before. `--kept` counts the
current file into a profile that was learned before, as in daily use. OUT receives the numbers of every
feature and the CPU seconds of the parts.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def main() -> None:
    began = time.process_time()
    import pyarrow.parquet as pq
    from scipy import special  # noqa: F401 - what is loaded anyhow counts as import, not as work

    from retinue.monitoring import Profile, compare_as_evidently, compare_profiles, count_profile

    way, before, now, out = sys.argv[1:]
    imported = time.process_time()
    seconds = {"import": imported - began}
    found: dict[str, Any] = {}
    if way == "--kept":
        profile = Profile.from_dict(json.loads(Path(before).read_text(encoding="utf-8")))
        drift = compare_profiles(profile, count_profile(profile, Path(now)))
        found["rows"] = drift.rows_now
        numbers = {one.feature: {"psi": one.psi, "kl": one.kl} for one in drift.features}
    else:
        sides: list[Any] = [Path(before), Path(now)]
        if way == "--memory":
            sides = [pq.read_table(path) for path in sides]
            seconds["read"] = time.process_time() - imported
        compared = compare_as_evidently(*sides)
        numbers = {name: {"psi": one.psi, "kl": one.kl} for name, one in compared.items()}
    seconds["work"] = time.process_time() - began - sum(seconds.values())
    body = {**found, "numbers": numbers, "seconds": seconds}
    Path(out).write_text(json.dumps(body), encoding="utf-8")


if __name__ == "__main__":
    main()
