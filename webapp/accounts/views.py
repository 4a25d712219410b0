"""Login, logout, profile, password, API tokens."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from webapp.accounts import selectors, services
from webapp.accounts.forms import LoginForm, PasswordForm, ProfileForm, ThemeForm, TokenForm
from webapp.core.requests import UserRequest


class Login(LoginView):
    """The login page; `next` is followed only within this site."""

    form_class = LoginForm
    template_name = "accounts/login.html"
    redirect_authenticated_user = True
    http_method_names = ["get", "head", "post", "options"]

    def form_invalid(self, form: LoginForm) -> HttpResponse:  # type: ignore[override]
        """429 while the pause lasts, so that scripts see it too."""
        response = super().form_invalid(form)
        if form.has_error("__all__", "blocked"):
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        return response


@require_http_methods(["GET", "POST"])
def profile(request: UserRequest) -> HttpResponse:
    """Name, theme and language."""
    user = request.user
    saved = {"display_name": user.display_name, "theme": user.theme, "language": user.language}
    form = ProfileForm(request.POST or None, initial=saved)
    if request.method == "POST" and form.is_valid():
        services.profile_update(user=user, **form.cleaned_data)
        messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form, "tab": "profile"})


@require_http_methods(["GET", "POST"])
def password(request: UserRequest) -> HttpResponse:
    """Change the password; other sessions of the user end, this one goes on."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.attempt(services.password_change, user=request.user, **form.cleaned_data)
        if user:
            update_session_auth_hash(request, user)
            messages.success(request, _("Your password is changed."))
            return redirect("accounts:password")
    return render(request, "accounts/password.html", {"form": form, "tab": "password"})


@require_POST
def theme(request: UserRequest) -> HttpResponse:
    """The switch in the top bar. A script gets 204, a plain form goes back to its page."""
    form = ThemeForm(request.POST)
    if form.is_valid():
        services.profile_update(user=request.user, theme=form.cleaned_data["theme"])
    if request.headers.get("X-Requested-With") == "fetch":
        status = HTTPStatus.NO_CONTENT if form.is_valid() else HTTPStatus.BAD_REQUEST
        return HttpResponse(status=status)
    return _back(request)


@require_http_methods(["GET", "POST"])
def tokens(request: UserRequest) -> HttpResponse:
    """The user's API tokens; a new one is shown once, in the answer that made it."""
    form = TokenForm(request.POST or None)
    context: dict[str, object] = {"tab": "tokens"}
    if request.method == "POST" and form.is_valid():
        token, text = services.api_token_create(user=request.user, **form.cleaned_data)
        context |= {"new_token": token, "new_text": text}
        form = TokenForm()
    context |= {"form": form, "tokens": selectors.tokens_of(request.user)}
    return render(request, "accounts/tokens.html", context)


@require_POST
def token_revoke(request: UserRequest, token_id: uuid.UUID) -> HttpResponse:
    """The token stops working."""
    services.api_token_revoke(token=selectors.token_of(request.user, token_id))
    messages.success(request, _("The token is revoked."))
    return redirect("accounts:tokens")


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page the form was on, if that is a page of ours."""
    target = request.POST.get("next", "")
    hosts = {request.get_host()}
    if not url_has_allowed_host_and_scheme(target, hosts, require_https=request.is_secure()):
        target = reverse("projects:home")
    return HttpResponseRedirect(target)
