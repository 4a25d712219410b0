"""Set-up compiles the kernels into the folder that jobs look in; importing compiles nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import training.corpus.signals


def test_a_kernel_is_compiled_once_into_the_cache_folder(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    script = "from training.corpus.signals.batch import TextBatch\nTextBatch.of(['one two']).words"
    command = [sys.executable, "-c", script]
    subprocess.run(command, check=True, env=environment)
    compiled = list(tmp_path.rglob("signals_*/kernels.hash_words*.nbc"))
    assert len(compiled) == 1
    before = compiled[0].stat().st_mtime_ns
    subprocess.run(command, check=True, env=environment)
    assert list(tmp_path.rglob("signals_*/kernels.hash_words*.nbc")) == compiled
    assert compiled[0].stat().st_mtime_ns == before


def test_compiling_ahead_runs_the_kernels_of_every_signal():
    command = [sys.executable, "-X", "importtime", "-m", "training.corpus.signals.warm"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    folder = Path(training.corpus.signals.__file__).parent
    kernels = {f"training.corpus.signals.{path.stem}" for path in folder.glob("*kernels.py")}
    assert kernels
    assert kernels <= imported


def test_nothing_heavy_is_imported_before_it_is_used():
    script = (
        "import sys\n"
        "import training.corpus.pipeline, training.corpus.extract.verb, training.tokens.tokenize\n"
        "import training.corpus.signals.repetition, training.tokenizers.train\n"
        "heavy = {'torch', 'transformers', 'numba', 'pyarrow.dataset', 'django'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
