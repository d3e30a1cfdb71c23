"""The catalogue of attacks, whole and in order."""

from tests.attacks import on_ledgers as on_ledgers
from tests.attacks import on_lists as on_lists
from tests.attacks import on_media as on_media
from tests.attacks import on_packages as on_packages
from tests.attacks import on_people as on_people
from tests.attacks import on_registers as on_registers
from tests.attacks import on_rivals as on_rivals
from tests.attacks import on_statements as on_statements
from tests.attacks import on_trust as on_trust
from tests.attacks.attack import ATTACKS as ATTACKS
