"""The demo: a simulated business with a year of campaigns behind it.

In comes a size, a seed and a day; out comes a folder with a workspace in it. Everything there is a product of
the same code that a business runs: rows are loaded, runs decide, a plan is approved, messages are sent to a
receiver on this machine, people answer cases, channels tell what customers did, jobs measure. Only the
business, its customers and its staff are simulated.

| module | is |
| --- | --- |
| `make` | all of it, in a folder that appears when it is whole |
| `year` | the year: when there is a run, and what happens between two |
| `business` | the world, and what its customers do with what they are sent |
| `staff` | who approves campaigns and answers the review queue |
| `mailbox` | the receiver on this machine of all that is sent |
| `workspace` | the settings that such a workspace has |
| `serving` | the service of a demo, left running and ended again |
| `ports` | a free port |
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.demo.make import Made, make_demo, sample_here
    from retinue.demo.serving import Served, serve, stop

_HOME = {
    "Made": "make",
    "Served": "serving",
    "make_demo": "make",
    "sample_here": "make",
    "serve": "serving",
    "stop": "serving",
}

__all__ = ["Made", "Served", "make_demo", "sample_here", "serve", "stop"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
