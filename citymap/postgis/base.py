"""PostGIS as Django knows it, but whether a kept connection still lives is seen at its socket, without asking the server.

Django's own question (``SELECT 1`` before the first statement of a request) would be a third of the round trips of a report.
A connection that dies after the look is met by the retry page (`citymap.faults`), and the intake tries once more by itself.
"""

import select

from django.contrib.gis.db.backends.postgis import base


class DatabaseWrapper(base.DatabaseWrapper):
    """The backend named by ``DATABASES["default"]["ENGINE"]``."""

    def is_usable(self) -> bool:
        """Say whether the connection may be used: an idle one has nothing to say, one that was closed is readable."""
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return not poll.poll(0)
