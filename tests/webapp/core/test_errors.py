"""Errors reach the user as one sentence per problem, in one body, with the right status."""

from __future__ import annotations

import errno
import sqlite3
import uuid
from contextlib import closing

import pytest
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated

from training.errors import DataError, Problem, SpecError
from webapp.core.api import api_exception_handler
from webapp.core.errors import ApplicationError, as_application_error


def test_an_application_error_keeps_its_fields_and_status() -> None:
    error = ApplicationError("No.", fields={"name": ["Taken."]}, status_code=409)
    answer = api_exception_handler(error, {})
    assert answer is not None
    assert answer.status_code == 409
    assert answer.data == {"message": "No.", "extra": {"fields": {"name": ["Taken."]}}}


def test_problems_of_a_spec_are_listed_under_their_field_paths() -> None:
    problems = [
        Problem("model.num_heads", "does not divide the width", got="7", expected="1, 2, 4"),
        Problem("model.num_heads", "is odd"),
        Problem("steps", "is negative", got="-1"),
    ]
    answer = api_exception_handler(SpecError(problems), {})
    assert answer is not None
    assert answer.status_code == 400
    fields = answer.data["extra"]["fields"]
    assert list(fields) == ["model.num_heads", "steps"]
    assert len(fields["model.num_heads"]) == 2
    assert "7" in fields["model.num_heads"][0]


def test_a_data_error_tells_its_advice() -> None:
    known = as_application_error(DataError("The file is empty.", advice="Upload another."))
    assert known is not None
    assert known.message == "The file is empty. Upload another."


def test_a_bug_is_not_shown_as_the_users_mistake() -> None:
    assert as_application_error(ValueError("secret detail")) is None
    assert api_exception_handler(ValueError("secret detail"), {"request": HttpRequest()}) is None


def test_a_full_disk_is_507_whoever_meets_it() -> None:
    wrapped = OperationalError("database or disk is full")
    wrapped.__cause__ = sqlite_error("PRAGMA max_page_count=1", "CREATE TABLE a (b)")
    for error in (OSError(errno.ENOSPC, "No space left on device"), wrapped):
        answer = api_exception_handler(error, {})
        assert answer is not None
        assert answer.status_code == 507
        assert "disk of the server is full" in answer.data["message"]


def test_another_error_of_the_database_stays_ours_to_mend() -> None:
    wrapped = OperationalError("no such table")
    wrapped.__cause__ = sqlite_error("SELECT * FROM nothing")
    assert as_application_error(wrapped) is None


def sqlite_error(*statements: str) -> sqlite3.Error:
    """What SQLite itself raises at the last statement."""
    with closing(sqlite3.connect(":memory:")) as connection, pytest.raises(sqlite3.Error) as caught:
        for statement in statements:
            connection.execute(statement)
    return caught.value


def test_nested_validation_details_become_dotted_paths() -> None:
    error = serializers.ValidationError({"model": {"layers": [{"width": ["Too small."]}]}})
    answer = api_exception_handler(error, {})
    assert answer is not None
    assert answer.data["extra"]["fields"] == {"model.layers.0.width": ["Too small."]}


def test_other_api_errors_have_the_same_body() -> None:
    answer = api_exception_handler(NotAuthenticated(), {})
    assert answer is not None
    assert set(answer.data) == {"message", "extra"}


@pytest.mark.django_db
@pytest.mark.usefixtures("chinese")
def test_a_verb_that_an_upload_does_not_know_is_refused_in_the_readers_language() -> None:
    url = f"/api/v1/upload-files/{uuid.uuid4()}/"
    told = {
        language: Client().put(url, headers={"accept-language": language})
        for language in ("en", "zh-hans")
    }
    assert {answer.status_code for answer in told.values()} == {405}
    assert told["en"].json()["message"] == 'Method "PUT" not allowed.'
    assert told["zh-hans"].json()["message"] not in {"", told["en"].json()["message"]}


@pytest.mark.django_db
def test_an_error_that_a_page_lets_through_is_a_page_and_not_a_500(world, as_user) -> None:
    only_owner = world.project.memberships.get(user=world.owner)
    answer = as_user(world.owner).post(f"/members/{only_owner.pk}/remove/")
    assert answer.status_code == 409
    assert "only owner" in answer.content.decode()
