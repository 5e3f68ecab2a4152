"""Settings of a production server. Everything that may differ comes from the environment through `citymap.env`."""

import os
import re
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from citymap import env

#: Where lxml is installed openpyxl would parse with it, where it is not with Python's own: the same book must read alike everywhere.
os.environ["OPENPYXL_LXML"] = "False"

ROOT = Path(__file__).resolve().parents[2]
VAR = env.folder("CITYMAP_VAR", ROOT / "var")
DATA = env.optional_folder("CITYMAP_DATA")
BASEMAP_DIR = VAR / "basemap"

DEMO_MODE = False
DEBUG = False
SECRET_KEY = env.text("SECRET_KEY")
if len(SECRET_KEY) < 32:
    raise env.BadSetting("SECRET_KEY", "is too short: 32 characters or more")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
PUBLIC_URL = env.web_address("PUBLIC_URL")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", PUBLIC_URL)
TRUSTED_PROXIES = env.whole("TRUSTED_PROXIES", 0, 0, 9)
WORKS_UPLOAD_MB = env.whole("CITYMAP_WORKS_UPLOAD_MB", 512, 1, 4096)
WORKS_UPLOAD_ROWS = env.whole("CITYMAP_WORKS_UPLOAD_ROWS", 1_000_000, 1000, 100_000_000)
FLOOD_LIMIT = env.whole("CITYMAP_FLOOD_LIMIT", 30, 1, 1_000_000)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.gis",
    "allauth",
    "allauth.account",
    "pgtrigger",
    "pghistory",
    "django_vite",
    "layers",
    "gis_data",
    "accounts",
    "notifications",
    "works",
    "issues",
    "places",
    "opendata",
    "citymap",
]

MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",  # first: no answer leaves without the policy, not even a refusal
    "citymap.faults.DatabaseAway",
    "django.middleware.security.SecurityMiddleware",
    "citymap.middleware.BodyLimit",
    "citymap.middleware.Utf8Only",
    "citymap.middleware.ReadableCookies",
    "citymap.middleware.Files",
    "citymap.middleware.Kept",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "citymap.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "citymap.middleware.AuditContext",
    "citymap.middleware.CityTime",
]

ROOT_URLCONF = "citymap.urls"
WSGI_APPLICATION = "citymap.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "frontend/templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "citymap.context.page",
            ]
        },
    }
]

DATABASES: dict[str, dict[str, Any]] = {"default": env.database("DATABASE_URL")}
# Holds the log-in limits: they must count over all processes, and hold while Redis is away. Too slow for hot paths.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_limit",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# GeoDjango on the libraries inside the wheels: newer than a distribution's, and nothing to install.
GEOS_LIBRARY_PATH = env.wheel_library("shapely", "libgeos_c-*")
GDAL_LIBRARY_PATH = env.wheel_library("pyogrio", "libgdal-*")

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.AccountBackend"]
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_SESSION_REMEMBER = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]
FORMAT_MODULE_PATH = ["citymap.formats"]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"  # of the server; pages use the city's own zone

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [ROOT / "frontend/dist"]
MEDIA_ROOT = env.folder("MEDIA_ROOT", VAR / "media")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DJANGO_VITE = {"default": {"dev_mode": False, "manifest_path": ROOT / "frontend/dist/manifest.json", "static_url_prefix": ""}}
_HASHED = re.compile(r"^/static/assets/.+[-.][\w-]{8,12}\.\w+(\.map)?$")


def WHITENOISE_IMMUTABLE_FILE_TEST(path: str, url: str) -> bool:  # noqa: N802  # the name WhiteNoise looks for
    """Vite puts a hash in the name of every built file, so those are cached for ever."""
    return _HASHED.match(url) is not None


CELERY_BROKER_URL = env.broker_url("CELERY_BROKER_URL", REDIS_URL := env.redis_url("REDIS_URL"))
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # the outbox brings a lost message back; a poison one must not loop
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker as long as it takes
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_TIMEOUT = 1
if not CELERY_BROKER_URL.startswith("amqp"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 300,
        "socket_connect_timeout": 0.5,
        "socket_timeout": 5,
        "max_retries": 0,  # publishing from a web request fails at once; the sweep delivers later
    }

OUTBOX_HANDLERS = "citymap.handlers.HANDLERS"
MAP_LAYERS = "citymap.layers.LAYERS"
# What the helpdesks of OC4IDS and OCDS gave this publisher; zeros stand for "none was asked for yet".
OC4IDS_PREFIX = env.publisher_prefix("CITYMAP_OC4IDS_PREFIX", "000000")
OCDS_PREFIX = env.publisher_prefix("CITYMAP_OCDS_PREFIX", "000000")
TILE_DIR = env.optional_folder("TILE_DIR")
for _name, _value in env.mail("EMAIL_URL").items():
    globals()[_name] = _value
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("DEFAULT_FROM_EMAIL")

SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# Reading only, by anybody: no session is looked at, so no cookie is set and answers are the same for all. The framework is no installed
# app: that would serve its own pages and their files, with scripts that the policy above forbids and forms for what cannot be changed.
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_THROTTLE_CLASSES": [],  # a statement is stopped by its time, as in the other doors
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {"POSTPROCESSING_HOOKS": [], "SORT_OPERATIONS": False, "SORT_OPERATION_PARAMETERS": False}
PGHISTORY_APPEND_ONLY = True
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")  # reading changes nothing

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"secrets": {"()": "citymap.log_secrets.MaskSecrets"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    # Those that name the address asked for are masked where they arise, for any handler a city may add.
    "loggers": {
        "django.request": {"filters": ["secrets"]},
        "django.security.csrf": {"filters": ["secrets"]},
        # For each variable that a template leaves empty it would write down everything the page was given, people included.
        "django.template": {"level": "INFO"},
    },
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "WARNING").upper()},
}
