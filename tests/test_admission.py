import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import a_brief

from aboveboard.admission import admit, strings
from aboveboard.brief import Audience, Brief, Fact
from aboveboard.errors import Refused
from aboveboard.policy import Policy
from aboveboard.reading import read_brief
from aboveboard.rulebook import load_policy
from aboveboard.shelves import shelves

ORDINARY = """
People who cycle to work
Security engineers in mid-size companies
Library visitors of all ages
Health-conscious people who cook at home
Parents of primary-school children
Families in and around Rheinbrück
Children with their parents
Teachers of pupils aged 8 to 12
Adults who buy books for children
People without children
Fans of children's books
Visitors aged 6 to 99
Everyone aged 12 and over
Companies with 5-17 employees
Engineering teams with technical debt
Engineers who build biometric login
Credit union members
Black Friday shoppers
Christian Dior collectors
Coffee addicts and night owls
Readers who just lost a chess game
Everyone, regardless of age, origin or sexual orientation
Adults who drink tea, not for children
Women in engineering
People who want to know more about diabetes
Eltern von Grundschulkindern
Lehrkräfte und Erwachsene, die Bücher für Kinder kaufen
Menschen jeder Herkunft
Madres y padres de niños de primaria
Personas de cualquier origen
"""

REFUSED = {
    "sensitive-targeting": """
        People with diabetes
        Pregnant women
        Muslims in Berlin
        Conservative voters
        Trade union members
        Gay men in Madrid
        People of Turkish origin
        People identified by facial recognition
        Schwangere
        Mujeres musulmanas""",
    "vulnerability-targeting": """
        People struggling with debts
        Lonely people over 60
        Recently divorced men
        Gambling addicts
        People chasing their losses
        Women unhappy with their weight
        People grieving a parent
        Menschen mit Schulden
        Frisch Getrennte
        Personas en duelo""",
    "minor-targeting": """
        Teens who love sneakers
        Kids aged 8 to 12
        13 to 17-year-olds
        Families, children
        High school students
        Kinder von 6 bis 12 Jahren
        Jugendliche
        Niños de 8 a 12 años""",
    "creepy-personalisation": """
        Lookalike audience of our customers
        People who visited our product page
        Readers picked from third-party data
        Menschen nach ihrem Kaufverhalten
        Personas que han visitado la web""",
}


def cases(block: str) -> list[str]:
    return [line.strip() for line in block.strip().splitlines()]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy()


def spoken_to(describe: str, **changes: object) -> Brief:
    audience = Audience(describe=describe, basis="contextual")
    return a_brief().model_copy(update={"audience": audience, "languages": ("en", "de", "es"), **changes})


def problems(brief: Brief, policy: Policy) -> tuple[str, ...]:
    with pytest.raises(Refused) as refusal:
        admit(brief, policy)
    return refusal.value.problems


@pytest.mark.parametrize("describe", cases(ORDINARY))
def test_an_ordinary_audience_is_admitted(describe, policy):
    brief = spoken_to(describe)
    assert admit(brief, policy) is brief


@pytest.mark.parametrize(
    ("rule", "describe"), [(rule, one) for rule, many in REFUSED.items() for one in cases(many)]
)
def test_an_audience_picked_by_what_is_private_is_refused_by_its_rule(rule, describe, policy):
    assert any(f"({rule}: " in problem for problem in problems(spoken_to(describe), policy))


@pytest.mark.parametrize("name", ["spring-refill", "reading-week", "security-tool"])
def test_the_example_briefs_are_admitted(name, policy):
    brief = read_brief(shelves("briefs", None)[-1] / f"{name}.yaml")
    assert admit(brief, policy) is brief


def test_a_refusal_says_where_why_by_which_law_and_what_to_do(policy):
    (problem,) = problems(spoken_to("People with diabetes"), policy)
    assert problem.startswith("audience.describe: 'with diabetes' ")
    assert "General Data Protection Regulation (EU) 2016/679, Art. 9" in problem
    assert "Speak to everyone" in problem


def test_every_problem_is_told_at_once(policy):
    found = problems(spoken_to("Lonely teens with diabetes, by browsing history"), policy)
    assert {rule for rule in REFUSED if any(f"({rule}: " in problem for problem in found)} == set(REFUSED)


def test_a_fact_may_describe_a_product_for_anyone(policy):
    facts = tuple(
        Fact(id=f"fact-{n}", statement=statement, source="Programme")
        for n, statement in enumerate(
            ["The workshop is aimed at teenagers.", "A talk on living with cancer.", "Debt advice is free."]
        )
    )
    assert admit(spoken_to("Everyone in town", facts=facts), policy)


def test_words_that_aim_elsewhere_in_the_brief_are_targeting(policy):
    brand = a_brief().brand
    voice = brand.voice.model_copy(update={"summary": "Plain words. We target people in debt."})
    (problem,) = problems(spoken_to("Everyone", brand=brand.model_copy(update={"voice": voice})), policy)
    assert problem.startswith("brand.voice.summary: 'in debt'")


def test_what_the_brand_never_says_is_no_targeting(policy):
    brand = a_brief().brand
    voice = brand.voice.model_copy(update={"dont": ("Speak to teenagers as if they had money.",)})
    assert admit(spoken_to("Everyone", brand=brand.model_copy(update={"voice": voice})), policy)


@pytest.mark.parametrize(
    "source",
    [
        "Maren, maren.holt@weaving.example",
        "Sam, +44 7400 123456",
        "IBAN DE89 3704 0044 0532 0130 00",
        "DNI 12345678Z",
    ],
)
def test_personal_data_in_a_fact_is_refused_without_being_repeated(source, policy):
    facts = (Fact(id="loom", statement="The loom is from 1890.", source=source),)
    (problem,) = problems(spoken_to("Everyone", facts=facts), policy)
    assert problem.startswith("facts[0].source: ")
    assert source.split(" ", 1)[1] not in problem


def test_a_number_is_read_as_the_briefs_regions_write_it(policy):
    facts = (Fact(id="loom", statement="The loom is from 1890.", source="Sam, 07400 123456"),)
    audience = Audience(describe="Everyone", basis="contextual", regions=("GB",))
    (problem,) = problems(a_brief().model_copy(update={"facts": facts, "audience": audience}), policy)
    assert problem.startswith("facts[0].source: '07…56' ")


def test_a_role_mailbox_is_nobodys(policy):
    facts = (Fact(id="loom", statement="The loom is from 1890.", source="Press office, press@weaving.example"),)
    assert admit(spoken_to("Everyone", facts=facts), policy)


def test_a_campaign_code_in_the_link_is_no_reason_to_refuse(policy):
    action = a_brief().action.model_copy(update={"link": "https://example.org/map?utm_source=m&fbclid=IwAR0"})
    assert admit(spoken_to("Everyone", action=action), policy)


def test_every_string_of_a_brief_is_read():
    paths = dict(strings(a_brief().model_dump()))
    assert paths["title.de"] == "Nachfüllwoche"
    assert paths["facts[0].source"] == "Public map"
    assert paths["brand.voice.summary"] == "A neighbour who knows where the tap is."


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=200).filter(str.strip))
def test_the_gate_answers_any_text(policy, describe):
    try:
        admit(spoken_to(describe.strip()), policy)
    except Refused as refusal:
        assert all(": " in problem for problem in refusal.problems)
