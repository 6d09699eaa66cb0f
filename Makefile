# demo and test need Python 3.11 and nothing else. `make help` lists everything.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
comma := ,
EXTRAS := dev$(if $(CAREHUB_TEST_EXTRAS),$(comma)postgres$(comma)e2e$(comma)linkage)
INSTALL := $(BIN)/pip install -q --disable-pip-version-check -c constraints.txt

.PHONY: help demo test check golden bench faults-release assets profile-check contract-hapi validate-hapi docs clean
.DEFAULT_GOAL := help

help:    ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: .venv/.run  ## install, fill a hub with the twenty people of fixtures/cast and fixtures/demo, and serve it
	$(BIN)/carehub demo

test: .venv/.$(EXTRAS)  ## install and run every test this machine can run; the closing lines name the others
	$(BIN)/pytest -n auto --dist loadfile $(ARGS)

check: .venv/.$(EXTRAS)  ## format, lint, types, house rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest tests/house

golden: .venv/.$(EXTRAS)  ## rewrite the adapters' golden files; then read the diff
	$(BIN)/python tools/golden.py $(ARGS)

bench: .venv/.$(EXTRAS)  ## measure beside baselines; writes bench-results/
	$(BIN)/python bench/run.py $(ARGS)

faults-release: .venv/.$(EXTRAS)  ## the fault tests at the sizes of a release (hours), or of ARGS="R-03 R-04"; writes bench-results/faults.md
	$(BIN)/python tools/faults_release.py $(ARGS)

assets:  ## fetch nhsuk-frontend for the pages (needs Node); the pages are complete without it
	$(PYTHON) tools/assets.py

profile-check:  ## fetch what judges resources: HAPI's validator (needs Maven and Java 17), the International Patient Summary (needs npm)
	mvn -q -B -f tools/profile-check/pom.xml dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/.profile-check
	$(PYTHON) tools/ips_package.py

contract-hapi: .venv/.$(EXTRAS)  ## hold carehub and a real HAPI server to one FHIR contract; HAPI judges what the demo serves (needs Maven and Java 17)
	-$(BIN)/python tools/ips_package.py
	$(BIN)/python tools/contract_hapi.py

validate-hapi: .venv/.$(EXTRAS)  ## have a real HAPI server judge everything that the demo serves (needs Maven and Java 17)
	-$(BIN)/python tools/ips_package.py
	$(BIN)/python tools/validate_hapi.py

docs: .venv/.$(EXTRAS)  ## write the pages that are made from code
	$(BIN)/python tools/docs_issues.py

clean:   ## remove the virtual environment and what tools leave behind; never ./var
	rm -rf .venv .contract-hapi .pytest_cache .mypy_cache .ruff_cache .hypothesis bench-results

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "carehub needs Python 3.11 or later"; exit 2; }
	$(PYTHON) -m venv .venv

.venv/.run: pyproject.toml constraints.txt | .venv/bin/pip
	$(INSTALL) -e .
	@touch $@

.venv/.$(EXTRAS): pyproject.toml constraints.txt | .venv/bin/pip
	$(INSTALL) -e '.[$(EXTRAS)]'
	@touch $@ .venv/.run
