"""The computer's clock and this tool's own identity: what a record states about when and with what."""

import hashlib
import platform
from datetime import datetime
from functools import lru_cache

from manifests.digest import PREFIX
from manifests.records import Tool
from manifests.version import VERSION


def now() -> datetime:
    """The moment with the computer's own offset, in whole seconds."""
    return datetime.now().astimezone().replace(microsecond=0)


@lru_cache(maxsize=1)
def tool() -> Tool:
    """Name, version, and the identity of everything installed beside it (R3)."""
    from importlib import metadata

    found = sorted({f"{d.metadata['Name']}=={d.version}".lower() for d in metadata.distributions()})
    libraries = hashlib.sha256("".join(f"{line}\n" for line in found).encode()).hexdigest()
    return Tool(
        name="custody",
        version=VERSION,
        python=platform.python_version(),
        libraries=PREFIX + libraries,
    )
