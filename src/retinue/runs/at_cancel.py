"""What a finished run leaves for the cancel button (`retinue.campaigns.cancel_moment`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.campaigns.cancel_moment.facts import FACTS, Known, Shared, known_rows, write_facts
from retinue.pipeline.stages import ASSESSMENTS, RECEIPTS, RESPONSE_MODEL, Stages, read_table
from retinue.store.runs import list_runs

if TYPE_CHECKING:
    import pandas as pd

    from retinue.runs.base import Opened

__all__ = ["leave_facts"]

_AFTER = timedelta(seconds=1)  # the run's own decisions are on record from then on


def leave_facts(retinue: Opened, stages: Stages, run_id: str, folder: Path) -> int:
    """Write the facts of every active customer beside the run's receipts; how many they are.

    Guards are read as of the present, so that a word on consent that came after the run's time is heeded.
    """
    from retinue.campaigns.cancel_clicks import cancel_requests
    from retinue.campaigns.cancel_moment.probability import carried_out
    from retinue.decisions.receipt_file import read_run
    from retinue.decisions.replay import RESPONSE
    from retinue.decisions.terms import Terms

    made_at = max(retinue.clock, stages.as_of + _AFTER)
    models = stages.keep_models(stages.train())
    taught = stages.learn()
    if taught.facts["learned"]:
        models[RESPONSE] = stages.model_store().put(taught.path(RESPONSE_MODEL).read_bytes())
    asked = cancel_requests(stages.warehouse, stages.settings, made_at, least=1)
    requests: dict[str, list[tuple[float, float, bool, bool]]] = {}
    for customer, first, last, back, paid in zip(
        asked["customer_id"],
        asked["first"],
        asked["last"],
        asked["taken_back"],
        asked["paid_for"],
        strict=True,
    ):
        requests.setdefault(customer, []).append(
            (first.timestamp(), last.timestamp(), bool(back), bool(paid))
        )
    run = read_run(folder / RECEIPTS)
    terms = Terms.from_dict(run["terms"])
    # at the button there is no later day to watch for
    terms = terms.under(replace(terms.thresholds, monitor_up_to=terms.thresholds.act_above))
    shared = Shared(
        run_id=run_id,
        as_of=stages.as_of,
        made_at=made_at,
        columns=[],
        models=models,
        terms=terms.as_dict(),
        budget=run["budget"],
        carried=carried_out(stages.warehouse, retinue.settings, stages.as_of).as_dict(),
    )
    written = _written(folder / FACTS, stages, shared, requests)
    _forget(retinue, folder)
    return written


def _forget(retinue: Opened, folder: Path) -> None:
    """Remove the facts of older runs, except of the newest, which a service reads until this one is done."""
    done = [run.campaign_id for run in list_runs(retinue.store, limit=1_000) if run.finished_at is not None]
    for name in done[1:]:
        if name != folder.name:
            (folder.parent / name / FACTS).unlink(missing_ok=True)


def _written(path: Path, stages: Stages, shared: Shared, requests: dict[str, Any]) -> int:
    import msgspec

    from retinue.campaigns.withheld import withheld
    from retinue.decisions.receipt import column_types, plain_rows

    profiles = stages.profiles()
    assessed = read_table(stages.assess().path(ASSESSMENTS))
    parts = stages.frames(profiles, stages.active(profiles))
    first = stages.with_attributes(next(iter(parts)))
    columns = column_types(first)
    names = [name for name, _ in columns]

    def rows() -> Iterator[tuple[str, Known]]:
        for part in _and_then(first, parts):
            frame = part if part is first else stages.with_attributes(part)
            # an attribute that nobody in this part has
            frame = frame.reindex(columns=["customer_id", "as_of", *names])
            ids = frame["customer_id"].tolist()
            own: pd.DataFrame = assessed.set_index("customer_id").loc[ids].drop(columns=["as_of"])
            yield from known_rows(
                ids,
                plain_rows(frame.drop(columns=["customer_id", "as_of"])),
                plain_rows(own),
                withheld(stages.warehouse, stages.settings, ids, shared.made_at).tolist(),
                requests,
            )

    return write_facts(path, msgspec.structs.replace(shared, columns=columns), rows())


def _and_then(first: pd.DataFrame, rest: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    yield first
    yield from rest
