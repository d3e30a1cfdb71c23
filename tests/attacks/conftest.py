"""The world that attacks are played in."""

from tests.custody.conftest import origin as origin
from tests.custody.conftest import world as world
