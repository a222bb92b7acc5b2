"""What this process counts, for Prometheus."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_BOUNDS = (*(str(bound) for bound in _BUCKETS), "+Inf")


class RequestTimes(Collector):
    """Count and latency by route, method and status.

    Plain lists instead of the library's histogram: that one costs a tenth of a whole join check.
    """

    def __init__(self) -> None:
        self._times: dict[tuple[str, str, int], list[float]] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        times = self._times.get((method, route, status))
        if times is None:
            times = self._times[method, route, status] = [0.0] * (len(_BUCKETS) + 2)
        times[bisect_left(_BUCKETS, seconds)] += 1
        times[-1] += seconds

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Everything so far, in Prometheus' words."""
        family = HistogramMetricFamily(
            "banstream_http_request_seconds", "Requests by route.", labels=["method", "route", "status"]
        )
        for (method, route, status), times in self._times.items():
            buckets = list(zip(_BOUNDS, accumulate(times[:-1]), strict=True))
            family.add_metric([method, route, str(status)], buckets, sum_value=times[-1])
        yield family


class Metrics:
    """All metrics of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = RequestTimes()
        self.registry.register(self.requests)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self.writes = Counter(
            "banstream_writes", "Commands by what became of them.", ["outcome"], registry=self.registry
        )
        self.rate_limited = Counter(
            "banstream_rate_limited", "Requests turned away.", ["reason"], registry=self.registry
        )
        self.refused_credentials = Counter(
            "banstream_refused_credentials", "Requests without a valid credential.", registry=self.registry
        )
        self.vpn_questions = Counter(
            "banstream_vpn_questions",
            "Providers by what became of a question.",
            ["provider", "outcome"],
            registry=self.registry,
        )
        self.vpn_verdicts = Counter(
            "banstream_vpn_verdicts", "VPN answers by what decided.", ["source"], registry=self.registry
        )
        self.asn_database_failures = Counter(
            "banstream_asn_database_failures", "The ASN database could not be read.", registry=self.registry
        )

    def watch(self, name: str, description: str, read: Callable[[], float]) -> None:
        """A gauge that is read when somebody looks."""
        Gauge(f"banstream_{name}", description, registry=self.registry).set_function(read)

    def watch_each(self, name: str, description: str, label: str, reads: Mapping[str, Callable[[], float]]) -> None:
        """The same, one value for each value of a label."""
        gauge = Gauge(f"banstream_{name}", description, [label], registry=self.registry)
        for value, read in reads.items():
            gauge.labels(value).set_function(read)
