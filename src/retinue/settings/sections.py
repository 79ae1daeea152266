"""Every setting with its type, default and meaning; the reference page is generated from here."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from retinue.errors import SettingsError
from retinue.settings.alerts import AlertSettings
from retinue.settings.api import ApiSettings
from retinue.settings.audit import AuditSettings
from retinue.settings.auth import AuthSettings
from retinue.settings.base import Section as _Section
from retinue.settings.budget import BudgetSettings
from retinue.settings.cache import CacheSettings
from retinue.settings.cancel import CancelSettings
from retinue.settings.delivery import DeliverySettings
from retinue.settings.encryption import EncryptionSettings
from retinue.settings.guards import GuardSettings
from retinue.settings.privacy import PrivacySettings, RetentionSettings
from retinue.settings.queue import QueueSettings
from retinue.settings.review import ReviewSettings
from retinue.settings.rollout import RolloutSettings
from retinue.settings.schedule import ScheduleSettings
from retinue.settings.store import StoreSettings

__all__ = [
    "SETTINGS_FILE",
    "STATE_FOLDER",
    "ChurnSettings",
    "DecisionSettings",
    "FeatureSettings",
    "HoldoutSettings",
    "IncentiveSettings",
    "LearningSettings",
    "OutcomeSettings",
    "ProjectSettings",
    "Settings",
    "StaticSettings",
    "ValueSettings",
    "WarehouseSettings",
]

SETTINGS_FILE = "retinue.toml"
STATE_FOLDER = ".retinue"


_NOT_OF_A_RESULT = {
    "warehouse",
    "root",
    "state_path",
    "channels",
    "delivery",
    "review",
    "queue",
    "schedule",
    "alerts",
}
_NOT_OF_A_RESULT |= {"api", "audit", "auth", "cache", "cancel", "encryption"}
_NOT_OF_A_RESULT |= {"privacy", "retention", "store"}


class ProjectSettings(_Section):
    """What is true of the business as a whole."""

    name: str = Field("retinue", description="shown on reports")
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$", description="ISO 4217 code of every amount")
    seed: int = Field(7, ge=0, description="every draw follows from it")
    sample: bool = Field(
        False,
        description="what is in here is a simulated business, made by `retinue demo`: the dashboard says so, "
        "and it can be removed",
        exclude=True,  # no result follows from it
    )


class WarehouseSettings(_Section):
    """Where facts are kept and how much of the machine the engine may take."""

    engine: str = Field("duckdb", description="a name of the entry-point group retinue.engines")
    path: Path | None = Field(None, description="database file; default .retinue/warehouse.duckdb")
    threads: int | None = Field(None, ge=1, description="default: every core")
    memory_limit: str | None = Field(
        None, description='what the engine may hold before it spills to disk, such as "3GB"; default "1500MB"'
    )
    partials: bool = Field(
        False,
        description="keep partials per customer and day, so that tomorrow's run reads only what is new; "
        "pays where customers have many rows a day",
    )
    encrypt: bool = Field(
        False,
        description="encrypt the database file and what is spilled (AES-256-GCM, extra `encrypted`); an "
        "existing one is brought there by `retinue warehouse encrypt`",
    )
    spill_path: Path | None = Field(
        None, description="folder for what does not fit in memory; default .retinue/spill"
    )


class FeatureSettings(_Section):
    """Which event types mean what in this business."""

    login_events: tuple[str, ...] = Field(("login", "session_start"), description="count as a login")
    downgrade_events: tuple[str, ...] = Field(
        ("downgrade_request", "downgrade_requested", "downgrade"), description="count as a wish for less"
    )
    cancel_events: tuple[str, ...] = Field(
        ("cancel_request", "cancel_page_viewed"), description="count as a wish to leave"
    )


class ChurnSettings(_Section):
    """What churn means here, and how its model is trained."""

    definition: Literal["auto", "inactivity", "contractual", "static"] = Field(
        "auto", description="auto: contractual when there are subscriptions, else inactivity"
    )
    horizon_days: int = Field(90, ge=7, le=730, description="leaving within this time is predicted")
    grace_days: int = Field(0, ge=0, le=365, description="days a late purchase or renewal still counts")
    active_within_days: int | None = Field(
        None,
        ge=1,
        description="inactivity: a customer with no purchase in this time is already gone; default horizon",
    )
    minimum_history_days: int = Field(30, ge=0, description="younger customers are too new to be judged")
    end_reasons: tuple[str, ...] = Field(
        ("voluntary", "payment", "other"), description="contractual: the ends that count as churn"
    )
    training_dates: int = Field(12, ge=2, le=60, description="past dates that are learned from")
    training_spacing_days: int | None = Field(None, ge=1, description="default: chosen from the history")
    training_rows: int = Field(
        300_000, ge=1_000, description="at most this many customer-dates are trained on"
    )
    minimum_churners: int = Field(50, ge=10, description="below this a stated fallback replaces the model")


class StaticSettings(_Section):
    """A data set without dates: one row per customer and a column that says who left."""

    path: Path = Field(description="CSV or Parquet file, relative to the workspace")
    customer_id: str = Field(description="column that names the customer")
    label: str = Field(description="column that says whether the customer left")
    positive: str = Field("Yes", description="its value for those who left")
    drop: tuple[str, ...] = Field((), description="columns that must not be learned from")


class ValueSettings(_Section):
    """How a customer's future is turned into money."""

    horizon_months: int = Field(24, ge=1, le=120, description="how far ahead value looks")
    margin: float = Field(1.0, gt=0, le=1, description="share of revenue that remains after direct cost")
    annual_discount_rate: float = Field(
        0.10, ge=0, lt=1, description="what a year of waiting takes off an amount"
    )
    saved_worth: float = Field(
        0.8,
        gt=0,
        le=1,
        description="worth of a customer who would have left and is kept by an offer, as a share of CLV: "
        "the reasons to leave return",
    )
    tiers: dict[str, float] = Field(
        default_factory=lambda: {"Basic": 0.0, "Standard": 500.0, "Premium": 2000.0, "Enterprise": 5000.0},
        description="tier name → least CLV",
    )
    interval: float = Field(0.80, gt=0.5, lt=1, description="coverage of the interval around CLV")


class IncentiveSettings(_Section):
    """What may be offered, and how a choice among offers is made."""

    tolerance: float = Field(
        0.02,
        ge=0,
        le=0.5,
        description="offers within this share of the best net value count as equal; the cheapest wins",
    )
    objective: Literal["response", "formula"] = Field(
        "response",
        description="response: as learned from past offers, once there are any; "
        "formula: the design document's, with the catalogue's lifts",
    )
    caution: float = Field(
        0.5,
        ge=0,
        le=3,
        description="standard deviations of the learned net value by which an offer must pay",
    )
    exploration: float = Field(
        0.05, ge=0, le=0.5, description="share of choices drawn among the offers that may pay"
    )
    exploration_floor: float = Field(
        0.02, ge=0, le=0.5, description="least weight in such a draw of an offer that may pay"
    )
    exploration_budget: float = Field(
        0.10, ge=0, le=1, description="share of a run's budget that such draws may cost"
    )
    offer_gap_days: float = Field(
        90.0, ge=0, description="after an offer a customer gets no other for so many days"
    )
    drift: float = Field(
        0.5,
        ge=0,
        le=3,
        description="how far, in logits (one standard deviation), what an offer keeps may move within a year",
    )
    catalogue: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="overrides by incentive id, e.g. [incentives.catalogue.fixed_credit]",
    )


class DecisionSettings(_Section):
    """The thresholds of the design document's rules, and where rules of one's own are written."""

    act_above: float = Field(0.40, ge=0, le=1, description="lower probabilities are left alone")
    monitor_up_to: float = Field(0.60, ge=0, le=1, description="watched, no action yet")
    urgent_above: float = Field(0.80, ge=0, le=1, description="urgent above this and urgent_clv_above")
    urgent_clv_above: float = Field(2000.0, ge=0, description="least CLV of an urgent case")
    review_clv_above: float = Field(5000.0, ge=0, description="above it a person decides")
    auto_cost_up_to: float = Field(250.0, ge=0, description="dearer offers are not low-risk: a person looks")
    rules: Path = Field(
        Path("rules.json"),
        description="rules of one's own, as `retinue rules accept` reads them; with them in force, who "
        "approves and what is urgent is theirs to say",
        exclude=True,  # what decides is the accepted version, not the file
    )

    @model_validator(mode="after")
    def _ordered(self) -> DecisionSettings:
        if not self.act_above <= self.monitor_up_to <= self.urgent_above:
            raise ValueError("act_above ≤ monitor_up_to ≤ urgent_above must hold")
        return self


class HoldoutSettings(_Section):
    """The random few that are left alone, to measure against."""

    share: float = Field(0.10, ge=0, le=0.5, description="share of the customers")
    usual_share: float = Field(
        0.0, ge=0, le=0.5, description="share left to what the company did before, to measure against that"
    )
    salt: str = Field(
        "retinue-holdout", min_length=1, description="changing it redraws the membership: do not"
    )

    @model_validator(mode="after")
    def _some_are_treated(self) -> HoldoutSettings:
        if self.share + self.usual_share > 0.9:
            raise ValueError("share + usual_share ≤ 0.9 must hold: somebody must be treated")
        return self


class OutcomeSettings(_Section):
    """How what became of the customers is read."""

    window_days: int | None = Field(
        None,
        ge=7,
        le=730,
        description="retention is judged this long after a decision; default churn.horizon_days",
    )
    revenue: Literal["paid", "listed"] = Field(
        "paid",
        description="paid: discounts and credits are missing from revenue already, only costs beside the "
        "bill are subtracted; listed: every cost is",
    )
    automatic: bool = Field(
        True,
        description="retinue outcomes collect also derives outcomes from contracts and payments, where "
        "nobody reported one",
    )


class LearningSettings(_Section):
    """How what was learned, or set, comes into force."""

    gate: Literal["enforce", "report"] = Field(
        "enforce",
        description="another policy than the one in force: enforce lets it decide only when the log proves "
        "it better or a person accepted it; report lets it decide and shows the verdict",
    )


class Settings(BaseSettings):
    """Everything that can be set, with its default."""

    model_config = SettingsConfigDict(
        env_prefix="RETINUE_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    project: ProjectSettings = ProjectSettings()
    warehouse: WarehouseSettings = WarehouseSettings()
    store: StoreSettings = StoreSettings()
    features: FeatureSettings = FeatureSettings()
    churn: ChurnSettings = ChurnSettings()
    value: ValueSettings = Field(default_factory=ValueSettings)
    incentives: IncentiveSettings = Field(default_factory=IncentiveSettings)
    decisions: DecisionSettings = DecisionSettings()
    budget: BudgetSettings = Field(default_factory=BudgetSettings)
    holdout: HoldoutSettings = HoldoutSettings()
    outcomes: OutcomeSettings = OutcomeSettings()
    learning: LearningSettings = Field(default_factory=LearningSettings)
    guards: GuardSettings = GuardSettings()
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)
    queue: QueueSettings = Field(default_factory=QueueSettings)
    review: ReviewSettings = Field(default_factory=ReviewSettings)
    schedule: ScheduleSettings = Field(default_factory=ScheduleSettings)
    rollout: RolloutSettings = Field(default_factory=RolloutSettings)
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)
    auth: AuthSettings = Field(default_factory=AuthSettings)
    cache: CacheSettings = CacheSettings()
    cancel: CancelSettings = Field(default_factory=CancelSettings)
    audit: AuditSettings = Field(default_factory=AuditSettings)
    encryption: EncryptionSettings = Field(default_factory=EncryptionSettings)
    privacy: PrivacySettings = PrivacySettings()
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    static: StaticSettings | None = Field(None, description='needed for churn.definition = "static"')
    sources: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="one section per source; its plugin checks the keys"
    )
    channels: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="one section per channel; its plugin checks the keys"
    )
    root: Path = Field(default_factory=Path.cwd, description="folder of the workspace", exclude=True)
    state_path: Path | None = Field(
        None,
        description="folder for everything Retinue makes; default .retinue in the workspace",
        exclude=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (env_settings, init_settings)

    @property
    def state(self) -> Path:
        """The folder where Retinue keeps what it made; it can be backed up or deleted as one."""
        return self.root / (self.state_path or STATE_FOLDER)

    @property
    def warehouse_path(self) -> Path:
        return self.root / self.warehouse.path if self.warehouse.path else self.state / "warehouse.duckdb"

    @property
    def store_place(self) -> Path | str:
        """The store's file, or its database's URL. Raises SettingsError when a variable is not set."""
        return self.store.place(self.root, self.state)

    @property
    def spill(self) -> Path:
        """The folder for what does not fit in memory; emptied by the engine when it is closed."""
        given = self.warehouse.spill_path
        return self.root / given if given else self.state / "spill"

    @property
    def outcome_window_days(self) -> int:
        """Days after a decision at which retention is judged."""
        return self.outcomes.window_days or self.churn.horizon_days

    def require_static(self) -> StaticSettings:
        """The `[static]` section, variables in its path expanded.

        Raises SettingsError when churn is declared static without one, or a variable is not set.
        """
        from retinue.settings.load import expand_variables  # it builds on this module

        if self.static is None:
            raise SettingsError(
                'churn.definition = "static" needs a section [static].',
                where=str(self.root / SETTINGS_FILE),
                fix="Add [static] with path, customer_id, label and positive.",
            )
        return self.static.model_copy(update={"path": Path(expand_variables(str(self.static.path)))})

    def fingerprint_body(self) -> dict[str, Any]:
        """The settings that can change a result: not paths, the machine's resources, delivery or times."""
        return self.model_dump(mode="json", exclude=_NOT_OF_A_RESULT)
