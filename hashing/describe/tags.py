"""The one table of what is asked of exiftool: which tags, about which media types, and how.

Everything not listed is not asked for. Pictures inside pictures (thumbnails, previews) and other binary
values are never asked for: nothing from evidence may be shown or copied.
"""

TAGS = (
    "FileType",
    "Make",
    "Model",
    "Software",
    "SerialNumber",
    "InternalSerialNumber",
    "LensModel",
    "LensSerialNumber",
    "DateTimeOriginal",
    "CreateDate",
    "ModifyDate",
    "CreationDate",
    "MediaCreateDate",
    "SubSecTimeOriginal",
    "OffsetTime",
    "OffsetTimeOriginal",
    "OffsetTimeDigitized",
    "ImageWidth",
    "ImageHeight",
    "Orientation",
    "Duration",
    "ImageUniqueID",
    "Author",
    "Creator",
    "CreatorTool",
    "Producer",
    "Title",
    "LastModifiedBy",
    "PageCount",
    "Pages",
    "Composite:GPSLatitude",  # composite: signed; the plain tag is the same for north and south
    "Composite:GPSLongitude",
    "Composite:GPSAltitude",
    "Composite:GPSDateTime",
)
ERROR = "ExifTool:Error"

_NAMES = frozenset(tag.rpartition(":")[2] for tag in TAGS)

OPTIONS = (
    "-j",
    "-n",
    "-G",
    "-m",
    "-q",
    "-q",
    "-fast",
    "-api",
    "LargeFileSupport=1",
    "-charset",
    "filename=UTF8",
)
"""JSON; numbers rather than words, which differ between versions; with groups; no search behind the image's end.
Never -ee (embedded files), never -b (binary values), never -if or -p, which run code."""

_FAMILIES = ("image/", "video/", "audio/")
_DOCUMENTS = (
    "application/pdf",
    "application/postscript",
    "application/msword",
    "application/vnd.ms-",
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.oasis.opendocument.",
    "application/vnd.rn-realmedia",
    "application/mxf",
    "application/CDFV2",
    "application/x-ole-storage",
)
_NEVER = ("image/vnd.djvu",)
"""Its reader once ran code out of the file (CVE-2021-22204), and cameras do not write it."""


def worth_asking(media_type: str) -> bool:
    """Whether exiftool is run for a media type: 3 milliseconds a file are hours for a disk full of text."""
    return media_type.startswith((*_FAMILIES, *_DOCUMENTS)) and not media_type.startswith(_NEVER)


def is_listed(tag: str) -> bool:
    """Whether a tag, with its group before it, was asked for."""
    return tag.rpartition(":")[2] in _NAMES
