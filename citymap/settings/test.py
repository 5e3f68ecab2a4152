"""Settings of the test run: production settings, cheap passwords, mail kept in memory, files from the build folder."""

import os

for _name, _value in {
    "SECRET_KEY": "a-secret-of-the-test-run-and-of-nothing-else",
    "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
    "PUBLIC_URL": "http://testserver",
    "EMAIL_URL": "console://",
    "DEFAULT_FROM_EMAIL": "CityMap <citymap@test.invalid>",
    "REDIS_URL": "unix:///nowhere/redis.sock",
}.items():
    os.environ.setdefault(_name, _value)

from citymap.settings.base import *  # noqa: E402, F403
from citymap.settings.base import DJANGO_VITE, ROOT  # noqa: E402

EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False  # the tests that are about them switch them on
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
# Without a build the pages still render: their script and style addresses then point nowhere.
DJANGO_VITE["default"]["dev_mode"] = not (ROOT / "frontend/dist/manifest.json").exists()
