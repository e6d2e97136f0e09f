"""The policy as people read it: every rule with its examples and how it fares, and what a changed one would do."""

from typing import Annotated, Any

import yaml
from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response

from aboveboard import deciding
from aboveboard.errors import PolicyError
from aboveboard.firing import Fired, fired
from aboveboard.policy import Rule
from aboveboard.rulebook import LONGEST, read_rule
from aboveboard.trying import tried
from aboveboard.web.access import Visitor, may
from aboveboard.web.desk import desk_of
from aboveboard.web.queue import address
from aboveboard.web.rendering import page

router = APIRouter()
Reader = Annotated[Visitor, Depends(may("read"))]
FAMILIES = {
    "dark-patterns": "Dark patterns",
    "manipulation": "Manipulation",
    "claims": "Claims",
    "disclosure": "Disclosure",
    "privacy": "Privacy",
    "plan": "The plan as a whole",
    "imagery": "Pictures",
}


@router.get("/policy")
def policy(request: Request, visitor: Reader) -> Response:
    desk = desk_of(request)
    in_force, told = desk.project.policy, fired(desk.engine)
    families: dict[str, list[dict[str, Any]]] = {}
    for rule in sorted(in_force.rules, key=lambda rule: rule.title):
        families.setdefault(rule.family, []).append({"rule": rule, "fired": told.get(rule.id, Fired(0, 0))})
    named = [(FAMILIES.get(family, family), rules) for family, rules in sorted(families.items())]
    return page(request, "policy", visitor, families=named, policy=in_force)


@router.get("/policy/{rule_id}")
def one_rule(request: Request, rule_id: str, visitor: Reader) -> Response:
    desk = desk_of(request)
    rule = desk.project.policy.rule(rule_id)
    if rule is None:
        raise HTTPException(404)
    told = fired(desk.engine).get(rule.id, Fired(0, 0))
    laws = [law for law in map(desk.project.policy.law, rule.law) if law]
    return page(request, "rule", visitor, rule=rule, fired=told, laws=laws, text=written(rule), shown=_example)


@router.post("/policy/{rule_id}/try")
def try_rule(
    request: Request,
    rule_id: str,
    visitor: Annotated[Visitor, Depends(may("decide"))],
    text: Annotated[str, Form(max_length=LONGEST)] = "",
) -> Response:
    """Run the rule as somebody has changed it over the newest plan of each campaign. Nothing is adopted."""
    desk = desk_of(request)
    in_force = desk.project.policy
    try:
        changed = read_rule(text.replace("\r\n", "\n"), f"{rule_id}.yaml", in_force)
        if changed.id != rule_id:
            raise PolicyError(f"{rule_id}.yaml: the id is '{changed.id}' now. A changed rule keeps its id.")
    except PolicyError as error:
        return page(request, "trial", visitor, trial=None, problems=error.problems, words={})
    past = deciding.past(desk.project)
    trial = tried(changed, in_force, past)
    words = {one.id: {"address": address(one), "post": one.judged.draft.post} for one, _ in past}
    return page(request, "trial", visitor, trial=trial, problems=(), words=words)


def written(rule: Rule) -> str:
    """Return a rule as the YAML of its file; its comments are only in the file."""
    told = rule.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=100)


def _example(example: Any) -> str:
    if isinstance(example, str):
        return example
    return str(example.text or " / ".join(post.text for post in example.posts))
