"""Settings of the demo city on one's own machine: production settings with harmless defaults and demo log-ins."""

import os
import secrets
from pathlib import Path

from citymap import env


def _own_secret(folder: Path) -> str:
    """Return the secret of this data folder, made at first use: sessions and tracking links outlive a restart."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "secret_key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text().strip()


_port = env.whole("PORT", 8000, 1, 65535)
for _name, _value in {
    "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1],testserver",
    "PUBLIC_URL": f"http://127.0.0.1:{_port}",
    "CSRF_TRUSTED_ORIGINS": f"http://127.0.0.1:{_port},http://localhost:{_port}",
    "EMAIL_URL": "console://",
    "DEFAULT_FROM_EMAIL": "CityMap <citymap@demo.invalid>",
    "REDIS_URL": "unix:///nowhere/redis.sock",
}.items():
    os.environ.setdefault(_name, _value)
if not os.environ.get("SECRET_KEY"):
    os.environ["SECRET_KEY"] = _own_secret(env.folder("CITYMAP_VAR", Path(__file__).resolve().parents[2] / "var"))

from citymap.settings.base import *  # noqa: E402, F403

DEMO_MODE = True
ACCOUNT_EMAIL_VERIFICATION = "none"
EMAIL_BACKEND = "notifications.channels.demo.DemoInbox"  # no letter leaves the machine, whatever EMAIL_URL says
