"""What each event says of a visit: the status it leaves, whether it may speak of an end, of places, of plans.

Source: HL7 v2.5.1 chapter 3 (events A01 to A53).
"""

from __future__ import annotations

# The status an event leaves the visit in. An event that is not here says nothing of it.
STATUSES = {
    "A01": "in-progress",
    "A03": "finished",
    "A04": "in-progress",
    "A05": "planned",
    "A06": "in-progress",
    "A07": "in-progress",
    "A11": "cancelled",
    "A13": "in-progress",
    "A14": "planned",
    "A21": "onleave",
    "A22": "in-progress",
    "A27": "cancelled",
    "A38": "cancelled",
    "A52": "in-progress",
    "A53": "onleave",
}
# Events by which somebody comes: their own time is the start where PV1-44 is empty.
OPENS = frozenset(("A01", "A04"))
# Events about what is planned. What they say of dates, of a discharge or of places is no more than a plan.
PLANNED = frozenset(("A05", "A14", "A15", "A16"))
# What these say about the stay's end is a plan, the end that they cancel, or no end at all.
NO_END = PLANNED | {"A11", "A12", "A13", "A25", "A26", "A27", "A38"}
# PV1-3 is where somebody is to go, is on the way to, or was to go: not where they are.
NO_PLACE = frozenset(("A09", "A14", "A15", "A26", "A27"))
# The time of these is the time of arrival at PV1-3.
ARRIVES = frozenset(("A01", "A02", "A04", "A06", "A07"))
MOVES = frozenset(("A02", "A06", "A07"))
# A visit that cannot be told apart is an error in these; elsewhere PV1 may be there for its own sake.
ABOUT_A_VISIT = frozenset((*STATUSES, "A02", "A09", "A10", "A12", "A15", "A16", "A23", "A25", "A26", "A45"))
