"""Subscriptions and their outbox in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, func, or_, select, update

from carehub.fhir.canonical import dumps, restore
from carehub.governance.subscription import GREETING, Notification, Standing, State, Subscription
from carehub.store.sql.places import Place
from carehub.store.sql.statements import argument
from carehub.store.sql.subscription_tables import outbox, subscriptions


class SqlSubscriptions:
    """carehub.store.subscribing.Subscriptions."""

    def __init__(self, place: Place) -> None:
        s, o = subscriptions.c, outbox.c
        self._place = place
        self._put = place.inserting(subscriptions, update=())
        self._post = place.inserting(outbox, update=())
        self._standing = place.prepare(select(s.subscription, s.state, s.failed, s.said).order_by(s.subscription))
        listening = or_(s.state == "requested", s.state == "active")
        self._listening = place.prepare(select(s.said).where(listening).order_by(s.subscription))
        self._counts = place.prepare(
            select(o.subscription, o.state, func.count()).where(o.key != GREETING).group_by(o.subscription, o.state)
        )
        greeted = and_(s.state == "requested", o.key == GREETING)
        self._due = place.prepare(
            select(outbox)
            .join(subscriptions, s.subscription == o.subscription)
            .where(or_(s.state == "active", greeted), o.state == argument("waiting"), o.due <= argument("now"))
            .order_by(o.due, o.notification)
            .limit(argument("most"))
        )
        self._state = place.prepare(
            update(subscriptions)
            .where(s.subscription == argument("one"), s.state != argument("ended"))
            .values(state=argument("new"), failed=argument("tries"))
        )
        self._claim = place.prepare(
            update(outbox)
            .where(o.notification == argument("one"), o.state == argument("waiting"), o.due == argument("was"))
            .values(due=argument("until"), attempts=o.attempts + 1)
            .returning(o.attempts)
        )
        self._settle = place.prepare(update(outbox).where(o.notification == argument("one")).values(state=argument("new")))

    def put(self, asked: Sequence[Subscription]) -> None:
        with self._place.writing() as writing:
            writing.many(self._put, [(one.id, "requested", 0, dumps(one)) for one in asked])

    def set_state(self, subscription: str, state: State, failed: int = 0) -> None:
        with self._place.writing() as writing:
            writing.run(self._state, one=subscription, ended="off", new=state, tries=failed)

    def standing(self) -> list[Standing]:
        counted = {(id, state): n for id, state, n in self._place.rows(self._counts)}
        return [
            Standing(restore(said, Subscription), state, counted.get((id, "sent"), 0), counted.get((id, "waiting"), 0), failed)
            for id, state, failed, said in self._place.rows(self._standing)
        ]

    def listening(self) -> list[Subscription]:
        return [restore(said, Subscription) for (said,) in self._place.rows(self._listening)]

    def post(self, notifications: Sequence[Notification]) -> None:
        if notifications:
            with self._place.writing() as writing:
                writing.many(self._post, [_row(one) for one in notifications])

    def due(self, now: str, limit: int) -> list[Notification]:
        return [Notification(*row) for row in self._place.rows(self._due, waiting="waiting", now=now, most=limit)]

    def claim(self, notification: Notification, until: str) -> bool:
        with self._place.writing() as writing:
            return bool(writing.rows(self._claim, one=notification.id, waiting="waiting", was=notification.due, until=until))

    def settle(self, notification: str, state: str) -> None:
        with self._place.writing() as writing:
            writing.run(self._settle, one=notification, new=state)


def _row(one: Notification) -> tuple[object, ...]:
    return (one.id, one.subscription, one.person, one.key, one.stamp, one.focus, one.state, one.at, one.due, one.attempts)
