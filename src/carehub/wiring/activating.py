"""`carehub identity activate`: rules put in force by a message in the log; every person is then decided anew by them, in the place of that message."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from carehub.hub.rules_feed import Activation, message_of
from carehub.hub.rules_in_force import activations, standing_out
from carehub.identity import gate
from carehub.identity.rule_file import BadRules, MatchingRules, digest, short
from carehub.store.ports import Store
from carehub.store.rules_standing import DONE
from carehub.terms.moments import iso
from carehub.wiring.bootstrap import build_hub
from carehub.wiring.matching_rules import load_gate, load_texts
from carehub.wiring.settings import Settings
from carehub.wiring.trying_rules import dry_run


def activate(new: Path | None, *, by: str, reason: str, sure: bool) -> bool:
    """Say what would change, ask, and put rules in force; whether they are. new: None for those of the settings. Raises BadRules."""
    settings = Settings()
    path = new or settings.identity_rules
    rules, text, model = load_texts(path)
    hub = build_hub(settings)
    refuse(rules, hub.store)
    standing = hub.store.links.rules()
    if standing and standing.position and standing.content == short(rules.file.sha256) and standing.reached == DONE:
        print(f"Rules {rules.version} are in force already.")
        return True
    if not sure:
        dry_run(path, examples=5, as_json=False)
        if not typer.confirm(f"Put rules {rules.version} in force?"):
            print("Nothing was written.")
            return False
    told = Activation(text, model, by, iso(hub.clock()), reason)
    [message] = hub.receive([message_of(told)])[0].messages
    hub.drain()
    if hub.store.links.lane_position() < hub.log.position(message):
        print("The rules are in the log. They come into force once the messages before them are read.")
        return False
    print(f"Rules {rules.version} are in force; every person was decided by them.")
    return True


def refuse(rules: MatchingRules, store: Store) -> None:
    """Raises BadRules for rules that were in force with another content under this version, or fail the gate by a rule that they do not say is off."""
    held = {told.version: digest(told.rules) for told in activations(store.records, store.log)}
    if held.get(rules.version, rules.file.sha256) != rules.file.sha256:
        raise BadRules(f"identity rules of version {rules.version} were in force before, and they said something else: raise the version")
    breaches = [one for one in gate.failures(load_gate(), rules.model, rules.settings) if one.rule not in rules.file.off]
    if breaches:
        raise BadRules("refused: " + "; ".join(f"fails the gate, {one.rule}: {one.case}: {one.because}" for one in breaches))


def show_rules(*, as_json: bool) -> bool:
    """Print which rules are in force, since when and by whom, and what stands out; whether nothing does."""
    hub = build_hub(Settings())
    standing, words = hub.store.links.rules(), standing_out(hub.store.links, hub.log, hub.scales)
    history = [(one.version, one.at, one.by, one.reason) for one in activations(hub.store.records, hub.log)]
    if as_json:
        rows = [dict(zip(("version", "at", "by", "reason"), row, strict=True)) for row in history]
        print(json.dumps({"version": standing.version if standing else None, "stands_out": words, "put_in_force": rows}))
        return not words
    print(f"Rules {standing.version} are in force." if standing else "Nothing was decided here by rules that are known.")
    for version, at, whose, why in history:
        print(f"  {at}  rules {version}, {whose}: {why}")
    print(words or "All of it was decided by the rules of the settings.")
    return not words
