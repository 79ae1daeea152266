"""The catalogue: the design document's offers, their overrides, costs and eligibility."""

from pathlib import Path

import numpy as np
import pytest

from retinue.errors import SettingsError
from retinue.incentives import Catalogue, Customers, cost_cents, eligible, weigh
from retinue.incentives.catalogue import DEFAULT, TYPES
from retinue.incentives.costs import why_not_eligible
from retinue.settings import IncentiveSettings, load_settings

IDS = (
    "none",
    "percentage_discount_5",
    "percentage_discount_10",
    "percentage_discount_15",
    "percentage_discount_20",
    "fixed_credit",
    "free_upgrade",
    "loyalty_points",
    "personalized_bundle",
)


def of(**catalogue):
    return Catalogue.of(IncentiveSettings(catalogue=catalogue))


def customer(revenue, subscribed=True):
    return Customers(["C"], np.array([1000.0]), np.array([0.7]), np.array([revenue]), np.array([subscribed]))


def test_the_default_catalogue_is_the_design_documents():
    catalogue = of()
    assert catalogue.actions == IDS
    assert catalogue == Catalogue.default()
    assert {offer.type for offer in catalogue.offers} == set(TYPES)
    assert [offer.duration_months for offer in catalogue.offers[:4]] == [3, 3, 3, 3]


def test_prior_is_monotone_in_the_dose_and_starts_at_nothing():
    one = customer(100.0)
    assert weigh(one, Catalogue.default(), tolerance=0.02).lift[0, :4].tolist() == [0.05, 0.08, 0.10, 0.11]
    lifts = [0.0, *(offer.lift_mean for offer in Catalogue.default().offers[:4])]
    assert lifts == sorted(lifts)


@pytest.mark.parametrize("offer", DEFAULT, ids=lambda offer: offer.id)
def test_beta_prior_has_the_stated_mean_and_deviation(offer):
    from scipy.stats import beta

    a, b = offer.beta()
    assert beta(a, b).mean() == pytest.approx(offer.lift_mean)
    assert beta(a, b).std() == pytest.approx(offer.lift_sd)


def test_an_offer_is_shown_with_type_value_and_duration():
    offer = Catalogue.default().offers[2].incentive()
    assert (offer.id, offer.type, offer.value, offer.duration_months) == (
        "percentage_discount_15",
        "percentage_discount",
        15.0,
        3,
    )


def test_costs_by_type():
    cents = cost_cents(customer(200.0), Catalogue.default())[0]
    by_id = dict(zip(IDS[1:], cents.tolist(), strict=True))
    assert by_id["percentage_discount_15"] == 15 * 200 * 3
    assert by_id["fixed_credit"] == 2500
    assert by_id["free_upgrade"] == 9000  # 50 % of 200 for three months, 30 % of it borne
    assert by_id["loyalty_points"] == 1125
    assert by_id["personalized_bundle"] == 2200


def test_costs_are_whole_cents_rounded_half_even():
    cents = cost_cents(customer(0.10), Catalogue.default())[0, :2]
    assert cents.tolist() == [2, 3]  # 1.5 and 3.0 cents


@pytest.mark.parametrize(
    ("revenue", "subscribed", "expected"),
    [
        (float("nan"), True, set()),
        (0.0, True, set()),
        (200.0, False, set(IDS[1:]) - {"free_upgrade"}),
        (200.0, True, set(IDS[1:])),
        (20.0, True, set(IDS[1:]) - {"fixed_credit"}),  # 25 is more than a month's revenue
        (501.0, True, set(IDS[1:]) - {"fixed_credit", "loyalty_points"}),  # 25 is hardly noticed
        (25.0, True, set(IDS[1:])),
        (1e15, True, set()),  # beyond exact cents
    ],
)
def test_eligibility(revenue, subscribed, expected):
    catalogue = Catalogue.default()
    can = eligible(customer(revenue, subscribed), catalogue)[0]
    assert {offer.id for offer, yes in zip(catalogue.offers, can, strict=True) if yes} == expected


def test_every_condition_can_be_said_in_words():
    assert {why_not_eligible(offer) for offer in DEFAULT} == {
        "needs a monthly revenue above 0",
        "needs a running subscription",
        "must lie between 5% and 100% of a month's revenue",
    }


def test_overrides_change_disable_and_add():
    catalogue = of(
        fixed_credit={"value": 40, "lift_mean": 0.09, "lift_sd": 0.02},
        free_upgrade={"enabled": False},
        percentage_discount_12={"lift_mean": 0.09, "lift_sd": 0.05, "duration_months": 6},
        loyalty_points_30={"lift_mean": 0.05, "lift_sd": 0.0, "fixed_cost": 1.0},
    )
    assert catalogue.actions[:5] == (
        "none",
        "percentage_discount_5",
        "percentage_discount_10",
        "percentage_discount_12",
        "percentage_discount_15",
    )
    assert "free_upgrade" not in catalogue.actions
    by_id = {offer.id: offer for offer in catalogue.offers}
    assert by_id["fixed_credit"].value == 40
    assert by_id["percentage_discount_12"].duration_months == 6
    assert by_id["loyalty_points_30"].cost_share == 0.75
    assert Catalogue.from_list(catalogue.as_list()) == catalogue


def test_an_empty_catalogue_offers_nothing():
    catalogue = of(**{name: {"enabled": False} for name in IDS[1:]})
    assert catalogue.actions == ("none",)
    assert cost_cents(customer(10.0), catalogue).shape == eligible(customer(10.0), catalogue).shape == (1, 0)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ({"percentage_discount_7": {"lift_mean": 0.06}}, "does not say how well"),
        ({"percentage_discont_5": {"value": 5}}, "Unknown incentive 'percentage_discont_5'"),
        ({"discount": {"enabled": False}}, "Unknown incentive 'discount'"),
        ({"percentage_discount": {"lift_mean": 0.1, "lift_sd": 0.1}}, "Unknown incentive"),
        ({"Ünknown": {}}, "Unknown incentive"),
        ({"percentage_discount_5": {"value": 7}}, "the dose in its name is 5"),
        ({"percentage_discount_200": {"lift_mean": 0.9, "lift_sd": 0.01}}, "more than 100 %"),
        ({"fixed_credit": {"valeu": 5}}, "Unknown setting 'incentives.catalogue.fixed_credit.valeu'"),
        ({"fixed_credit": {"value": -5}}, "greater than 0"),
        ({"fixed_credit": {"lift_mean": 1.0}}, "less than 1"),
        ({"fixed_credit": {"lift_mean": 0.01, "lift_sd": 0.2}}, "cannot have lift_sd 0.2"),
        ({"fixed_credit": {"least_share": 2.0}}, "least_share is above most_share"),
        ({"percentage_discount_20": {"lift_mean": 0.01, "lift_sd": 0.001}}, "keep fewer customers"),
    ],
)
def test_bad_overrides_are_settings_errors(override, message):
    with pytest.raises(SettingsError, match=message) as caught:
        of(**override)
    assert caught.value.where
    assert caught.value.fix


def test_the_nearest_id_is_suggested():
    with pytest.raises(SettingsError) as caught:
        of(loyalty_pionts={"value": 5})
    assert "Did you mean 'loyalty_points'?" in caught.value.fix


def test_an_error_names_the_line_of_the_settings_file(tmp_path: Path):
    file = tmp_path / "retinue.toml"
    file.write_text("[incentives.catalogue.fixed_credit]\nvalue = 25\nlift_meen = 0.1\n")
    with pytest.raises(SettingsError) as caught:
        Catalogue.of(load_settings(tmp_path).incentives, root=tmp_path)
    assert caught.value.where == f"{file}:3"
    assert "Did you mean 'lift_mean'" in caught.value.fix
