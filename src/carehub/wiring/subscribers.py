"""Who may be called when something happens, as the settings have it."""

from __future__ import annotations

from carehub.governance.subscription import Subscription
from carehub.hub.hub import Hub
from carehub.hub.tell_subscribers import TellSubscribers
from carehub.outside.rest_hook import RestHook
from carehub.wiring.settings import Settings


def rest_hook(settings: Settings, hub: Hub) -> RestHook:
    """The caller of subscribers, which calls nobody whom the settings do not name."""
    plain = settings.env != "production"
    return RestHook(settings.subscription_names, plain, settings.secret_key.get_secret_value(), hub.clock)


def tell_by(hub: Hub, hook: RestHook) -> None:
    """Have the hub call its subscribers with this."""

    def call(subscription: Subscription, id: str, body: bytes) -> None:
        hook.call(subscription.endpoint, subscription.id, id, body)

    hub.tell_subscribers = TellSubscribers(hub.store, hub.disclosing, call, hub.feed_health).tell
