"""All commands in one place; each imports what it needs when it is called."""

from __future__ import annotations

from typing import Annotated

import typer

from retinue.cli import (
    alerts,
    audit,
    campaigns,
    clients,
    daily,
    data,
    deliveries,
    flows,
    guards,
    incentives,
    inspect,
    jobs,
    keys,
    mcp,
    monitor,
    outcomes,
    policy,
    privacy,
    project,
    review,
    rollout,
    rules,
    serve,
    shadow,
    store,
    users,
    vault,
    warehouse,
    whatif,
    worker,
    world,
)

__all__ = ["build_app", "run_command_line"]


def build_app() -> typer.Typer:
    """The command line as an object, for tests and for documentation."""
    app = typer.Typer(
        name="retinue",
        help="Who is about to leave, what they are worth, and the smallest incentive that pays.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        epilog="Exit codes: 0 done, 1 failed, 2 wrong usage. Settings: retinue.toml or RETINUE_SECTION__KEY.",
    )

    @app.callback()
    def root(
        version: Annotated[
            bool,
            typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True),
        ] = False,
    ) -> None:
        """Options of the command itself."""

    for module in (
        project,
        data,
        daily,
        inspect,
        incentives,
        campaigns,
        review,
        deliveries,
        guards,
        audit,
        privacy,
        rules,
        whatif,
        shadow,
        policy,
        outcomes,
        serve,
        users,
        vault,
        warehouse,
        keys,
        clients,
        mcp,
        monitor,
        rollout,
        worker,
        jobs,
        alerts,
        flows,
        store,
        world,
    ):
        module.register(app)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(version("retinue"))
        raise typer.Exit


def run_command_line() -> None:
    """Run the command that the process was started with; its spans go where OTEL_… says, if anywhere."""
    from retinue.telemetry.tracing import tracing

    with tracing("retinue"):
        build_app()()
