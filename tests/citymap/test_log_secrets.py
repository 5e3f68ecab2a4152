"""What opens a resident's report or photo is not written into the log."""

import io
import logging

import pytest
from django.test import Client

from citymap.log_secrets import MaskSecrets, masked
from issues import intake
from issues.views.photos import DRAFT, REPORTER, signed
from tests.factories import TinyCity, a_submission


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/t/{}.", "/t/{}/", "/t/%20{}", "/t/x%0A{}", "/t//{}", "/t/{}/photo"])
def test_a_tracking_link_that_was_mistyped_is_logged_without_its_token(
    caplog: pytest.LogCaptureFixture, a_city: TinyCity, address: str
) -> None:
    token = intake.submit(a_submission()).token
    assert Client().get(address.format(token)).status_code == 404

    assert token not in caplog.text
    assert "Not Found: " in caplog.text
    assert "/t/***" in caplog.text


@pytest.mark.django_db
def test_a_form_refused_for_where_it_came_from_is_logged_without_that_address(
    caplog: pytest.LogCaptureFixture, a_city: TinyCity
) -> None:
    token = intake.submit(a_submission()).token
    client = Client(enforce_csrf_checks=True)
    came = {"referer": f"https://elsewhere.invalid/t/{token}?sent=1"}
    assert client.post("/theme/", secure=True, headers=came).status_code == 403

    assert "Referer checking failed" in caplog.text
    assert token not in caplog.text


def test_signatures_and_keys_are_masked_and_nothing_else_is() -> None:
    for purpose in (DRAFT, REPORTER):
        address = signed("0" * 32, purpose, "thumb")
        assert masked(f"GET {address} 200") == f"GET /photos/{'0' * 32}?{purpose}=***&size=thumb 200"
    assert masked("Not Found: /accounts/confirm-email/Mg:1w:abc/x") == "Not Found: /accounts/confirm-email/***"
    assert masked("Not Found: /accounts/password/reset/key/2-abc-def/") == "Not Found: /accounts/password/reset/key/***"
    for harmless in ("Not Found: /a/ABCD-EFGH", "/tiles/appeals/1/2/3.mvt", "a reporter was erased"):
        assert masked(harmless) == harmless


def test_a_traceback_is_masked_and_a_broken_record_does_no_harm() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(MaskSecrets())
    logger = logging.getLogger("test_log_secrets")
    logger.addHandler(handler)
    try:
        int("/t/secret-token")
    except ValueError:
        logger.exception("Failed")
    assert "base 10: '/t/***" in out.getvalue()
    assert "secret-token" not in out.getvalue()
    record = logging.LogRecord("test", logging.WARNING, "", 0, "%d of %d", ("one",), None)
    assert MaskSecrets().filter(record)


class _Refused(Exception):
    """An error as the database words it."""


def test_the_row_that_a_database_error_quotes_is_left_out_however_many_lines_it_has() -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(MaskSecrets())
    logger = logging.getLogger("test_log_secrets_rows")
    logger.addHandler(handler)
    row = "null value\nDETAIL:  Failing row contains (1, Somebody,\n\nTraceback of a kind, 555 0142).\nCONTEXT:  COPY x, line 1"
    refused, failed = _Refused(row), RuntimeError("It failed")
    failed.__cause__ = refused
    logger.error("Failed: %s", refused, exc_info=failed)
    said = out.getvalue()
    assert said.count("null value") == 2
    assert "RuntimeError: It failed" in said
    for secret in ("Somebody", "555 0142", "COPY x", "of a kind"):
        assert secret not in said


def test_whatever_goes_to_the_error_stream_is_masked() -> None:
    assert any(one.filters for one in logging.getLogger().handlers if type(one) is logging.StreamHandler)
