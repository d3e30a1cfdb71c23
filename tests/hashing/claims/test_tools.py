"""What each tool's log is taken to say.

The samples of Guymager, ewfacquire, ewfverify, dc3dd, dcfldd, hashdeep, md5deep and sha256sum were made by these tools,
of MEDIUM; those of FTK Imager and UFED were written after their layout. All people in them are invented.
"""

import hashlib

import pytest

from hashing.claims.saying import DECODED, DFXML, FILE, SOURCE, STORED, TOOLS

from .judging import MEDIUM, NAMES, heard, sample

MD5, SHA1, SHA256 = (hashlib.new(name, MEDIUM).hexdigest() for name in ("md5", "sha1", "sha256"))
DIGESTS = {"md5": MD5, "sha1": SHA1, "sha256": SHA256}
HALF = hashlib.md5(MEDIUM[: len(MEDIUM) // 2]).hexdigest()
NOTHING = hashlib.sha256(b"").hexdigest()


def claimed(scope, name, *algorithms):
    return {(scope, algorithm, DIGESTS[algorithm], name) for algorithm in algorithms}


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_is_recognised(name):
    found = heard(sample(name))
    assert found.summary.tool in TOOLS[1:]
    assert found.statements or found.files


def test_ftk_imager_and_an_e01():
    found = heard(sample("ftk-e01.txt"))
    assert (found.summary.tool, found.summary.version, found.summary.unread) == ("FTK Imager", "4.7.1.2", None)
    assert found.claims == claimed(SOURCE, None, "md5", "sha1") | claimed(
        DECODED, b"D:/Cases/7/stick.E01", "md5", "sha1"
    )
    facts = found.summary.facts
    assert facts["case-number"] == "MADE-UP 2026-7"
    assert facts["examiner"] == "Jane Example"
    assert facts["serial-number"] == "0000INVENTED"
    assert facts["segments"] == "2"
    assert facts["md5-verification"] == "verified"
    assert "bad-sectors" not in facts
    assert found.statements[2].where.startswith("Image Verification Results: MD5 checksum:")


def test_ftk_imager_and_a_raw_image_in_one_part():
    found = heard(sample("ftk-raw.txt"))
    assert found.claims == claimed(SOURCE, None, "md5", "sha1") | claimed(
        STORED, b"D:/Cases/7/stick.001", "md5", "sha1"
    )
    assert found.summary.facts["bad-sectors"] == "1024 through 1031; 1500 through 1507"


def test_ftk_imager_and_a_raw_image_in_parts():
    log = sample("ftk-raw.txt").replace(b"stick.001\r\n", b"stick.001\r\n  D:\\Cases\\7\\stick.002\r\n")
    assert {statement.scope for statement in heard(log).statements} == {SOURCE, DECODED}


def test_ftk_imager_and_chosen_files_say_nothing_of_a_device():
    found = heard(sample("ftk-ad1.txt"))
    assert found.summary.version == "8.2.0.33"
    assert {statement.scope for statement in found.statements} == {DECODED}
    without_segments = sample("ftk-ad1.txt").partition(b"Image Information")[0]
    assert {statement.scope for statement in heard(without_segments).statements} == {DECODED}


def test_ftk_imager_before_it_named_itself():
    found = heard(sample("ftk-old.txt"))
    assert (found.summary.tool, found.summary.version, found.summary.unread) == ("FTK Imager", None, None)
    assert found.claims == (
        claimed(DECODED, None, "md5")
        | claimed(SOURCE, None, "md5", "sha1")
        | claimed(DECODED, b"stick.001", "md5", "sha1")
    )
    assert found.summary.facts["examiner"] == "Jane Example"
    assert found.summary.facts["source-image-examiner"] == "Joe Example"
    assert found.summary.facts["sha1-verification"] == "does not match"


def test_ftk_imager_twice_in_one_log():
    found = heard(sample("ftk-e01.txt") + sample("ftk-raw.txt"))
    assert {statement.name for statement in found.statements} == {
        None,
        b"D:/Cases/7/stick.E01",
        b"D:/Cases/7/stick.001",
    }
    assert len(found.statements) == 8


def test_a_digest_in_ftk_imagers_notes_is_not_a_claim():
    log = sample("ftk-e01.txt").replace(b"none of this happened", b"see\r\n MD5 checksum: " + b"0" * 32)
    assert "0" * 32 not in {statement.value for statement in heard(log).statements}
    assert heard(log).summary.unread == "1 line with a digest was not understood"


def test_guymager_and_an_e01():
    found = heard(sample("guymager-stick.info"))
    assert (found.summary.tool, found.summary.version, found.summary.unread) == ("Guymager", "0.8.13-2", None)
    everything = ("md5", "sha1", "sha256")
    assert found.claims == claimed(SOURCE, b"/dev/loop0", *everything) | claimed(DECODED, b"stick.E01", *everything)
    assert len(found.statements) == 9
    assert [(one.scope, one.name, one.value) for one in found.files] == [
        (FILE, b"stick.E01", "30e7791f541483e81ed43880a9f7da36")
    ]
    facts = found.summary.facts
    assert facts["image"] == "/cases/7/stick.Exx"
    assert facts["description"] == "a made-up stick"
    assert facts["bad-sectors"] == "No bad sectors encountered during acquisition."
    assert facts["state"] == "Finished successfully"
    assert facts["image-verification-result"].startswith("Image verification OK.")


def test_guymager_and_a_raw_image():
    found = heard(sample("guymager-raw.info"))
    everything = ("md5", "sha1", "sha256")
    assert found.claims == claimed(SOURCE, b"/dev/loop0", *everything) | claimed(STORED, b"raw.000", *everything)
    assert found.files[0][:4] == (FILE, "md5", MD5, b"raw.000")


def test_guymager_and_bad_sectors_in_three_parts():
    found = heard(sample("guymager-bad-sectors.info"))
    assert found.claims == claimed(SOURCE, b"/dev/loop0", "md5", "sha1", "sha256") | claimed(
        DECODED, b"raw.000", "md5", "sha256"
    )
    facts = found.summary.facts
    assert facts["bad-sector-numbers"] == "1024-1031, 1500-1503"
    assert facts["state"] == "Finished successfully (with 12 bad sectors)"
    assert (facts["drive-model"], facts["serial-number"]) == ("Invented Disk 1", "0000INVENTED")
    assert [one.name for one in found.files] == [b"raw.000", b"raw.001"]


def test_what_a_disk_tells_of_itself_is_not_taken_for_guymagers_words():
    values = {statement.value for statement in heard(sample("guymager-bad-sectors.info")).statements}
    assert "0" * 32 not in values


def test_an_older_guymager_is_not_guessed_at():
    log = sample("guymager-raw.info").replace(b"MD5 hash verified image ", b"MD5 hash verified ")
    found = heard(log)
    assert found.summary.unread == "1 line with a digest was not understood"
    assert (STORED, "md5", MD5, b"raw.000") not in found.claims


def test_ewfacquire():
    found = heard(sample("ewfacquire.txt"))
    assert (found.summary.tool, found.summary.version, found.summary.unread) == ("ewfacquire", "20140813", None)
    assert found.claims == claimed(SOURCE, None, "md5", "sha256")
    facts = found.summary.facts
    assert (facts["case-number"], facts["examiner"], facts["state"]) == ("CASE 2026-7", "Jane Example", "SUCCESS")
    assert heard(sample("ewfacquire.log")).claims == found.claims


def test_ewfverify():
    found = heard(sample("ewfverify.txt"))
    assert found.summary.tool == "ewfverify"
    assert found.claims == claimed(SOURCE, None, "md5") | claimed(DECODED, None, "md5", "sha256")


def test_ewfverify_of_a_damaged_image():
    found = heard(sample("ewfverify-failed.log"))
    assert (found.summary.tool, found.summary.unread) == ("ewfverify", None)
    assert [(one.scope, one.value[:8]) for one in found.statements] == [(SOURCE, "3828e5eb"), (DECODED, "7e630bcd")]
    assert "3840 - 3903" in found.summary.facts["bad-sectors-at-verification"]


def test_ewfacquire_and_then_ewfverify():
    found = heard(sample("ewfacquire.txt") + sample("ewfverify.txt"))
    assert found.summary.tool == "ewfacquire"
    assert found.claims == claimed(SOURCE, None, "md5", "sha256") | claimed(DECODED, None, "md5", "sha256")


def test_dc3dd():
    found = heard(sample("dc3dd.log"))
    assert (found.summary.tool, found.summary.version, found.summary.unread) == ("dc3dd", "7.2.646", None)
    assert found.claims == claimed(SOURCE, b"/dev/loop0", "md5", "sha256") | claimed(
        DECODED, b"part.000", "md5", "sha256"
    )
    assert found.summary.facts["bad-sectors"] == "0 bad sectors replaced by zeros"


def test_dc3dd_and_its_parts():
    found = heard(sample("dc3dd.hlog"))
    assert found.claims == heard(sample("dc3dd.log")).claims
    parts = [(one.name, one.value) for one in found.files if one.algorithm == "md5"]
    assert parts == [(b"part.000", HALF), (b"part.001", HALF)]
    assert found.summary.unread == "4 digests of parts of the data are not compared"


def test_dc3dd_appends_to_its_log():
    found = heard(sample("dc3dd.log") + sample("dc3dd.log").replace(b"/dev/loop0", b"/dev/sdz"))
    assert {one.name for one in found.statements if one.scope == SOURCE} == {b"/dev/loop0", b"/dev/sdz"}


def test_dcfldd():
    found = heard(sample("dcfldd.log"))
    assert found.summary.tool == "dcfldd"
    assert found.claims == claimed(SOURCE, None, "md5", "sha256")
    assert found.summary.unread == "4 digests of parts of the data are not compared"
    assert found.summary.facts["hash-window"] == "524288"


@pytest.mark.parametrize("name", ["hashdeep.txt", "hashdeep-whirlpool.txt", "hashdeep.xml"])
def test_hashdeep(name):
    found = heard(sample(name))
    by_name = {(one.name.rpartition(b"/")[2], one.algorithm): one.value for one in found.files}
    assert by_name[b"medium.raw", "md5"] == MD5
    assert by_name[b"medium.raw", "sha256"] == SHA256
    assert by_name[b"one, two.txt", "md5"] == hashlib.md5(b"one\n").hexdigest()
    assert by_name[b"empty", "sha256"] == NOTHING
    assert not found.statements
    left = found.summary.unread
    assert left == ("3 digests by other algorithms are not compared" if "whirlpool" in name else None)


def test_hashdeep_on_windows():
    log = sample("hashdeep.txt").replace(b"/cases/8", b"D:\\cases\\8").replace(b"./a folder/", b".\\a folder\\")
    assert heard(log).files[0].name == b"./a folder/one, two.txt"


def test_dfxml():
    found = heard(sample("hashdeep.xml"))
    assert (found.summary.tool, found.summary.version) == (DFXML, "MD5DEEP 4.4")
    assert found.files[4].name == b"/cases/8/medium.raw"


def test_dfxml_of_other_makers():
    document = b"""<fiwalk><creator><program>fiwalk</program><version>0.6</version></creator>
        <source><image_filename>made.E01</image_filename></source>
        <fileobject><filename>a</filename><md5>%s</md5>
          <byte_runs><byte_run><hashdigest type='MD5'>%s</hashdigest></byte_run></byte_runs>
          <hashdigest type='sha384'>00</hashdigest><hashdigest type='sha1'>00</hashdigest></fileobject>
        <fileobject><hashdigest type='md5'>%s</hashdigest></fileobject>
        <hashdigest type='md5'>%s</hashdigest></fiwalk>""" % ((MD5.encode(),) * 4)
    found = heard(document)
    assert [one[:4] for one in found.files] == [(FILE, "md5", MD5, b"a")]
    assert found.summary.facts["image"] == "made.E01"
    assert found.summary.unread == (
        "3 lines with digests were not understood; 1 digest of a part of the data is not compared; "
        "1 digest by another algorithm is not compared"
    )


@pytest.mark.parametrize("name", ["md5deep.txt", "md5deep-sizes.txt", "sha256sum.txt", "sha256sum-tag.txt"])
def test_lists(name):
    found = heard(sample(name))
    assert found.summary.unread is None
    by_name = {one.name.removeprefix(b"./"): (one.algorithm, one.value) for one in found.files}
    assert by_name[b"medium.raw"] == (("md5", MD5) if "md5" in name else ("sha256", SHA256))
    guessed = ["digits" in one.where for one in found.files]
    assert guessed == [name != "sha256sum-tag.txt"] * len(guessed)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"\\%s  a\\nb\\\\c", b"a\nb\\c"),
        (b"%s  a\\nb", b"a\\nb"),
        (b"%s *binary", b"binary"),
        (b"%s   begins with a space", b" begins with a space"),
        (b"%s  C:\\Users\\x", b"C:/Users/x"),
        (b"%s  \\\\server\\share\\x", b"//server/share/x"),
        (b"%s  not\\windows", b"not\\windows"),
        (b"%s,of md5deep -c", b"of md5deep -c"),
        (b"%s  \xff\x01\xe2\x80\xae", b"\xff\x01\xe2\x80\xae"),
        (b"MD5 (a) b) = %s", b"a) b"),
        (b"MD5(of openssl)= %s", b"of openssl"),
    ],
)
def test_names_in_lists(line, name):
    (found,) = heard(line % MD5.encode() + b"\r\n").files
    assert (found.name, found.value) == (name, MD5)


def test_a_list_with_what_is_not_understood():
    found = heard(b"# a comment\n%s  a\n\\%s  a\\q\n%s\nwords\n%s  whirlpool\n" % (*[MD5.encode()] * 3, b"0" * 96))
    assert [one.name for one in found.files] == [b"a"]
    assert found.summary.unread == (
        "2 lines with digests were not understood; 1 other line was not understood; "
        "1 digest by another algorithm is not compared"
    )


def test_ufed():
    found = heard(sample("ufed.ufd"))
    assert (found.summary.tool, found.summary.version, found.summary.unread) == ("UFD", "7.60.0.1", None)
    assert [one[:4] for one in found.files] == [
        (FILE, "sha256", SHA256, b"Example_INVENTED-1.zip"),
        (FILE, "sha256", NOTHING, b"logs/a=b.txt"),
    ]
    facts = found.summary.facts
    assert facts["device-imei1"] == "000000000000001"
    assert (facts["case-number"], facts["examiner"]) == ("MADE-UP 2026-7", "Jane Example")
    assert (facts["acquisition-tool"], facts["extraction-status"]) == ("UFED 4PC", "Success")
    assert "not for the record" not in str(facts)


def test_ufed_without_a_digest():
    found = heard(sample("ufed-md5.ufd"))
    assert [one[:4] for one in found.files] == [(FILE, "md5", MD5, b"Example.bin")]
    assert found.summary.unread == "1 other line was not understood"
    assert found.summary.version == "5.3.6.7"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"\r\n\r\n", "it is empty"),
        (b"EVF\x09\x0d\x0a\xff\x00\x01\x01\x00\x00\x00", "it is not a text file"),
        (b"# Mapfile. Created by GNU ddrescue version 1.23\n0x0  0x96000  +\n", "it is not the log of a tool that"),
        (b'{"md5": "%s"}\n' % MD5.encode(), "known here; 1 line with a digest was not understood"),
        (b"%%PDF-1.7\n", "it is not the log of a tool that is known here"),
        (b"<?xml version='1.0'?><project><md5>x</md5></project>", "it is an XML file, but not DFXML"),
        (b"<html>\n", "it is an XML file, but not DFXML"),
    ],
)
def test_something_else_by_mistake(content, reason):
    found = heard(content)
    assert not found.statements
    assert not found.files
    assert reason in found.summary.unread
