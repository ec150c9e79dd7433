# Thin: each target is a line or two, and makes the virtual environment that it needs.
#   make test TENSORFLOW='tensorflow[and-cuda]'         another TensorFlow, chosen when .venv is made
#   make test TENSORFLOW=./examples/tensorflow_cpu      likewise: tensorflow-cpu, 300 MB less to download
#   make test PYTHON=python3.12                         another Python, likewise
PYTHON ?= python3
TENSORFLOW ?= tensorflow
CONSTRAINTS ?= constraints.txt
JOBS ?= 2

DISTRIBUTIONS := hyperpose_core hyperpose_coco hyperpose_mpii $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))
BIN := .venv/bin
READY := .venv/ready
# Each of the $(JOBS) test processes gets one thread: more would only fight over the cores.
ONE_THREAD := OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1
export TF_CPP_MIN_LOG_LEVEL ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test test-all check audit dist docs clean
.DELETE_ON_ERROR:

demo: $(READY)
	$(BIN)/hyperpose demo

test: $(READY)
	$(ONE_THREAD) $(BIN)/python -m pytest -n $(JOBS) --dist loadfile

test-all: test
	$(BIN)/python -m pytest -m slow

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: $(READY)
	test -x .venv/audit/bin/pip-audit || { $(BIN)/python -m venv .venv/audit && .venv/audit/bin/pip install --quiet pip-audit; }
	.venv/audit/bin/pip-audit --strict --skip-editable --path $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')

dist: $(READY)
	for d in $(DISTRIBUTIONS); do $(BIN)/python -m build --no-isolation --outdir dist $$d || exit 1; done

# The site, with every warning an error: a link that leads nowhere is one. It is site/index.html.
docs: $(READY)
	$(BIN)/pip install --quiet -c $(CONSTRAINTS) --group docs
	$(BIN)/python docs/pages.py
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs site

clean:
	rm -rf .venv dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(READY): pyproject.toml $(CONSTRAINTS) $(DISTRIBUTIONS:=/pyproject.toml)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet -c $(CONSTRAINTS) '$(TENSORFLOW)' --group runtime --group tools
	$(BIN)/pip install --quiet --no-deps --no-build-isolation $(addprefix -e ,$(DISTRIBUTIONS))
	touch $@
