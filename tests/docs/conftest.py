"""The procedures, run once for all tests of the documents."""

from collections.abc import Iterator

import pytest

from tests.docs.stories import Stories


@pytest.fixture(scope="session")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stories]:
    told = Stories(tmp_path_factory.mktemp("stories"))
    yield told
    told.close()
