"""What an image's name and number of parts say about the scope of a digest that was read back from it.

E01 and its kin hold the medium encoded, so that no stored byte enters the digest: decoded-media. A raw image
of one file is the medium: stored-image. A raw image in several parts is the medium only when they are joined,
and no single file has that digest: decoded-media. So is anything that is not known, because a comparison of the
wrong bytes would raise a false alarm.
"""

import re

from hashing.claims.saying import DECODED, STORED

_RAW = re.compile(r"\.(?:dd|raw|img|bin|[0-9]{3})$", re.IGNORECASE)


def scope_of_image(first_part: str, parts: int) -> str:
    """The scope of a digest of an image that was read back."""
    return STORED if parts == 1 and _RAW.search(first_part) else DECODED
