# The whole developer interface.
# `make demo` and `make test` need Debian with Python 3.11, pip, git and make, and do the rest themselves.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PIP    := PIP_DISABLE_PIP_VERSION_CHECK=1 $(PYTHON) -m pip --python

.PHONY: demo test lint bench campaign docs lock clean

demo: $(READY)  ## the main job, on files it makes itself
	@.ci/system-packages --optional exiftool=libimage-exiftool-perl
	$(BIN)/custody demo

test: $(READY)  ## import rules and every test but the slow ones
	@.ci/system-packages exiftool=libimage-exiftool-perl strace=strace openssl=openssl /sbin/mke2fs=e2fsprogs
	$(BIN)/python -m pytest -n auto --dist loadfile

lint: $(READY)  ## style, formatting, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)  ## speed, beside what one would use instead
	@.ci/system-packages exiftool=libimage-exiftool-perl openssl=openssl hashdeep=hashdeep rhash=rhash \
		ewfacquire=ewf-tools dc3dd=dc3dd
	$(BIN)/python -m compileall -q cli.py custody hashing manifests  # as whatever installs them does
	$(BIN)/python tests/bench/bench.py

campaign: $(READY)  ## the slow tests: kill at random instants, change every byte, hostile media
	@.ci/system-packages exiftool=libimage-exiftool-perl strace=strace openssl=openssl
	$(BIN)/python -m pytest tests/campaign

docs: $(READY)  ## write docs/cli.md and the schemas in docs/spec/ again
	$(BIN)/python -m tests.generate

# --without-pip: Python on Debian comes without ensurepip, and the pip at hand can install into any environment.
# editable_mode=compat: a plain path, which starts faster than the default finder.
$(READY): pyproject.toml requirements-build.lock requirements.lock
	$(PYTHON) -m venv --without-pip $(VENV)
	$(PIP) $(VENV) install --quiet --require-hashes -r requirements-build.lock
	$(PIP) $(VENV) install --quiet --require-hashes --no-build-isolation -r requirements.lock
	$(PIP) $(VENV) install --quiet --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	@touch $@

COMPILE := .lock-venv/bin/pip-compile --quiet --no-config --upgrade --generate-hashes --allow-unsafe --strip-extras \
    --no-header --no-annotate --no-emit-options --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

lock:  ## choose versions again, within the bounds of pyproject.toml
	$(PYTHON) -m venv --without-pip .lock-venv
	$(PIP) .lock-venv install --quiet pip pip-tools
	$(COMPILE) --output-file .lock-venv/build requirements-build.in
	$(COMPILE) --output-file .lock-venv/run --extra test pyproject.toml
	( echo '# What builds custody and bagit. Written by "make lock".'; \
	  sed '/^#/d; /^--/d; /^$$/d' .lock-venv/build ) > requirements-build.lock
	( echo '# Every package that runs and tests custody. Written by "make lock".'; \
	  sed '/^#/d; /^--/d; /^$$/d' .lock-venv/run ) > requirements.lock

clean:
	rm -rf $(VENV) .lock-venv build dist *.egg-info .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
