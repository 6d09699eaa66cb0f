"""What another process does to a store: in a module by itself, which a process that is spawned finds by its name."""

from __future__ import annotations

from carehub.hub.hub import Hub
from carehub.hub.report_match import Doubt
from carehub.hub.stewards import Stewards
from carehub.identity.rulings import Why
from carehub.store.sql.store import SqlStore
from hub.test_report_match import ACUTE, person
from hub.toy_hub import NURSE, toy_hub


def opened(url: str) -> Hub:
    """A hub over the store at this address."""
    return toy_hub(store=SqlStore(url))  # type: ignore[arg-type]


def hide(url: str) -> None:
    """Report the hospital's record as another person's, and hide it."""
    hub = opened(url)
    Stewards(hub).report(NURSE, Doubt(person(hub), ACUTE, Why.OTHER_PERSON, "Not hers.", True))
    hub.store.close()
