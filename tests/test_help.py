"""Help comes at once: no command's help loads the engines, the models or the settings."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from retinue.cli.app import build_app

ENGINES = ("pandas", "numpy", "ibis", "duckdb", "lightgbm", "sklearn", "scipy", "pyarrow", "sqlalchemy")
HEAVY = (*ENGINES, "pydantic")
# typer itself takes pydantic to read the parameters of a command, so there our own use of it is looked for.
OURS = (*ENGINES, "pydantic_settings", "retinue.settings")

PROBE = """
import sys
from retinue.cli import main
sys.argv = ["retinue", *sys.argv[1:]]
try:
    main()
finally:
    print("LOADED", sorted(sys.modules), file=sys.stderr)
"""


def commands(group: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path]
    for name, command in group.commands.items():
        found += commands(command, (*path, name)) if hasattr(command, "commands") else [(*path, name)]
    return found


ROOT: Any = typer.main.get_command(build_app())
ALL = commands(ROOT)


def leaf(path: tuple[str, ...]) -> Any:
    found: Any = ROOT
    for part in path:
        found = found.commands[part]
    return found


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    done = CliRunner().invoke(build_app(), [*path, "--help"])
    assert done.exit_code == 0
    assert done.stdout.startswith("Usage:")
    command = leaf(path)
    assert command.help
    if not hasattr(command, "commands"):
        assert "Example: retinue" in (command.epilog or ""), f"{' '.join(path)} has no example"
        for parameter in command.params:
            assert getattr(parameter, "help", None), f"{' '.join(path)} {parameter.name} is not explained"


def test_help_of_everything_loads_nothing_heavy() -> None:
    program = (
        "import sys, io, contextlib\n"
        "from retinue.cli.app import build_app\n"
        "for path in sys.argv[1:]:\n"
        "    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "        build_app()([*path.split(), '--help'])\n"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *(" ".join(path) for path in ALL)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = set(done.stdout.split())
    assert "retinue" in loaded
    assert not loaded & set(OURS)


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [(["--help"], HEAVY), (["run", "--help"], OURS), (["--version"], OURS)],
    ids=["help", "run", "version"],
)
def test_the_process_itself_loads_nothing_heavy(arguments: list[str], heavy: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    loaded = done.stderr.split("LOADED", 1)[1]
    assert not [name for name in heavy if f"'{name}'" in loaded]


def test_importing_the_library_loads_nothing_heavy() -> None:
    program = "import sys, retinue; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {*HEAVY, *OURS}


def test_an_unknown_command_is_wrong_usage() -> None:
    done = CliRunner().invoke(build_app(), ["rnu"])
    assert done.exit_code == 2
