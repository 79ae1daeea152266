"""The stages of a run, each kept under the hash of its inputs.

`training → profiles → train → assess → learn → decide`; a stage asks for the ones before it, so any of them
can be called alone and finds what is already there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.errors import NotEnoughData
from retinue.pipeline.artefacts import Artefact, Artefacts
from retinue.pipeline.observer import Timeline
from retinue.pipeline.visible import visible_hash
from retinue.settings import Settings
from retinue.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas as pd

    from retinue.churn import ChurnModel
    from retinue.churn.labels import Definition
    from retinue.decisions.artefacts import ModelStore
    from retinue.decisions.rollout import Rollout
    from retinue.decisions.tables.document import RuleSet
    from retinue.decisions.terms import Terms
    from retinue.features import StaticData
    from retinue.incentives.catalogue import Catalogue
    from retinue.outcomes.gathering import Gathered

__all__ = ["RESPONSE_MODEL", "Stages", "read_table"]

MODELS = "models"
CAMPAIGN, RECEIPTS = "campaign.json", "receipts.parquet"
PROFILES, LABELS, TRAINING = "profiles.parquet", "labels.parquet", "training.parquet"
RESPONSE_MODEL = "response.model"
CHURN_MODEL, VALUE_MODEL, SEGMENT_MODEL = "churn.model", "value.model", "segments.model"
ASSESSMENTS, STATES, RFM = "assessments.parquet", "states.parquet", "rfm.parquet"


@dataclass
class Stages:
    """Everything from the loaded warehouse to decisions, as of one time.

    as_of: aware UTC time; nothing later is seen.
    earlier: run id to receipts of the finished runs before that time.
    stop: asked when decisions are made; who stopped Retinue and why, None while it is not stopped.
    rejected: asked when decisions are made; customers for whom a person rejected an offer lately.
    objected: asked before profiles are made; customers who object to that, beside those the warehouse knows.
    rollout: asked when decisions are made, with a way to the ids of the active customers; the phase of the
    roll-out, None where there is none.
    learns_until: what happened or was learned later says nothing of the response; None for no such bound.
    rules: those of the business that are in force; None for the built-in ones.
    """

    settings: Settings
    warehouse: Warehouse
    artefacts: Artefacts
    as_of: datetime
    timeline: Timeline = field(default_factory=Timeline)
    earlier: Mapping[str, Path] = field(default_factory=dict)
    stop: Callable[[], str | None] = lambda: None
    rejected: Callable[[], frozenset[str]] = frozenset
    objected: Callable[[], frozenset[str]] = frozenset
    rollout: Callable[[Callable[[], set[str]]], Rollout | None] = lambda _: None
    learns_until: datetime | None = None
    rules: RuleSet | None = None
    _done: dict[str, Artefact] = field(default_factory=dict)

    @cached_property
    def data(self) -> str:
        """Hash of what is visible at `as_of`."""
        return visible_hash(self.warehouse, self.as_of)

    @cached_property
    def left_out(self) -> frozenset[str]:
        """Customers of whom no profile is made: they objected to it by now, or were erased."""
        from retinue.campaigns.profiling import erased_names, objectors

        return objectors(self.warehouse) | self.objected() | erased_names(self.warehouse)

    @cached_property
    def definition(self) -> str:
        """Which definition of churn applies: inactivity, contractual or static."""
        return "static" if self.settings.churn.definition == "static" else self._dated

    @cached_property
    def _dated(self) -> Definition:
        from retinue.churn import resolve_definition

        return resolve_definition(self.warehouse, self.settings.churn)

    @cached_property
    def static(self) -> StaticData | None:
        """The wide table of a business without dates; None for any other."""
        return self.require_static() if self.definition == "static" else None

    def require_static(self) -> StaticData:
        """The wide table without those who were erased; raises SettingsError where the settings name none."""
        from retinue.features import read_static
        from retinue.privacy import workspace_key
        from retinue.privacy.erased import erasure_list

        given = self.settings.require_static()
        found = read_static(
            self.settings.root / given.path,
            customer_id=given.customer_id,
            label=given.label,
            positive=given.positive,
            drop=given.drop,
            as_of=self.as_of,
        )
        listed = erasure_list(self.settings)
        if not listed.tokens():
            return found
        stays = ~found.frame["customer_id"].map(listed.recogniser(workspace_key(self.settings.state)))
        frame = found.frame[stays].reset_index(drop=True)
        return replace(found, frame=frame, labels=found.labels[stays].reset_index(drop=True))

    @cached_property
    def gathered(self) -> Gathered | None:
        """Decisions and what became of them as known at `as_of`; None when no decision is on record."""
        from retinue.outcomes.before import campaign_facts
        from retinue.outcomes.gathering import gather

        recorded = self.warehouse.history("interventions", self.as_of)
        if not int(recorded.count().execute()):
            return None
        facts = campaign_facts(self.settings.state.glob("runs/*/campaign.json"))
        return gather(self.warehouse, self.settings, self.as_of, facts=facts)

    def profiles(self) -> Artefact:
        """Features of every customer as of `as_of`, and the state of each (active, gone, too new)."""

        def build(folder: Path) -> dict[str, Any]:
            from retinue.campaigns.profiling import without_profile
            from retinue.churn import churn_labels
            from retinue.features import build_snapshots

            snapshots = build_snapshots(
                self.warehouse,
                [self.as_of],
                folder / PROFILES,
                settings=self.settings.features,
                progress=self.timeline.observer.advance,
                partials=self.settings.warehouse.partials,
            )
            if snapshots.rows == 0:
                raise NotEnoughData(
                    f"No customer is known as of {self.as_of:%Y-%m-%d}.",
                    where="warehouse",
                    fix="Load data (retinue load --data FOLDER), or choose a later --as-of.",
                )
            if self.static is None:
                states = churn_labels(
                    self.warehouse,
                    [self.as_of],
                    settings=self.settings.churn,
                    definition=self._dated,
                    as_of=self.as_of,
                )
            else:
                # Whoever has left is gone; the rest are the customers there are.
                left = self.static.labels.eq(1.0)
                states = self.static.frame[["customer_id"]].assign(
                    state=left.map({True: "gone", False: "active"})
                )
            states = without_profile(states, self.left_out)
            states[["customer_id", "state"]].to_parquet(folder / STATES, index=False)
            return {"customers": snapshots.rows, "absent": snapshots.absent}

        inputs = {"churn": self.section("churn"), **self._static_inputs(), **self._without()}
        return self._stage("profiles", inputs, build)

    def training(self) -> Artefact:
        """Features and labels at past dates, sampled by customer when there are more than wanted."""

        def build(folder: Path) -> dict[str, Any]:
            from retinue.churn import churn_labels, training_dates
            from retinue.features import build_snapshots
            from retinue.pipeline.sample import sample_customers

            churn = self.settings.churn
            dates = training_dates(self.warehouse, settings=churn, definition=self._dated, as_of=self.as_of)
            labels = churn_labels(
                self.warehouse, dates, settings=churn, definition=self._dated, as_of=self.as_of
            )
            labels = labels[~labels["customer_id"].isin(self.left_out)]
            labels = sample_customers(labels, rows=churn.training_rows, seed=self._seed)
            labels.to_parquet(folder / LABELS, index=False)
            if labels.empty:
                # Nothing can be learned from yet; the churn stage answers with a stated fallback.
                labels[["customer_id", "as_of"]].to_parquet(folder / TRAINING, index=False)
                return {"dates": [], "rows": 0}
            snapshots = build_snapshots(
                self.warehouse,
                dates,
                folder / TRAINING,
                settings=self.settings.features,
                customers=sorted(labels["customer_id"].unique()),
                progress=self.timeline.observer.advance,
                partials=self.settings.warehouse.partials,
            )
            return {"dates": [f"{d:%Y-%m-%d}" for d in dates], "rows": snapshots.rows}

        inputs = {"churn": self.section("churn"), "seed": self._seed, **self._without()}
        return self._stage("training", inputs, build)

    def train(self) -> Artefact:
        """The churn, value and segment models, and how good they are on data they never saw."""
        from retinue.pipeline.training import train_models

        profiles = self.profiles()
        training = None if self.static is not None else self.training()

        def build(folder: Path) -> dict[str, Any]:
            return train_models(self, folder, profiles, training)

        inputs = {
            "churn": self.section("churn"),
            "value": self.section("value"),
            "act_above": self.settings.decisions.act_above,
            "seed": self._seed,
            "profiles": profiles.key,
            "training": training.key if training else None,
            "definition": self.definition,
        }
        return self._stage("train", inputs, build)

    def assess(self) -> Artefact:
        """Risk, value, tier and segment of every active customer."""
        profiles, trained = self.profiles(), self.train()

        def build(folder: Path) -> dict[str, Any]:
            import pandas as pd

            from retinue.decisions.assess import Models, assess
            from retinue.decisions.terms import Terms
            from retinue.segments import RFM_FEATURES

            hashes = self.keep_models(trained)
            _rfm(self._frame(profiles, RFM_FEATURES)).to_parquet(folder / RFM, index=False)
            models, terms = Models.load(hashes, self.model_store()), Terms.of(self.settings)
            parts = self.frames(profiles, self.active(profiles))
            assessed = pd.concat([assess(part, models, terms) for part in parts], ignore_index=True)
            assessed.to_parquet(folder / ASSESSMENTS, index=False)
            return {"assessed": len(assessed)}

        inputs = {
            "profiles": profiles.key,
            "train": trained.key,
            "value": self.section("value"),
            "decisions": self.section("decisions"),
            "incentives": self.section("incentives"),
        }
        return self._stage("assess", inputs, build)

    def scores(self) -> pd.DataFrame:
        """The assessments with the RFM scores beside them, one row per active customer."""
        assessed = self.assess()
        return read_table(assessed.path(ASSESSMENTS)).merge(
            read_table(assessed.path(RFM)), on="customer_id", how="left"
        )

    def learn(self) -> Artefact:
        """How customers respond to offers, from all decisions and outcomes known by now.

        The artefact holds `response.model` when there was anything to learn from and it is wanted: the model
        learned now, unless the log shows it worse than that of the last finished run, which then stays.
        """
        trained, assessed = self.train(), self.assess()

        def build(folder: Path) -> dict[str, Any]:
            from retinue.learning.off_policy.nightly import keep_better

            facts = self._learn(folder, self.settings)
            if facts["learned"]:
                facts["kept_former"] = keep_better(
                    folder / RESPONSE_MODEL,
                    tuple(self.earlier.values()),
                    self.model_store(),
                    self.warehouse,
                    self.as_of,
                    window_days=self.settings.outcome_window_days,
                )
            return facts

        inputs = {
            "assess": assessed.key,
            "train": trained.key,
            "earlier": list(self.earlier),
            "incentives": self.section("incentives"),
            "churn": self.section("churn"),
            "outcomes": self.section("outcomes"),
        }
        if self.learns_until is not None:
            inputs["until"] = self.learns_until.isoformat()
        return self._stage("learn", inputs, build)

    def learned_under(self, settings: Settings, catalogue: Catalogue) -> bytes | None:
        """The response model that other settings of `incentives` and this catalogue would have led to.

        None for the formula. Nothing of it is kept.
        """
        with tempfile.TemporaryDirectory(prefix="retinue-learn-") as scratch:
            found = self._learn(Path(scratch), settings, catalogue)
            return (Path(scratch) / RESPONSE_MODEL).read_bytes() if found["learned"] else None

    def _learn(self, folder: Path, settings: Settings, catalogue: Catalogue | None = None) -> dict[str, Any]:
        from retinue.incentives.response.known import NUMBERS
        from retinue.pipeline.responses import learn_response

        profiles, assessed = self.profiles(), self.assess()
        until = self.learns_until
        return learn_response(
            self.warehouse,
            folder,
            settings,
            self.as_of if until is None else min(self.as_of, until),
            receipts=tuple(self.earlier.values()),
            profiles=lambda: self.with_attributes(self._frame(profiles, features=NUMBERS)),
            assessments=lambda: read_table(assessed.path(ASSESSMENTS)),
            model=self.churn_model,
            dated=self.static is None,
            past=self._past,
            catalogue=catalogue,
        )

    def _past(self, done: pd.DataFrame) -> pd.DataFrame:
        """Who the customers of past interventions were then, kept for as long as these are the same.

        What was known at a time does not change when more is learned, so only the first run after a pilot was
        loaded has to look back.
        """
        from retinue.learning import PAST, past_customers

        def build(folder: Path) -> dict[str, Any]:
            past_customers(done, self.warehouse, folder, settings=self.settings.features)
            return {"interventions": len(done)}

        last = done["as_of"].max().to_pydatetime().replace(tzinfo=UTC)
        inputs = {
            "known": visible_hash(self.warehouse, last),
            "features": self.section("features"),
            "done": [[str(value) for value in row] for row in done.itertuples(index=False)],
        }
        return read_table(self.artefacts.get_or_build("past", inputs, build).path(PAST))

    def assess_with(self, models: Mapping[str, str], terms: Terms) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Every active customer assessed by the models of those hashes; and their features, row for row."""
        import pandas as pd

        from retinue.decisions.assess import Models, assess

        profiles, loaded = self.profiles(), Models.load(models, self.model_store())
        parts = list(self.frames(profiles, self.active(profiles)))
        features = self.with_attributes(pd.concat(parts, ignore_index=True))
        return assess(features, loaded, terms), features

    def decide(
        self,
        budget: Decimal | None = None,
        *,
        reviews: int | None = None,
        also: pd.DataFrame | None = None,
    ) -> Artefact:
        """A decision and a receipt for every customer above the threshold, and the campaign.

        budget, reviews: what is left for this run; the limits of the settings hold beside them.
        also: offers that count as made beside those on record, as in `campaigns.caps.capped`.
        While Retinue is stopped nobody gets an offer; such an artefact is kept apart from the other.
        """
        from retinue.pipeline.deciding import Deciding, decide_inputs

        self.learn()  # may take long: a stop is looked for after it
        stop = self.stop()
        inputs = decide_inputs(self, budget, reviews, stop, also)
        run_id = self.artefacts.key("decide", self._inputs(inputs))[:20]
        deciding = Deciding(self, run_id, budget, reviews, stop, also)
        return self._stage("decide", inputs, deciding.build)

    def entered(self) -> Rollout | None:
        """The phase of the roll-out as of the time; None where there is none."""
        return self.rollout(lambda: self.active(self.profiles()))

    def decide_key(self, budget: Decimal | None) -> str:
        """The name of what is asked for, before it is known what is left for it."""
        from retinue.pipeline.deciding import decide_inputs

        return self.artefacts.key("decide", self._inputs(decide_inputs(self, budget, None, None)))

    def churn_model(self) -> ChurnModel:
        """The churn model, with its converted trees kept beside it."""
        from retinue.churn import load_model
        from retinue.decisions.assess import TREES

        store = self.model_store()
        name = self.keep_models(self.train())["churn"]
        return load_model(store.get(name), store.beside(name, TREES))

    @property
    def contractual(self) -> bool:
        """Whether value comes from subscriptions."""
        return self.definition == "contractual" or (
            self.definition == "static" and self.warehouse.count("subscriptions") > 0
        )

    def _stage(
        self, name: str, inputs: Mapping[str, Any], build: Callable[[Path], Mapping[str, Any]]
    ) -> Artefact:
        if name in self._done:
            return self._done[name]
        with self.timeline.stage(name) as reused:
            artefact = self.artefacts.get_or_build(name, self._inputs(inputs), build)
            reused(artefact.reused)
        if name != "decide":  # a decision also depends on the budget of the call
            self._done[name] = artefact
        return artefact

    def _inputs(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {"data": self.data, "as_of": self.as_of.isoformat(), **inputs}

    def frames(self, profiles: Artefact, customers: Collection[str]) -> Iterator[pd.DataFrame]:
        """The features of some customers, part by part; one part without rows when there are none.

        Of a million customers the features together take gigabytes.
        """
        from retinue.features import read_parts

        if self.static is None:
            found = False
            for part in read_parts(profiles.path(PROFILES), customers):
                found = True
                yield part
            if found:
                return
        frame = self._frame(profiles)
        yield frame[frame["customer_id"].isin(customers)].reset_index(drop=True)

    def _frame(self, profiles: Artefact, features: Collection[str] | None = None) -> pd.DataFrame:
        """The features of every customer; without dates all of them, and its own columns beside them."""
        from retinue.features import read_frame

        if self.static is None:
            return read_frame(profiles.path(PROFILES), features=features)
        frame = read_frame(profiles.path(PROFILES))
        own = self.static.frame.drop(columns=["as_of"])
        overlap = [c for c in own.columns if c in frame.columns and c != "customer_id"]
        return own.merge(frame.drop(columns=overlap), on="customer_id", how="inner").sort_values(
            "customer_id", ignore_index=True
        )

    def with_attributes(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with what kind of customer each is, in words."""
        from retinue.features.attributes import attributes

        who = attributes(self.warehouse, self.as_of, customers=frame["customer_id"].tolist())
        return frame.merge(who, on="customer_id", how="left")

    def keep_models(self, trained: Artefact) -> dict[str, str]:
        """Copy the models to where receipts find them by hash, whatever becomes of the artefact."""
        store = self.model_store()
        files = {"churn": CHURN_MODEL, "clv": VALUE_MODEL, "segments": SEGMENT_MODEL}
        return {name: store.put(trained.path(file).read_bytes()) for name, file in files.items()}

    def model_store(self) -> ModelStore:
        """Where models are kept by the hash of their bytes."""
        from retinue.decisions import ModelStore

        return ModelStore(self.settings.state / MODELS)

    def active(self, profiles: Artefact) -> set[str]:
        """Ids of the active customers."""
        states = read_table(profiles.path(STATES))
        return set(states.loc[states["state"] == "active", "customer_id"])

    def section(self, name: str) -> dict[str, Any]:
        """A section of the settings as plain values."""
        return self.settings.fingerprint_body()[name]  # type: ignore[no-any-return]

    @property
    def _seed(self) -> int:
        return self.settings.project.seed

    def _without(self) -> dict[str, Any]:
        """Whom no profile is made of, where there is anybody."""
        return {"left_out": sorted(self.left_out)} if self.left_out else {}

    def _static_inputs(self) -> dict[str, Any]:
        if self.static is None:
            return {}
        from retinue.pipeline.artefacts import file_hash

        return {"static": file_hash(self.settings.root / self.settings.require_static().path)}


def _rfm(frame: pd.DataFrame) -> pd.DataFrame:
    """RFM of every customer among all; without transactions nobody has any."""
    from retinue.segments import rfm

    names = frame[["customer_id"]]
    if "days_since_last_transaction" not in frame.columns:
        return names.assign(rfm_segment=None)
    return names.join(rfm(frame))


def read_table(path: Path) -> pd.DataFrame:
    """A table that a stage left."""
    import pandas as pd

    frame: pd.DataFrame = pd.read_parquet(path)
    return frame
