"""`carehub subscriptions`: who is told what, and how it goes."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

subscriptions = typer.Typer(no_args_is_help=True, help="Who is told when something happens.")
Id = Annotated[str, typer.Argument(help="A subscription's id.")]


@subscriptions.command("list")
def list_subscriptions(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False) -> None:
    """Every subscription: state, topic, who asked, notifications taken and waiting, tries without an answer. Names no person."""
    from carehub.wiring.bootstrap import open_store
    from carehub.wiring.settings import Settings

    standing = open_store(Settings()).subscriptions.standing()
    if as_json:
        print(
            json.dumps(
                [
                    {
                        "id": one.subscription.id,
                        "state": one.state,
                        "topic": one.subscription.topic,
                        "user": one.subscription.by.user,
                        "organisation": one.subscription.by.organisation,
                        "endpoint": one.subscription.endpoint,
                        "sent": one.sent,
                        "waiting": one.waiting,
                        "failed": one.failed,
                    }
                    for one in standing
                ]
            )
        )
        return
    for one in standing:
        asked = one.subscription
        print(
            f"{asked.id}  {one.state:<9} {asked.topic:<15} {asked.by.organisation}  sent {one.sent}, waiting {one.waiting}, failed {one.failed}"
        )
    if not standing:
        print("Nobody asked to be told anything.")


@subscriptions.command("secret")
def secret(id: Id) -> None:
    """The secret that a receiver checks signatures with. It is derived from the site's key: it changes when that does."""
    from carehub.wiring.bootstrap import build_hub
    from carehub.wiring.settings import Settings
    from carehub.wiring.subscribers import rest_hook

    settings = Settings()
    hub = build_hub(settings)
    if id not in {one.subscription.id for one in hub.store.subscriptions.standing()}:
        sys.exit("there is no such subscription")
    print(rest_hook(settings, hub).secret(id))


@subscriptions.command("resume")
def resume(id: Id) -> None:
    """Call a receiver again that did not answer for so long that its subscription is in error; what waits is told once it answers."""
    from carehub.hub.subscription_feed import greeting
    from carehub.terms.moments import iso
    from carehub.wiring.bootstrap import clock, open_store
    from carehub.wiring.settings import Settings

    held = open_store(Settings()).subscriptions
    found = next((one for one in held.standing() if one.subscription.id == id and one.state == "error"), None)
    if found is None:
        sys.exit("no subscription of this id is in error")
    held.set_state(id, "requested")
    held.post([greeting(found.subscription, iso(clock()))])
    print("Taken up again; the next sweep calls it.")
