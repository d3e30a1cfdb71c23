"""Files that are small and want to be large: what describing them may cost is bounded, and told."""

import io
import struct
import zipfile
import zlib

GIB = 1 << 30
_MIB = 1 << 20


def deflated_zeros(size: int) -> bytes:
    """A zlib stream of so many zeros, whole mebibytes, made of one block again and again."""
    stream = zlib.compressobj(9)
    first = stream.compress(bytes(_MIB)) + stream.flush(zlib.Z_FULL_FLUSH)
    again = stream.compress(bytes(_MIB)) + stream.flush(zlib.Z_FULL_FLUSH)
    checksum = (size % 65521) << 16 | 1
    return first + again * (size // _MIB - 1) + b"\x03\x00" + checksum.to_bytes(4, "big")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(kind: bytes, data: bytes) -> bytes:
    """A picture of one pixel with one more chunk."""
    size = _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixel = _chunk(b"IDAT", zlib.compress(b"\0\0")) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + size + _chunk(kind, data) + pixel


def pdf(stream: bytes) -> bytes:
    """A document whose metadata are a compressed stream."""
    out, places = b"%PDF-1.5\n", []
    about = b"<</Type/Metadata/Subtype/XML/Filter/FlateDecode/Length %d>>stream\n" % len(stream)
    things = [b"<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>", b"<</Title(x)>>"]
    for number, thing in enumerate([*things, about + stream + b"\nendstream"], 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + thing + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer <</Size 5/Root 1 0 R/Info 3 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 5\n0000000000 65535 f \n" + table + end


def docx(members: int) -> bytes:
    """A document of so many parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in ("[Content_Types].xml", "_rels/.rels", "word/document.xml"):
            file.writestr(name, "<x/>")
        for number in range(members):
            file.writestr(f"docProps/{number}.xml", "<x/>")
    return out.getvalue()


def svg(title: bytes) -> bytes:
    """A drawing with a description in XMP."""
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    xmp += b'<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/">' + title
    xmp += b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    return b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><metadata>' + xmp + b"</metadata></svg>"


def tiff(folders: int) -> bytes:
    """A picture that is a chain of so many folders of tags; the last names the first."""
    out = bytearray(b"II*\0" + struct.pack("<I", 8))
    for number in range(1, folders + 1):
        following = 8 if number == folders else 8 + number * 18
        out += struct.pack("<HHHIII", 1, 0x100, 3, 1, 1, following)
    return bytes(out)


TOO_LARGE = {
    "text.png": lambda: png(b"zTXt", b"Title\0\0" + deflated_zeros(2 * GIB)),
    "profile.png": lambda: png(b"iCCP", b"x\0\0" + deflated_zeros(2 * GIB)),
    "xmp.png": lambda: png(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + deflated_zeros(2 * GIB)),
    "metadata.pdf": lambda: pdf(deflated_zeros(2 * GIB)),
}
"""What needs more memory than a describer gets."""
TOO_LONG = {
    "deep.svg": lambda: svg(b"<dc:title>" * 100_000 + b"x" + b"</dc:title>" * 100_000),
    "crowded.docx": lambda: docx(60_000),
}
"""What may need more time than a describer gets."""
LARGE = {
    "chain.tif": lambda: tiff(100_000),
    "stated.png": lambda: png(b"tEXt", b"Title\0x").replace(b"\0\0\0\7tEXt", b"\x7f\xff\xff\xfftEXt"),
    "wide.svg": lambda: svg(b"".join(b"<dc:t%d>x</dc:t%d>" % (n, n) for n in range(20_000))),
    "long.png": lambda: png(b"tEXt", b"Title\0" + b"x" * (9 << 20)),
}
"""What is only large."""
