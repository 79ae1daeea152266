"""One `Settings`: the only reader of `retinue.toml` and of `RETINUE_…`.

Precedence: arguments of the command, then the environment (`RETINUE_SECTION__KEY`), then `retinue.toml`,
then the defaults. An unknown or ill-typed key is an error that names file, line and nearest key.

>>> from pathlib import Path
>>> load_settings(Path("/nowhere"), {"churn": {"horizon_days": 60}}).churn.horizon_days
60
"""

from __future__ import annotations

from retinue.settings.alerts import AlertLimits, AlertRuleSettings, AlertSettings
from retinue.settings.api import ApiSettings
from retinue.settings.audit import AuditSettings
from retinue.settings.auth import AuthSettings
from retinue.settings.budget import BudgetSettings
from retinue.settings.cache import CacheSettings
from retinue.settings.cancel import CancelSettings
from retinue.settings.delivery import DeliverySettings
from retinue.settings.encryption import EncryptionSettings
from retinue.settings.guards import GuardSettings
from retinue.settings.load import as_decimal, expand_variables, load_settings, overridden, parse_section
from retinue.settings.privacy import PrivacySettings, RetentionSettings
from retinue.settings.queue import QueueSettings
from retinue.settings.review import ReviewSettings
from retinue.settings.rollout import GateSettings, RolloutSettings
from retinue.settings.schedule import JobSettings, ScheduleSettings
from retinue.settings.sections import (
    SETTINGS_FILE,
    STATE_FOLDER,
    ChurnSettings,
    DecisionSettings,
    FeatureSettings,
    HoldoutSettings,
    IncentiveSettings,
    LearningSettings,
    OutcomeSettings,
    ProjectSettings,
    Settings,
    StaticSettings,
    ValueSettings,
    WarehouseSettings,
)
from retinue.settings.store import StoreSettings

__all__ = [
    "SETTINGS_FILE",
    "STATE_FOLDER",
    "AlertLimits",
    "AlertRuleSettings",
    "AlertSettings",
    "ApiSettings",
    "AuditSettings",
    "AuthSettings",
    "BudgetSettings",
    "CacheSettings",
    "CancelSettings",
    "ChurnSettings",
    "DecisionSettings",
    "DeliverySettings",
    "EncryptionSettings",
    "FeatureSettings",
    "GateSettings",
    "GuardSettings",
    "HoldoutSettings",
    "IncentiveSettings",
    "JobSettings",
    "LearningSettings",
    "OutcomeSettings",
    "PrivacySettings",
    "ProjectSettings",
    "QueueSettings",
    "RetentionSettings",
    "ReviewSettings",
    "RolloutSettings",
    "ScheduleSettings",
    "Settings",
    "StaticSettings",
    "StoreSettings",
    "ValueSettings",
    "WarehouseSettings",
    "as_decimal",
    "expand_variables",
    "load_settings",
    "overridden",
    "parse_section",
]
