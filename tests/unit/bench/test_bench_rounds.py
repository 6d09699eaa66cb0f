"""Rotated rounds: everybody once a round, and another one first each time."""

from rounds import rate, rotated


def test_contenders_take_turns_at_going_first() -> None:
    order: list[str] = []

    def contender(name: str):
        return lambda: order.append(name) or len(order)

    found = rotated({name: contender(name) for name in "abc"}, 3)
    assert "".join(order) == "abcbcacab"
    assert found == {"a": [1, 6, 8], "b": [2, 4, 9], "c": [3, 5, 7]}


def test_a_rate_is_more_than_nothing() -> None:
    assert rate(1000, lambda: sum(range(1000)))() > 0
