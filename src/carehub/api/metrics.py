"""/metrics: the hub's figures in the exposition format that Prometheus and OpenMetrics collectors read. Names and labels are in docs/operations.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Protocol

from fastapi import APIRouter
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from carehub import __version__
from carehub.api.requester import Credentials
from carehub.hub.feed_health import FeedHealth
from carehub.hub.hub import Hub
from carehub.hub.metering import Figures, figures
from carehub.hub.read_only import Halt
from carehub.terms.moments import instant

STATES = ("current", "late", "stale", "failing", "silent")


class Times(Protocol):
    """How long requests took, of all processes of a machine."""

    def observe(self, route: str, method: str, status: str, seconds: float) -> None:
        """One more request. route: as declared; status: its class, "2xx"."""

    def told(self, registry: CollectorRegistry) -> None:
        """Put those of every process into a registry."""


def metric_routes(hub: Hub, credentials: Credentials, halted: Callable[[], Halt | None], times: Times | None = None) -> APIRouter:
    """One route. It decides, audits, and only then counts; every scrape asks the store anew, so each process of a hub tells the same of it. times: how
    long requests took on this machine."""
    router = APIRouter(tags=["operations"])

    def metrics(request: Request) -> Response:
        """What waits at each step and for how long, how each feed stands, and this process, as text for a metrics collector."""
        told = hub.disclosing.operations(credentials.requester(request), "metrics", partial(figures, hub)).value
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(_Told(told, halted() is not None, hub.spans.fates()))
        if times is not None:
            times.told(registry)
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"content-type": content_type})

    router.add_api_route("/metrics", metrics, methods=["GET"], response_class=Response)
    return router


class _Told(Collector):
    def __init__(self, told: Figures, read_only: bool, fates: Mapping[str, int]) -> None:
        self._told, self._read_only, self._fates = told, read_only, fates

    def collect(self) -> Iterable[Metric]:
        told = self._told
        yield _gauge("carehub_build", "Always 1; the version is a label.", ("version",), [((__version__,), 1)])
        yield _gauge("carehub_read_only", "1 while nothing is taken in.", (), [((), self._read_only)])
        yield CounterMetricFamily("carehub_messages_received", "Messages in the log.", told.received)
        yield _gauge(
            "carehub_waiting",
            "Messages that a step has not done; plans to be made anew; exports to be written.",
            ("step",),
            [((step,), count) for step, count in told.waiting.items()],
        )
        yield _gauge(
            "carehub_oldest_waiting_seconds",
            "Since the first message was received that the identity lane has not passed.",
            (),
            [((), told.oldest_waiting)],
        )
        yield _gauge("carehub_plans", "People with a plan.", (), [((), told.plans)])
        yield _gauge("carehub_conflicts", "Conflicts in all plans.", (), [((), told.conflicts)])
        yield _gauge("carehub_gaps", "Gaps in all plans.", (), [((), told.gaps)])
        yield _gauge(
            "carehub_feed_oldest_dead_letter_seconds",
            "Since the oldest rejected message was received.",
            ("feed",),
            [((feed,), seconds) for feed, seconds in told.oldest_dead.items()],
        )
        yield _gauge("carehub_messages_blamed", "Messages not read any more, because processes ended with them.", (), [((), told.blamed)])
        yield from _of_spans(self._fates)
        yield from _of_feeds(told.feeds)


def _of_spans(fates: Mapping[str, int]) -> Iterator[Metric]:
    if fates:
        spans = CounterMetricFamily("carehub_spans", "What became of the spans of this process.", labels=("fate",))
        for fate, count in fates.items():
            spans.add_metric((fate,), count)
        yield spans


_FEED = ("feed", "source")


def _of_feeds(feeds: Iterable[FeedHealth]) -> Iterator[Metric]:
    lines = [((line.feed, line.source), line) for line in feeds]
    states = [((*key, state), line.state == state) for key, line in lines for state in STATES]
    yield _gauge("carehub_feed_state", "1 for the state that a feed is in.", (*_FEED, "state"), states)
    came = CounterMetricFamily("carehub_feed_messages", "Messages of a source by how mapping ended.", labels=(*_FEED, "verdict"))
    for key, line in lines:
        ended = {"accepted": line.messages - line.partly - line.rejected, "partly_quarantined": line.partly, "rejected": line.rejected}
        for verdict, count in ended.items():
            came.add_metric((*key, verdict), count)
    yield came
    gauges: dict[str, tuple[str, Callable[[FeedHealth], float | None]]] = {
        "last_message_timestamp_seconds": ("When the last message was received.", lambda line: _seconds(line.last)),
        "last_usable_message_timestamp_seconds": (
            "When the last message was received that could be used.",
            lambda line: _seconds(line.last_good),
        ),
        "late_seconds": ("Since a message was due; 0 when none is.", lambda line: line.late_by * 60),
        "dead_letters": ("Messages that cannot be read since the last good one.", lambda line: line.dead),
        "unreadable_ratio": ("Rejected among the messages of seven days.", lambda line: line.unreadable_share),
        "untranslated_codes": ("Local codes without translation, ever.", lambda line: line.untranslated),
        "volume_low": ("1 when yesterday brought less than half of what is usual.", lambda line: line.low),
    }
    for name, (words, value) in gauges.items():
        held = [(key, figure) for key, line in lines if (figure := value(line)) is not None]
        yield _gauge(f"carehub_feed_{name}", words, _FEED, held)


def _gauge(name: str, words: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    gauge = GaugeMetricFamily(name, words, labels=labels)
    for key, value in values:
        gauge.add_metric(key, float(value))
    return gauge


def _seconds(moment: str) -> float | None:
    found = instant(moment)
    return found.timestamp() if found else None
