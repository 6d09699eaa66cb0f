"""Who is told of spans: nobody, unless the site names a collector. Only then is anything of OpenTelemetry's SDK imported."""

from __future__ import annotations

import atexit
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from carehub.hub.spans import NOWHERE, Spans
from carehub.wiring.settings import Settings
from carehub.wiring.working import alarm

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

_SECONDS = 5.0


def spans_of(settings: Settings, role: str, feeds: Iterable[str]) -> Spans:
    """The spans of a process. role: what it is; "" for a command that runs and ends, which is not told of. Without the extra `telemetry` nobody is told,
    and that is said once."""
    if not (settings.otlp_endpoint and role):
        return NOWHERE
    try:
        from carehub.wiring.telemetry.telling import Telemetry

        exporter = exporter_to(settings.otlp_endpoint)
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("opentelemetry"):
            raise
        alarm("CAREHUB_OTLP_ENDPOINT is set, but the extra telemetry is not installed: nothing is traced")
        return NOWHERE
    telemetry = Telemetry(role, feeds, exporter, alarm)
    atexit.register(telemetry.close)
    return telemetry


def exporter_to(endpoint: str) -> SpanExporter:
    """What sends spans by OTLP over HTTP to a collector: to that address and nowhere else, through no proxy of the environment."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from requests import Response, Session, TooManyRedirects

    # It writes a line for each try; what is lost is counted, and said once a minute.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    session = Session()
    session.trust_env = False

    def refuse_redirect(reply: Response, **_: object) -> None:
        if 300 <= reply.status_code < 400:  # which the exporter would count as sent
            reply.close()
            raise TooManyRedirects

    session.hooks["response"].append(refuse_redirect)
    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=_SECONDS, session=session)
