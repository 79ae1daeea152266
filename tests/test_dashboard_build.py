"""The dashboard is built when its sources changed, and only then; the package takes what was built."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def hatch_build() -> ModuleType:
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A package with a dashboard of one source, and a stand-in for npm that writes down what it was asked."""
    sources = tmp_path / "dashboard"
    (sources / "src").mkdir(parents=True)
    (sources / "package.json").write_text("{}")
    (sources / "package-lock.json").write_text("{}")
    (sources / "src" / "main.tsx").write_text("1")
    (tmp_path / "npm.py").write_text(
        "import pathlib, sys\n"
        "with open('asked', 'a') as asked: print(*sys.argv[1:], file=asked)\n"
        "if sys.argv[2:] and pathlib.Path('src/broken.tsx').exists(): sys.exit(3)\n"
        "if sys.argv[1] == 'run':\n"
        "    built = pathlib.Path('../src/retinue/static')\n"
        "    built.mkdir(parents=True, exist_ok=True)\n"
        "    (built / 'index.html').write_text('built')\n"
    )
    return tmp_path


def npm(root: Path) -> list[str]:
    return [sys.executable, str(root / "npm.py")]


def asked(root: Path) -> list[str]:
    return (root / "dashboard" / "asked").read_text().splitlines()


def test_it_is_built_once_for_the_same_sources(hatch_build: ModuleType, root: Path) -> None:
    assert hatch_build.wanted(root)
    hatch_build.build(root, npm(root))
    assert asked(root) == ["ci", "run build"]
    assert not hatch_build.wanted(root)
    (root / "dashboard" / "src" / "main.test.tsx").write_text("a test is no part of it")
    (root / "dashboard" / "README.md").write_text("nor is a text")
    assert not hatch_build.wanted(root)
    (root / "dashboard" / "src" / "more.ts").write_text("2")
    assert hatch_build.wanted(root)
    hatch_build.build(root, npm(root))
    assert asked(root) == ["ci", "run build", "run build"], "what the lock file names is there"
    (root / "dashboard" / "package-lock.json").write_text('{"name": "x"}')
    assert hatch_build.wanted(root)
    hatch_build.build(root, npm(root))
    assert asked(root)[3:] == ["ci", "run build"]


def test_names_and_contents_are_told_apart(hatch_build: ModuleType, root: Path) -> None:
    sources = root / "dashboard"
    before = hatch_build.digest(sources)
    (sources / "src" / "main.tsx").rename(sources / "src" / "other.tsx")
    assert hatch_build.digest(sources) != before


def test_it_can_be_left_out_and_needs_no_sources(
    hatch_build: ModuleType, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not hatch_build.wanted(tmp_path / "nothing")
    monkeypatch.setenv("RETINUE_BUILD_DASHBOARD", "0")
    assert not hatch_build.wanted(root)


def test_a_build_that_fails_says_how_to_go_on_without(hatch_build: ModuleType, root: Path) -> None:
    (root / "dashboard" / "src" / "broken.tsx").write_text("<")
    with pytest.raises(SystemExit, match=r"not built: .* ended with 3\. .*RETINUE_BUILD_DASHBOARD=0"):
        hatch_build.build(root, npm(root))
    with pytest.raises(SystemExit, match=r"^\S+ \S+ run check ended with 3\.$"):
        hatch_build.run(root, ["run", "check"], npm(root))
    with pytest.raises(SystemExit, match="cannot be started"):
        hatch_build.run(root, ["ci"], [str(root / "no-such-npm")])


def test_the_package_takes_what_was_built_and_no_modules(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sdist = pytest.importorskip("hatchling.builders.sdist", reason="hatchling is not installed")
    wheel = pytest.importorskip("hatchling.builders.wheel", reason="hatchling is not installed")
    for name in ("pyproject.toml", "hatch_build.py", ".gitignore", "README.md", "LICENSE"):
        (root / name).write_bytes((ROOT / name).read_bytes())
    (root / "src" / "retinue" / "static").mkdir(parents=True)
    (root / "src" / "retinue" / "__init__.py").write_text("")
    (root / "src" / "retinue" / "static" / "index.html").write_text("built")
    (root / "dashboard" / "node_modules").mkdir()
    (root / "dashboard" / "node_modules" / "large.js").write_text("x")
    monkeypatch.setenv("RETINUE_BUILD_DASHBOARD", "0")
    inside = {one.relative_path for one in wheel.WheelBuilder(str(root)).recurse_included_files()}
    assert "src/retinue/static/index.html" in inside
    archived = {one.relative_path for one in sdist.SdistBuilder(str(root)).recurse_included_files()}
    assert {"src/retinue/static/index.html", "dashboard/src/main.tsx", "hatch_build.py"} <= archived
    assert not [name for name in archived if "node_modules" in name]
