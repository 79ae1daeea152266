"""The nightly update is refused only where the log shows it worse."""

from __future__ import annotations

from tests.runs.conftest import LATER, Past, believed

from retinue.decisions.artefacts import ModelStore
from retinue.learning.off_policy.nightly import keep_better
from retinue.pipeline.stages import MODELS, RECEIPTS


def update(past: Past, campaign: str, fresh, as_of=LATER):
    with past.opened() as retinue:
        state = retinue.settings.state
        model = past.root / "new.model"
        model.write_bytes(fresh.to_bytes())
        told = keep_better(
            model,
            (state / "runs" / campaign / RECEIPTS,),
            ModelStore(state / MODELS),
            retinue.warehouse,
            as_of,
            window_days=90,
        )
    return told, model.read_bytes()


def test_a_worse_model_leaves_the_former_in_use(past: Past) -> None:
    """Offers drive customers away, and the new model believes in them."""
    campaign = past.run(keeps=lambda name: 0.0 if name == "none" else -0.8)
    told, kept = update(past, campaign, believed(offers=2.0))
    assert told is not None
    assert "stays in use" in told
    assert kept == believed().to_bytes()


def test_a_better_or_unproven_model_replaces_it(past: Past) -> None:
    campaign = past.run(keeps=lambda name: 0.0 if name == "none" else 0.8)
    fresh = believed(offers=2.0)
    assert update(past, campaign, fresh) == (None, fresh.to_bytes())


def test_without_outcomes_nothing_is_shown(past: Past) -> None:
    campaign = past.run(n=300, outcomes=False)
    fresh = believed(offers=2.0)
    assert update(past, campaign, fresh) == (None, fresh.to_bytes())
