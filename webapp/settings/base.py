"""Settings common to production, dev and test. Everything variable comes from the environment.

Not here: the content security policy (`policy.py`) and how variables are read (`environment.py`).
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from webapp.huey import huey_from
from webapp.settings import environment
from webapp.settings.jobs import job_settings
from webapp.settings.policy import CONTENT_SECURITY_POLICY as CONTENT_SECURITY_POLICY

VERSION = "0.1.0"
BASE_DIR = Path(__file__).resolve().parents[2]
TRAINYARD_HOME = environment.home_folder(BASE_DIR / "home")
# Jobs find the measurement of this machine there.
os.environ.setdefault("TRAINYARD_HOME", str(TRAINYARD_HOME))
REDIS_URL = os.environ.get("REDIS_URL", "")
BEHIND_HTTPS = environment.flag("TRAINYARD_HTTPS")

DEBUG = False
SHOW_PATTERNS = False
SECRET_KEY = environment.secret_key(TRAINYARD_HOME)

ALLOWED_HOSTS = environment.allowed_hosts(debug=DEBUG)
CSRF_TRUSTED_ORIGINS = environment.names("TRAINYARD_TRUSTED_ORIGINS", [])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "channels",
    "huey.contrib.djhuey",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_htmx",
    "webapp.core",
    "webapp.accounts",
    "webapp.projects",
    "webapp.jobs",
    "webapp.corpora",
    "webapp.tasksets",
    "webapp.evaluations",
    "webapp.tokenizers",
    "webapp.builder",
    "webapp.designer",
    "webapp.runs",
    "webapp.ablations",
    "webapp.checkpoints",
    "webapp.reports",
    "webapp.storage",
    "webapp.playground",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "webapp.core.middleware.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "webapp.accounts.middleware.FirstStartMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "webapp.accounts.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "webapp.projects.current.RememberProjectMiddleware",
    "webapp.core.middleware.ApplicationErrorMiddleware",
]

ROOT_URLCONF = "webapp.urls"
ASGI_APPLICATION = "webapp.asgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "webapp.projects.context.shell",
            ],
        },
    },
]

DATABASES = {"default": environment.database(os.environ.get("DATABASE_URL", ""), TRAINYARD_HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
HUEY = huey_from(home=TRAINYARD_HOME, redis_url=REDIS_URL)
JOBS = job_settings()
#: Length of the one-button run, instead of the recipe's; 0 keeps it.
SMALL_RUN_STEPS = int(os.environ.get("TRAINYARD_SMALL_RUN_STEPS") or 0)
#: As `webapp.core.streaming.MAX_BODY_BYTES`: an upload of 10,000 files is told in one request.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 << 20
#: Server folders from which texts are read without being uploaded, by id.
DATA_ROOTS = environment.data_roots(TRAINYARD_HOME)
#: How long a page waits for the helper, its place in the line included.
HELPER_SECONDS = 15.0
#: What the uploads of one project may have together.
UPLOAD_QUOTA_BYTES = int(os.environ.get("TRAINYARD_UPLOAD_QUOTA_GB") or 200) * 10**9
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "projects:home"
LOGOUT_REDIRECT_URL = "accounts:login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "webapp.core.views.csrf_failure"
# Messages survive a redirect in a cookie, not in a session row.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if BEHIND_HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    # The prefix makes a browser refuse the cookie from a sister host or over plain HTTP.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("TRAINYARD_STATIC_ROOT") or BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "webapp.core.staticfiles.WheelFinder",
]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "webapp.core.staticfiles.StaticStorage"},
}

WHITENOISE_KEEP_ONLY_HASHED_FILES = True

KNOX_TOKEN_MODEL = "accounts.ApiToken"
REST_KNOX = {
    "TOKEN_TTL": timedelta(days=90),
    "TOKEN_PREFIX": "ty_",
    "AUTH_HEADER_PREFIX": "Bearer",
}
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "webapp.accounts.authentication.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["webapp.core.parsers.StrictJSONParser"],
    "EXCEPTION_HANDLER": "webapp.core.api.api_exception_handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "ENUM_NAME_OVERRIDES": {
        "JobStateEnum": "webapp.jobs.states.State",
        "CheckStateEnum": "webapp.checkpoints.models.CheckState",
        "RoleEnum": "webapp.core.roles.Role",
        "TurnRoleEnum": "webapp.jobs.serializers.TURN_ROLES",
        "VerbEnum": "webapp.jobs.serializers.VERB_NAMES",
        "PreviewedVerbEnum": "webapp.evaluations.preview_api.VERBS",
    },
    "TITLE": "Trainyard",
    "VERSION": "v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENFORCE_NON_BLANK_FIELDS": True,
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
