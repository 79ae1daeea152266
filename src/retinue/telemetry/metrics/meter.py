"""The numbers of one process, and how they are shown to Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from retinue.telemetry.metrics.declared import METRICS

__all__ = ["Meter", "Sample", "counting", "observe"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One number of a metric that is read at a scrape."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


class Meter:
    """Counts what happens in a process, and asks for the rest when it is scraped.

    ask: gives the samples of what is read at a scrape.

    >>> meter = Meter(lambda: [Sample("retinue_stopped", 1)])
    >>> meter.observe("retinue_run_stage_seconds", 2.0, stage="train")
    >>> b"retinue_stopped 1.0" in meter.shown()[0]
    True
    """

    def __init__(self, ask: Callable[[], Iterable[Sample]] = tuple) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

        disable_created_metrics()  # type: ignore[no-untyped-call]  # a series for each, of which nobody asks
        self._registry = CollectorRegistry()
        self._ask = ask
        self._counted: dict[str, Any] = {}
        self._children: dict[tuple[str, ...], Any] = {}
        for metric in METRICS.values():
            if metric.source != "process":
                continue
            about: dict[str, Any] = {"registry": self._registry}
            if metric.kind == "histogram":
                about["buckets"] = metric.buckets
            made = Histogram if metric.kind == "histogram" else Counter
            self._counted[metric.name] = made(metric.name, metric.words, metric.labels, **about)
        self._registry.register(_Asked(self._ask))

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add a value to a histogram."""
        self._child(name, labels).observe(value)

    def count(self, name: str, **labels: str) -> None:
        """Add one to a counter."""
        self._child(name, labels).inc()

    def shown(self, accept: str = "") -> tuple[bytes, str]:
        """All of it, and its media type, in the form that the reader accepts."""
        from prometheus_client.exposition import choose_encoder

        encoder, kind = choose_encoder(accept)
        return encoder(self._registry), kind

    def _child(self, name: str, labels: Mapping[str, str]) -> Any:
        key = (name, *labels.values())
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._counted[name].labels(**labels)
        return child


class _Asked:
    """The metrics that are read at a scrape, as Prometheus's library wants to be given them."""

    def __init__(self, ask: Callable[[], Iterable[Sample]]) -> None:
        self._ask = ask

    def describe(self) -> Iterator[Any]:
        """Nothing is read before the first scrape."""
        return iter(())

    def collect(self) -> Iterator[Any]:
        """One family for each metric that has samples."""
        from prometheus_client.core import GaugeMetricFamily

        families: dict[str, Any] = {}
        for sample in self._ask():
            declared = METRICS[sample.name]
            family = families.get(sample.name)
            if family is None:
                family = families[sample.name] = GaugeMetricFamily(
                    sample.name, declared.words, labels=declared.labels
                )
            family.add_metric([sample.labels[label] for label in declared.labels], sample.value)
        yield from families.values()


_meter: Meter | None = None


def observe(name: str, value: float, **labels: str) -> None:
    """Add a value to a histogram of this process; nothing where nobody counts."""
    if _meter is not None:
        _meter.observe(name, value, **labels)


@contextmanager
def counting(meter: Meter) -> Iterator[None]:
    """What the process does inside is counted there."""
    global _meter
    before, _meter = _meter, meter
    try:
        yield
    finally:
        _meter = before
