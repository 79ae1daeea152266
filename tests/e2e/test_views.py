"""Every view on a business with a history and on an empty project: readable, quiet, in both themes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from tests.e2e.conftest import BUILT, NEEDED, Looking, serving

pytestmark = NEEDED

VIEWS = (
    "/",
    "/customers",
    "/campaigns",
    "/pipeline",
    "/revenue",
    "/effectiveness",
    "/experiments",
    "/segments",
    "/model",
    "/rules",
    "/sources",
    "/audit",
    "/privacy",
    "/settings",
)
WORDS_OF_CODE = ("NaN", "undefined", "null", "[object Object]", "Infinity")


def name_of(path: str) -> str:
    return path.strip("/").replace("/", "-") or "today"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A project in which nothing was run yet."""
    folder = tmp_path_factory.mktemp("empty")
    with serving(folder) as base:
        yield base


@pytest.fixture(scope="module")
def paths(business: str) -> tuple[str, ...]:
    """All views, with one customer and one campaign."""
    with httpx.Client(base_url=business) as client:
        customer = client.get("/api/v1/customers", params={"limit": 1}).json()["customers"][0]["customer_id"]
        campaign = client.get("/api/v1/campaigns", params={"limit": 1}).json()["campaigns"][0]["campaign_id"]
    return (*VIEWS, f"/customers/{customer}", f"/campaigns/{campaign}")


def judged(window: Looking, path: str, name: str) -> list[str]:
    """What is wrong with a view."""
    page = window.go(path)
    wrong = [f"{path}: {one}" for one in window.violations()]
    if window.sideways() > 0:
        wrong.append(f"{path}: scrolls sideways by {window.sideways()} px")
    text = page.locator("main").inner_text()
    wrong += [f"{path}: says {word}" for word in WORDS_OF_CODE if word in text.split()]
    window.shot(f"{name}-{name_of(path)}")
    return wrong


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_each_view_of_a_business(
    business: str, paths: tuple[str, ...], look: Callable[..., Looking], width: int, theme: str
) -> None:
    window = look(business, width=width, theme=theme)
    wrong = [one for path in paths for one in judged(window, path, f"business-{width}-{theme}")]
    assert not wrong, "\n".join(wrong)


def test_each_view_of_an_empty_project_says_what_will_be_there(
    empty: str, look: Callable[..., Looking]
) -> None:
    window = look(empty, width=1280, theme="dark")
    wrong = [one for path in VIEWS for one in judged(window, path, "empty")]
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1024, 1920])
def test_each_view_at_every_width_in_both_themes(
    business: str, paths: tuple[str, ...], look: Callable[..., Looking], width: int, theme: str
) -> None:
    window = look(business, width=width, theme=theme)
    wrong = [one for path in paths for one in judged(window, path, f"wide-{width}-{theme}")]
    assert not wrong, "\n".join(wrong)


def test_no_view_is_heavier_than_agreed(business: str, look: Callable[..., Looking]) -> None:
    """First load: at most 200 kB of gzipped JavaScript and 40 kB of style; charts are not part of it."""
    window = look(business)
    names: set[str] = set()
    window.page.on("response", lambda answer: names.add(answer.url.rpartition("/")[2]))
    window.go("/")
    assets = BUILT.parent / "assets"

    def heavy(ending: str) -> dict[str, int]:
        packed = {name: assets / f"{name}.gz" for name in names if name.endswith(ending)}
        return {
            name: (path if path.exists() else assets / name).stat().st_size for name, path in packed.items()
        }

    scripts = heavy(".js")
    assert scripts
    assert not any(name.startswith("charts") for name in scripts)
    assert sum(scripts.values()) <= 200_000, scripts
    assert sum(heavy(".css").values()) <= 40_000
