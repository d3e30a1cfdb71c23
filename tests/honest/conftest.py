"""The world that honest people work in."""

from tests.custody.conftest import origin as origin
from tests.custody.conftest import world as world
