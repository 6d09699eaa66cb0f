"""The hub's own feed of rules put in force: rules file and model whole, as one message, so that a rebuild decides by the same rules at the same place."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass

from carehub.feeds.message import Message, Submission
from carehub.fhir.canonical import dumps
from carehub.hub.own_feed import of_nobody, own_adapter
from carehub.identity import rule_file
from carehub.identity.rule_file import MatchingRules

FEED = "identity/rules"


@dataclass(frozen=True, slots=True)
class Activation:
    """Rules and model as their texts; who put them in force, when (ISO UTC), and why."""

    rules: str
    model: str
    by: str
    at: str
    reason: str

    @property
    def version(self) -> int:
        """Of the rules, also of those that this version of carehub cannot use any more; 0 for what never was a rules file."""
        try:
            told = tomllib.loads(self.rules).get("version")
        except tomllib.TOMLDecodeError:
            return 0
        return told if isinstance(told, int) else 0

    def read(self) -> MatchingRules:
        """Raises BadRules, also for rules of an earlier carehub that lack what this one wants."""
        return rule_file.with_model(rule_file.read(self.rules, where="the rules"), self.model, where="the model")


def message_of(told: Activation) -> Submission:
    """An activation as the message that tells it."""
    return Submission(FEED, dumps(told), told.at, told.by, content_type="application/json")


def read(body: bytes) -> Activation:
    """The activation a message tells. Raises ValueError."""
    told = json.loads(body)
    if not isinstance(told, dict) or not all(isinstance(told.get(name), str) for name in Activation.__slots__):
        raise ValueError("no activation")
    return Activation(**{name: told[name] for name in Activation.__slots__})


def _kind(message: Message) -> str:
    """Rules are about nobody until the lane comes to them; those that cannot be used are no word."""
    read(message.body).read()
    return "activation"


ADAPTER = own_adapter(
    FEED,
    of_nobody(_kind),
    speaker="Rules of identity put in force",
    title="Rules of identity put in force",
    domain="https://carehub.example/Id/identity-rules",
    arrives="push",
    messages=("activation",),
)
