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
AUDIT := .venv/audit/bin/pip-audit
AUDITED = --strict --skip-editable --path $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
FUZZ_SECONDS ?= 600
# Each of the $(JOBS) test processes gets one thread: more would only fight over the cores.
ONE_THREAD := OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1
export TF_CPP_MIN_LOG_LEVEL ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Words for tests/matrix.py: make test-matrix MATRIX='--tensorflow tensorflow-cpu --only 3.12'
MATRIX ?=

.PHONY: demo test test-all test-matrix bench faults check audit fuzz dist docs clean
.DELETE_ON_ERROR:

demo: $(READY)
	$(BIN)/hyperpose demo

test: $(READY)
	$(ONE_THREAD) $(BIN)/python -m pytest -n $(JOBS) --dist loadfile

test-all: test
	$(BIN)/python -m pytest -m slow

test-matrix: $(READY)
	test -x .venv/uv/bin/uv || { $(BIN)/python -m venv .venv/uv && .venv/uv/bin/pip install --quiet uv; }
	$(ONE_THREAD) $(BIN)/python tests/matrix.py --uv .venv/uv/bin/uv $(MATRIX)

# The benchmarks that need neither data nor a peer; benchmarks/README.md has the others, and figures.
bench: $(READY)
	$(BIN)/python benchmarks/targets_and_decoding.py
	$(BIN)/python benchmarks/decoding.py
	$(BIN)/python benchmarks/input_pipeline.py --people 5
	$(BIN)/python benchmarks/network.py --models LightweightOpenpose MobilenetThinOpenpose Poseproposal
	$(BIN)/python benchmarks/first_step.py --runs 1
	$(BIN)/python benchmarks/evaluation.py --memory --images 1000
	$(BIN)/python benchmarks/memory.py --steps 2000

faults: $(READY)
	$(ONE_THREAD) $(BIN)/python tests/faults.py

check: $(READY) $(AUDIT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/audit.py $(AUDIT) $(AUDITED)

# As in `check`, and without a service it fails.
audit: $(READY) $(AUDIT)
	$(AUDIT) $(AUDITED)

# In an environment of its own: what it needs is nobody else's. Offline there is none.
$(AUDIT): $(READY)
	-test -x $@ || { $(BIN)/python -m venv .venv/audit && .venv/audit/bin/pip install --quiet pip-audit; }

# Every reader and decoder, FUZZ_SECONDS by each of hypothesis and atheris; what is found lies in .fuzz.
fuzz: $(READY)
	-$(BIN)/pip install --quiet --group fuzz
	$(ONE_THREAD) $(BIN)/python tests/fuzz_long.py --seconds $(FUZZ_SECONDS) $(TARGETS)

dist: $(READY)
	for d in $(DISTRIBUTIONS); do $(BIN)/python -m build --no-isolation --outdir dist $$d || exit 1; done

# The site, with every warning an error: a link that leads nowhere is one. It is site/index.html.
docs: $(READY)
	$(BIN)/pip install --quiet -c $(CONSTRAINTS) --group docs
	$(BIN)/python docs/pages.py
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs site

clean:
	rm -rf .venv .fuzz dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(READY): pyproject.toml $(CONSTRAINTS) $(DISTRIBUTIONS:=/pyproject.toml)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet -c $(CONSTRAINTS) '$(TENSORFLOW)' --group runtime --group tools
	$(BIN)/pip install --quiet --no-deps --no-build-isolation $(addprefix -e ,$(DISTRIBUTIONS))
	touch $@
