"""Which rules the identity lane decides by: those of the last activation it has come to in the log, else those of the settings; and deciding anew."""

from __future__ import annotations

from dataclasses import replace

from carehub.hub import rules_feed
from carehub.hub.awaiting import review_id
from carehub.hub.lane_view import LaneView
from carehub.identity import linking
from carehub.identity.rule_file import BadRules, MatchingRules, short
from carehub.identity.scales import Scales
from carehub.store.ports import Lane, Links, MessageLog, Records
from carehub.store.stored import DONE, ClosedReview, LaneBatch, MapOutcome, RulesStanding

TOGETHER = 256
"""Members decided anew in one commit: what comes after waits, what is read meanwhile is as it was."""


def scales_of(rules: MatchingRules) -> Scales:
    """What weighs by these rules."""
    return Scales(rules.model, rules.settings, rules.version, short(rules.file.sha256))


def in_force(standing: RulesStanding | None, log: MessageLog, configured: Scales | None) -> Scales | None:
    """What the lane decides by. standing: as the store says; configured: by the rules of the settings, also where those in force are of an earlier
    carehub and cannot be used by this one: linking must not stop, and `standing_out` says so."""
    if standing is None or not standing.position:
        return configured
    return _usable(message_at(standing, log), log) or configured


def message_at(standing: RulesStanding, log: MessageLog) -> str:
    """The message that put these rules in force."""
    return log.heads(standing.position - 1, 1)[0].id


def activates(outcome: MapOutcome, log: MessageLog) -> bool:
    """Whether a message puts rules in force; not where an upgrade came between its mapping and the lane, and its rules cannot be used any more."""
    return outcome.feed == rules_feed.FEED and outcome.verdict == "accepted" and _usable(outcome.message, log) is not None


def activation(message: str, log: MessageLog) -> rules_feed.Activation:
    """The activation a message tells."""
    return rules_feed.read(log.read([message])[message].body)


# By message, whose content cannot change. Rules are put in force a few times a year.
_READ: dict[str, Scales] = {}


def _put_in_force(message: str, log: MessageLog) -> Scales:
    if message not in _READ:
        if len(_READ) >= 4:
            _READ.clear()
        _READ[message] = scales_of(activation(message, log).read())
    return _READ[message]


def _usable(message: str, log: MessageLog) -> Scales | None:
    try:
        return _put_in_force(message, log)
    except BadRules:
        return None


def activations(records: Records, log: MessageLog) -> list[rules_feed.Activation]:
    """All that were ever told and could be used, in order of the log."""
    return [activation(outcome.message, log) for outcome in records.unsettled("accepted", 0, 10_000, rules_feed.FEED)]


def standing_out(links: Links, log: MessageLog, configured: Scales | None) -> str:
    """In words, what of this store was not decided by the rules that the settings name; "" when all of it was."""
    standing = links.rules()
    if configured is None or not configured.content or not links.lane_position():
        return ""
    if standing is None:
        return "It is not known by which identity rules the records here were linked. Run: carehub identity activate"
    if standing.position and in_force(standing, log, None) is None:
        return (
            f"Identity rules {standing.version}, in force here, are of an earlier version of carehub and cannot be used by this one; rules"
            f" {configured.version} of the settings decide what arrives. Run: carehub identity activate"
        )
    if standing.reached != DONE:
        return f"Identity rules {standing.version} are being put in force; {standing.reached} records have been decided by them so far."
    if (standing.version, standing.content) == (configured.version, configured.content):
        return ""
    if standing.position:
        return f"Identity rules {standing.version} were put in force here and decide; rules {configured.version} of the settings do not."
    return (
        f"Records here were linked by identity rules {standing.version}; the settings name rules {configured.version}, which decide only what"
        " arrives. Run: carehub identity activate"
    )


def refuse_two_of_one_version(standing: RulesStanding | None, rules: MatchingRules) -> None:
    """Raises BadRules for a rules file of the version that decided here, with another content."""
    if standing and standing.version == rules.version and standing.content != short(rules.file.sha256):
        raise BadRules(f"identity rules of version {rules.version} decided here, and they said something else: raise the version")


def first_rules(lane: Lane, scales: Scales | None) -> RulesStanding | None:
    """By which rules a store is decided from its first message on; None where that is kept already, or is not known any more."""
    if scales is None or not scales.content or lane.position() or lane.rules():
        return None
    return RulesStanding(0, scales.version, scales.content)


def decide_anew(outcome: MapOutcome, lane: Lane, links: Links, log: MessageLog, before: int) -> LaneBatch:
    """The next members decided by the rules that this message puts in force, person by person. What comes out otherwise is written, and nothing else;
    rulings and merges stand. before: the lane's position, which moves on to the message once all are decided.
    """
    standing = lane.rules()
    scales = _put_in_force(outcome.message, log)
    after = standing.reached if standing and standing.position == outcome.position else 0
    members = lane.in_order(after, TOGETHER)
    view = LaneView(lane)
    done: set[str] = set()
    for member in members:
        if member.patient in done:
            continue
        together = view.of_persons([view.members([member.patient])[member.patient].person])
        touched = [linking.Touched(m.patient, m.demographics, scales.keys(m.patient, m.demographics)) for m in together]
        done.update(one.patient for one in touched)
        view.take(linking.settle(touched, (), view, (), (), scales, afresh=True), outcome.position, outcome.received)
    finished = len(members) < TOGETHER
    at = outcome.position if finished else before
    view.ask_proposed((), links, scales)
    reached = DONE if finished else after + len(members)
    batch = view.batch(at, outcome.received)
    asked = {(r.a, r.b): r for r in links.reviews(batch.reviewed)}
    now = {(r.a, r.b): r for r in batch.reviews}
    changed = {p for pair in asked.keys() | now.keys() if asked.get(pair) != now.get(pair) for p in pair}
    view.touch(member.person for member in view.members(changed).values())
    closed = tuple(ClosedReview(review_id(a, b), a, b, outcome.position) for a, b in sorted(asked.keys() - now.keys()))
    rules = RulesStanding(outcome.position, scales.version, scales.content, reached)
    return replace(view.batch(at, outcome.received), rules=rules, closed=closed)
