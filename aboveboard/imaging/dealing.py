"""Dealing what a brand has to go round: neighbours differ, and nothing comes twice in a round."""

from random import Random


def dealt(house: int, what: str, place: int, count: int) -> int:
    """Return a number below `count`, dealt like cards: every one once a round, in an order that changes.

    `house` is the brand's own number, `what` names the pack, and `place` is the card's place in its campaign.
    """
    hand: list[int] = []
    for turn in range(place // count + 1):
        fresh = Random(f"{house}:{what}:{turn}").sample(range(count), count)
        if hand and hand[-1] == fresh[0]:
            fresh.reverse()
        hand = fresh
    return hand[place % count]
