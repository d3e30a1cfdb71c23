"""The procedures, run once for all tests of the documents."""

import os
from collections.abc import Iterator

import pytest

from tests.docs.stories import Stories


@pytest.fixture(scope="session")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stories]:
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    told = Stories(shared / "stories")
    yield told
    told.close()
