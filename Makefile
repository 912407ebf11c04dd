# make report · make test · make test-fast · make lab: each sets up what it needs. CITY=, YEAR= ("2019 2020"), PERIOD=, COMPARE=, CHAPTER=, JOBS=; PRODUCT=, TOPIC=, AREA=, UNIT=
CITY ?= beijing
YEAR ?= 2020
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
CHOICES := --city $(CITY) $(foreach year,$(YEAR),--year $(year)) $(if $(PRODUCT),--product $(PRODUCT)) $(if $(PERIOD),--period $(PERIOD)) \
           $(if $(COMPARE),--compare $(COMPARE)) $(if $(CHAPTER),--chapter $(CHAPTER)) $(if $(JOBS),--jobs $(JOBS)) \
           $(if $(TOPIC),--topic "$(TOPIC)") $(if $(AREA),--area "$(AREA)") $(if $(UNIT),--unit "$(UNIT)")

PYTEST := $(BIN)/python -m pytest --numprocesses 2 $(TESTS)

.PHONY: report test test-fast lab clean

report: $(READY)
	$(BIN)/python -m helpers.report $(CHOICES)

test: $(READY)
	$(PYTEST)

test-fast: $(READY)
	$(PYTEST) -m "not slow"

lab: $(READY)
	$(BIN)/python -m helpers.report $(CHOICES) --prepare
	$(BIN)/jupyter lab --config .jupyter/jupyter_lab_config.py

clean:
	rm -rf .venv

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed: make PYTHON=python3.12')"
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	-$(BIN)/python -m compileall -q -j 0 .venv/lib src  # a test file of some package may not compile; that harms nothing
	touch $(READY)
