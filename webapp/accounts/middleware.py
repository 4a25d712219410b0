"""Leads everybody to the first account while there is none, and applies the user's language."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import ResolverMatch
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

from webapp.accounts.selectors import has_accounts
from webapp.core.languages import is_offered

# Answer also before the first account: probes, and the page that makes it. The API says 401.
OPEN_BEFORE_SETUP = {"core:healthz", "projects:setup"}


class FirstStartMiddleware(MiddlewareMixin):
    """With no account every page leads to the set-up page. Costs a query for anonymous only."""

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponseBase | None:
        match: ResolverMatch | None = request.resolver_match
        if match is None or match.view_name in OPEN_BEFORE_SETUP or "api" in match.namespaces:
            return None
        if request.user.is_authenticated or has_accounts():
            return None
        return redirect("projects:setup")


class LanguageMiddleware(MiddlewareMixin):
    """The language chosen in the profile wins over the browser's; only what is offered counts."""

    def process_request(self, request: HttpRequest) -> None:
        asked = (getattr(request.user, "language", ""), request.LANGUAGE_CODE)
        language = next(filter(is_offered, asked), settings.LANGUAGE_CODE)
        translation.activate(language)
        request.LANGUAGE_CODE = language
