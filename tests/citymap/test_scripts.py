"""The scripts refuse with one clear line and leave nothing half done."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(script: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "script" / script, *words],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of a refusal."""
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_a_taken_port_is_one_line_and_nothing_is_begun(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = said(run("server", PORT=port, CITYMAP_VAR=str(tmp_path / "var")))
    assert f"port {port} is taken" in line
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("port", ["http", "0", "65536", "80 80"])
def test_a_port_that_is_none_is_refused(port: str, tmp_path: Path) -> None:
    assert "PORT must be a number" in said(run("server", PORT=port, CITYMAP_VAR=str(tmp_path / "var")))


def test_a_second_server_from_the_same_folder_is_refused(tmp_path: Path) -> None:
    lock = subprocess.Popen(["flock", tmp_path / "server.lock", "sleep", "30"])
    try:
        while subprocess.run(["flock", "-n", tmp_path / "server.lock", "true"], check=False).returncode == 0:
            pass
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = str(free.getsockname()[1])
        assert "already running" in said(run("server", PORT=port, CITYMAP_VAR=str(tmp_path)))
    finally:
        lock.kill()
        lock.wait()


def test_without_a_package_manager_the_line_names_what_is_missing(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in (
        "bash",
        "dirname",
        "realpath",
        "sha256sum",
        "cut",
        "ls",
        "grep",
        "sort",
        "mkdir",
        "id",
        "setpriv",
        "test",
        "env",
    ):
        found = shutil.which(name)
        assert found is not None
        (programs / name).symlink_to(found)
    line = said(run("bootstrap", PATH=str(programs), CITYMAP_VAR=str(tmp_path / "var")))
    assert "no apt-get" in line
    assert "gettext" in line
    assert "docker compose up" in line


def test_an_unknown_bench_names_the_known_ones(tmp_path: Path) -> None:
    assert "NAME is one of:" in said(run("bench", "nonsense", CITYMAP_VAR=str(tmp_path / "var")))
    assert "NAME is one of:" in said(run("bench", "../conftest", CITYMAP_VAR=str(tmp_path / "var")))


def test_a_command_without_an_environment_says_what_to_run(tmp_path: Path) -> None:
    line = said(run("manage", "check", CITYMAP_VENV=str(tmp_path / "none"), CITYMAP_VAR=str(tmp_path / "var")))
    assert "run script/setup" in line
