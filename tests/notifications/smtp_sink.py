"""A mail server on this machine that can be told to misbehave."""

import asyncio
import email
import threading
from collections import Counter
from email.message import Message
from enum import Enum
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session


class Mood(Enum):
    """What the server does with a letter."""

    WELL = "takes it"
    REFUSE_ADDRESS = "550 to the address"
    GREYLIST = "450 to the address"
    REFUSE_LETTER = "554 to the letter"
    BUSY = "451 to the letter"
    HANG = "takes the letter and never answers"
    CUT = "takes the letter and hangs up without an answer"
    RUDE = "takes and answers, then hangs at QUIT"


class SmtpSink:
    """A context manager: listens on 127.0.0.1, keeps what it accepted in ``letters`` and counts Message-IDs."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.mood = Mood.WELL
        self.delay = 0.0
        self.letters: list[Message] = []
        self.ids: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(lambda: SMTP(self, loop=self._loop, hostname="sink"), "127.0.0.1", self.port)

    async def _shut(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    # the hooks of aiosmtpd

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        if self.mood is Mood.REFUSE_ADDRESS:
            return f"550 5.1.1 no such user {address}"
        if self.mood is Mood.GREYLIST:
            return f"450 4.2.0 come back later {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.mood is Mood.REFUSE_LETTER:
            return "554 5.7.1 we do not like it"
        if self.mood is Mood.BUSY:
            return "451 4.3.0 try later"
        await asyncio.sleep(self.delay / 2)
        self._keep(envelope)
        await asyncio.sleep(self.delay / 2)
        if self.mood is Mood.HANG:
            await asyncio.Event().wait()
        if self.mood is Mood.CUT:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.mood is Mood.RUDE:
            await asyncio.Event().wait()
        return "221 bye"

    def _keep(self, envelope: Envelope) -> None:
        content = envelope.content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content)
        self.letters.append(message)
        self.ids[message["Message-ID"]] += 1
