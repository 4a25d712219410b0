"""Saves and reads rule sets."""

from __future__ import annotations

from http import HTTPStatus

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from training.specs.rule_sets import RuleSet as Rules
from training.specs.rules import RulesPart
from webapp.accounts.models import User
from webapp.core.errors import ApplicationError
from webapp.core.visible import visible
from webapp.corpora.models import RuleSet
from webapp.corpora.versions.choice import Choice
from webapp.corpora.versions.stored import Stored
from webapp.projects.models import Project

MOST_SETS = 200
_NAME_CHARACTERS = 80


def rule_set_create(*, project: Project, created_by: User, name: str, text: str) -> RuleSet:
    """A set under a new name; SpecError names line and field of what is wrong with the text."""
    name = visible(" ".join(name.split()))
    if not name or len(name) > _NAME_CHARACTERS:
        raise ApplicationError(_("A set of rules needs a name of at most 80 characters."))
    if project.rule_sets.count() >= MOST_SETS:
        told = _("A project keeps at most %(most)s sets of rules: delete one first.")
        raise ApplicationError(told % {"most": MOST_SETS})
    Rules.read(text)
    try:
        with transaction.atomic():
            return RuleSet.objects.create(
                project=project, created_by=created_by, name=name, text=text
            )
    except IntegrityError as error:
        told = _("There is a set of rules called %(name)s already: choose another name.")
        raise ApplicationError(
            told % {"name": repr(name)}, status_code=HTTPStatus.CONFLICT
        ) from error


def query_of(rules: Rules, stored: Stored, choice: Choice) -> str:
    """The address at which a version is tried with these rules, its marks as they are."""
    tried = Choice(
        stored=choice.stored,
        rules=rules.rules.model_dump(mode="json"),
        decided=stored,
        marks=choice.marks,
        routes=rules.routes,
    )
    return tried.query()


def rules_of(choice: Choice) -> Rules:
    """The rules of an address."""
    return Rules(RulesPart.model_validate(choice.rules), choice.routes)
