"""A process with limits that looks up which files lie in some bytes of a medium, and tells what it has found by then.

Holds no key, no environment and no name, and may write nothing. It may crash or hang on a hostile file system:
whoever asked has what was said before, and ends it.
"""

import json
from dataclasses import asdict

from hashing.damage.saying import Lying
from hashing.media.kinds import opened
from hashing.media.medium import CannotOpen
from hashing.sandbox.channel import Channel
from hashing.sandbox.serve import MANY_DESCRIPTORS, serve

ORDER, SOFAR, ALL = b"?", b"F", b"A"
"""What to look at; what was found up to now; all of it."""


def main(descriptor: str, parent: str) -> None:
    """Serve one order."""
    serve(descriptor, parent, _look, descriptors=MANY_DESCRIPTORS)


def _look(channel: Channel) -> None:
    order = json.loads(channel.receive()[1])
    descriptors = channel.receive_descriptors(order["descriptors"])

    def say(lying: Lying, last: bool) -> None:
        channel.send(ALL if last else SOFAR, json.dumps(asdict(lying)).encode())

    try:
        from hashing.damage.systems import FileSystemReader

        medium = opened(order["kind"], descriptors, order["sector"])
        FileSystemReader(medium, order["seconds"], say).look([(offset, length) for offset, length in order["spans"]])
    except (CannotOpen, ImportError) as error:
        missing = f"{error.name} is not installed" if isinstance(error, ImportError) else str(error)
        say(Lying(left=missing), True)
