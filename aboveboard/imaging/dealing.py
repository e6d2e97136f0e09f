"""Dealing what a brand has to go round: neighbours differ, and nothing comes twice in a round."""

from random import Random


def dealt(house: int, what: str, place: int, count: int) -> int:
    """Return a number below `count`, dealt like cards: every one once a round, in an order that changes.

    `house` is the brand's own number, `what` names the pack, and `place` is the card's place in its campaign.
    """
    turn = place // count
    last, hand = (Random(f"{house}:{what}:{number}").sample(range(count), count) for number in (turn - 1, turn))
    if last[-1] == hand[0]:
        hand.reverse()
    return hand[place % count]
