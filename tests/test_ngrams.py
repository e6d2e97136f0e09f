import numpy as np
import pytest
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from aboveboard.guards.classifier import open_linear
from aboveboard.ngrams import LONGEST, grams
from training.linear import PENALTY, RAREST, close, fit

PRESSING = [
    "hurry, the last seats go tonight",
    "last chance, the offer ends tonight",
    "only two seats left, hurry up",
    "don't wait, the last jars go today",
    "you will regret it if you miss tonight",
    "everyone is going, don't be the one who stays at home",
    "hurry, only today, only for you",
    "the last call before prices rise tonight",
    "don't miss the last two jars of today",
    "be quick, the seats go fast today",
    "only for the quick, the last offer of today",
    "hurry, everyone wants the last two seats",
]
CALM = [
    "the library opens at ten on saturday",
    "we bake bread with flour from the mill",
    "the jars are on the shelf by the door",
    "our seats are made of oak from the valley",
    "the mill has ground flour since 1890",
    "the workshop shows how we mend a kettle",
    "bread, butter and tea at the library",
    "the walk along the river takes two hours",
    "we answer letters on saturday, at the desk by the door",
    "the oak by the river is two hundred years old",
    "the desk at the library lends maps of the valley",
    "we mend seats, kettles and jars at the workshop",
]
FEATURES = [
    *(grams(text, ["mark 3"] if "last" in text else []) for text in PRESSING),
    *(grams(text, ["language en"]) for text in CALM),
]
WANTED = np.array([[1, "last" in text] for text in PRESSING] + [[0, "oak" in text] for text in CALM], dtype=int)
UNSEEN = [grams("hurry, the oak goes tonight", ["mark 3"]), grams("bread at the mill"), grams("zzz"), grams("")]


@pytest.fixture(scope="module")
def model():
    return fit(FEATURES, WANTED)


def by_scikit_learn(asked):
    """Return what scikit-learn itself says, never having met our scoring."""
    kinds = [TfidfVectorizer(analyzer=list, sublinear_tf=True, min_df=RAREST) for _ in range(2)]
    table = hstack([kind.fit_transform([told[at] for told in FEATURES]) for at, kind in enumerate(kinds)])
    told = hstack([kind.transform([one[at] for one in asked]) for at, kind in enumerate(kinds)])
    lines = [
        LogisticRegression(C=PENALTY, solver="liblinear", max_iter=500, random_state=0).fit(
            table, WANTED[:, place]
        )
        for place in range(WANTED.shape[1])
    ]
    return np.stack([line.decision_function(told) for line in lines], axis=1)


def test_our_scores_are_those_of_scikit_learn(model):
    asked = [*FEATURES, *UNSEEN]
    ours = np.array([model.scores(one) for one in asked])
    assert np.abs(ours - by_scikit_learn(asked)).max() < 1e-2


def test_a_model_comes_back_from_its_bytes_as_it_went(model):
    data = close(model)
    again = open_linear(data)
    assert close(again) == data == close(fit(FEATURES, WANTED))
    for one in [*FEATURES, *UNSEEN]:
        assert np.array_equal(model.scores(one), again.scores(one))


def test_a_text_without_a_known_word_has_the_score_it_begins_with(model):
    assert np.array_equal(model.scores(grams("")), model.bias)


def test_a_mark_is_a_feature_like_a_word(model):
    marked, bare = model.scores(grams("the seats", ["mark 3"])), model.scores(grams("the seats"))
    assert (marked > bare).all()


def test_what_comes_after_a_long_text_is_not_read():
    text = "calm " * LONGEST
    assert grams(text) == grams(text + "hurry")
