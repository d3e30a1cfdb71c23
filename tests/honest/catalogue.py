"""The catalogue of honest situations, whole and in order."""

from tests.honest import on_clocks as on_clocks
from tests.honest import on_copies as on_copies
from tests.honest import on_hand_overs as on_hand_overs
from tests.honest import on_interruptions as on_interruptions
from tests.honest import on_mistakes as on_mistakes
from tests.honest import on_names as on_names
from tests.honest import on_people as on_people
from tests.honest.situation import SITUATIONS as SITUATIONS
