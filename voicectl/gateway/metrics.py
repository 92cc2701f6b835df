"""What can be counted from outside, for Prometheus, on a listener of its own; prometheus-client's only home.

No label ever holds a text, an address or a path: all of them come from short closed lists. Keys are
labels only where an operator asked for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from voicectl.core.errors import Unavailable
from voicectl.gateway import extra

if TYPE_CHECKING:
    from voicectl.gateway.exchange import Exchange

NAMESPACE = "voicectl_gateway"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
UNKNOWN_ROUTE = "none"


class Metrics:
    """All counters of one gateway. `vendors` names the vendor of each profile."""

    def __init__(self, env: str, vendors: Mapping[str, str], *, per_key: bool = False) -> None:
        library = _library()
        self.registry = registry = library.CollectorRegistry()
        self._env = env
        self._vendors = vendors
        self._per_key = per_key
        self._children: dict[tuple[Any, ...], Any] = {}

        def counter(name: str, words: str, *labels: str) -> Any:
            return library.Counter(name, words, labels, namespace=NAMESPACE, registry=registry)

        def histogram(name: str, words: str, *labels: str) -> Any:
            return library.Histogram(
                name, words, labels, namespace=NAMESPACE, registry=registry, buckets=SECONDS
            )

        self._gauge_class = library.Gauge
        labels = ("route", "code", "env", "vendor", *(("key",) if per_key else ()))
        self._requests = counter("requests_total", "Decided requests.", *labels)
        self._seconds = histogram(
            "request_seconds", "From the head of a request to the end of its answer.", "route"
        )
        self._upstream = histogram("upstream_seconds", "Until a vendor's first sound.", "vendor")
        self._characters = counter("characters_total", "Characters spoken.", "vendor", "env")
        self._failures = counter("auth_failures_total", "Keys that were no good.", "reason")
        self._limited = counter("rate_limited_total", "Requests over a limit.", "limit")

    def watch(self, name: str, words: str, value: Callable[[], float]) -> None:
        """Show a number that is asked for when somebody looks."""
        gauge = self._gauge_class(name, words, namespace=NAMESPACE, registry=self.registry)
        gauge.set_function(value)

    def watch_labelled(
        self,
        name: str,
        words: str,
        labels: Iterable[str],
        values: Callable[[], Mapping[tuple[str, ...], float]],
    ) -> None:
        """Show a table of numbers that is asked for when somebody looks."""
        self.registry.register(_Table(f"{NAMESPACE}_{name}", words, tuple(labels), values))

    def count(self, exchange: Exchange, seconds: float) -> None:
        """Count a request whose answer has ended."""
        route = exchange.route or UNKNOWN_ROUTE
        vendor = self._vendors.get(exchange.vendor_profile, "")
        labels = [route, str(exchange.status), self._env, vendor]
        if self._per_key:
            labels.append(exchange.seen.key_id)
        self._child(self._requests, *labels).inc()
        self._child(self._seconds, route).observe(seconds)
        if exchange.upstream_seconds is not None:
            self._child(self._upstream, vendor).observe(exchange.upstream_seconds)
        if exchange.was_heard and exchange.reserved:
            self._child(self._characters, vendor, self._env).inc(exchange.reserved.wanted.characters)
        if exchange.status == 401:
            self._child(self._failures, exchange.reason).inc()
        elif exchange.status == 429:
            self._child(self._limited, exchange.reason).inc()

    def _child(self, metric: Any, *labels: str) -> Any:
        """Return a metric's child; looking it up in the library takes a lock."""
        place = (metric, *labels)
        child = self._children.get(place)
        if child is None:
            child = self._children[place] = metric.labels(*labels)
        return child


class _Table:
    """A collector over numbers that live elsewhere."""

    def __init__(
        self,
        name: str,
        words: str,
        labels: tuple[str, ...],
        values: Callable[[], Mapping[tuple[str, ...], float]],
    ) -> None:
        self._told = (name, words, labels)
        self._values = values

    def collect(self) -> Iterable[Any]:
        from prometheus_client.core import GaugeMetricFamily

        name, words, labels = self._told
        family = GaugeMetricFamily(name, words, labels=labels)
        for place, value in self._values().items():
            family.add_metric(list(place), value)
        return [family]


def listen(metrics: Metrics, host: str, port: int) -> Callable[[], None]:
    """Show metrics on a port of their own, from a thread of their own; return what ends that."""
    try:
        server, thread = _library().start_http_server(port, addr=host, registry=metrics.registry)
    except OSError as error:
        raise Unavailable(
            "cannot listen on {host}:{port} for metrics: {reason}",
            host=host,
            port=port,
            reason=error.strerror or str(error),
            hint="--metrics-port 0 shows none",
        ) from None

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return end


def _library() -> Any:
    with extra.needed():
        import prometheus_client
    return prometheus_client
