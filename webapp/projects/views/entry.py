"""The two doors to an account: the first-start link and invitation links."""

from __future__ import annotations

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from webapp.accounts.forms import AccountForm, SetupForm
from webapp.accounts.models import User
from webapp.accounts.selectors import has_accounts, is_setup_token
from webapp.projects import invites, onboarding


@login_not_required
@never_cache
@sensitive_post_parameters("password", "token")
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """The first account; exists only while there is none."""
    if has_accounts():
        raise Http404
    if request.method == "POST":
        form = SetupForm(request.POST)
        if form.is_valid():
            user = form.attempt(onboarding.first_account_create, **form.cleaned_data)
            if user:
                return _enter(request, user)
    else:
        form = SetupForm(initial={"token": request.GET.get("token", "")})
    token = request.POST.get("token", "") or request.GET.get("token", "")
    context = {"form": form, "has_token": bool(token), "is_valid": is_setup_token(token)}
    return render(request, "accounts/setup.html", context)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def invite_accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Join a project: with the account one is logged in to, or with a new one."""
    invite = invites.open_invite(secret)
    if invite is None:
        return render(request, "accounts/invite_gone.html", status=404)
    if isinstance(request.user, User):
        if request.method == "POST":
            project = invites.invite_accept_as(secret=secret, user=request.user)
            return redirect("projects:overview", project_id=project.pk)
        return render(request, "accounts/invite.html", {"invite": invite})
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.attempt(invites.invite_accept_as_new, secret=secret, **form.cleaned_data)
        if user:
            return _enter(request, user)
    return render(request, "accounts/invite.html", {"invite": invite, "form": form})


def _enter(request: HttpRequest, user: User) -> HttpResponse:
    login(request, user)
    return redirect("projects:home")
