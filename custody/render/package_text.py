"""The files in a package that a person reads: what the sender's check said, and how to check without this tool."""

from custody.render import text
from custody.render.story import when
from manifests.report import ChainReport

_HOW = """HOW TO CHECK THIS PACKAGE WITHOUT THE TOOL THAT MADE IT

You need OpenSSL 3 and sha256sum, on any computer. Nothing here has to be trusted
but the agencies' root certificates: get each card's fingerprint from the agency
itself, by telephone or on paper.

1. Take a root certificate out of a card in custody/cards/ and look at its
   fingerprint, which must be the one the agency told you:

     sed -n 's/^  "root": "\\(.*\\)",$/\\1/p' CARD | base64 -d > root.der
     sha256sum root.der
     openssl x509 -inform DER -in root.der -out root.pem

2. For each record in custody/chains/..., in order:

     openssl cms -verify -binary -inform DER -in RECORD.json.p7s \\
       -content RECORD.json -CAfile root.pem -no-CApath -no-CAstore \\
       -purpose any -out /dev/null

3. Each record from the second on names the one before it. These two must be the
   values of "record" and "signature" under "previous" in the next record:

     sha256sum RECORD.json RECORD.json.p7s

4. Media: each line of NNNN-manifest.entries.jsonl gives an item's path and
   sha256; the list itself must have the digest that the manifest names:

     sha256sum NNNN-manifest.entries.jsonl

   Logs of other tools lie beside it as they were given. "logs" in the manifest
   names their digests, and "claims" that of the list of what they claim:

     sha256sum NNNN-manifest.*.log NNNN-manifest.claims.jsonl

With the tool:  custody verify ./THIS-FOLDER --anchor CARD

The chains in this package:
"""


def how_to_check(chains: list[str]) -> str:
    """The openssl steps, with the chains that are in the package."""
    return _HOW + "".join(f"  custody/chains/{chain.replace(':', '/')}\n" for chain in chains)


def report_text(reports: list[ChainReport]) -> str:
    """What the sender saw when the package was made: a help to read, not a proof."""
    made = max(v.record.envelope.recorded_at for report in reports for v in report.records)
    head = f"As the sender's register stood on {when(made)}.\nThis page proves nothing: the signatures do.\n\n"
    return head + text.log(reports)


def texts(reports: list[ChainReport]) -> dict[str, str]:
    """All readable files of a package, by name."""
    return {"report.txt": report_text(reports), "HOW-TO-CHECK.txt": how_to_check([r.id for r in reports])}
