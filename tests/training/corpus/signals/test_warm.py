"""Set-up compiles the kernels into the folder that jobs look in; importing compiles nothing."""

from __future__ import annotations

import os
import subprocess
import sys


def test_compiling_ahead_fills_the_cache_folder(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "training.corpus.signals.warm"]
    subprocess.run(command, check=True, env=environment)
    compiled = list(tmp_path.rglob("signals_*/kernels.hash_words*.nbc"))
    assert len(compiled) == 1
    before = compiled[0].stat().st_mtime_ns
    subprocess.run(command, check=True, env=environment)
    assert list(tmp_path.rglob("signals_*/kernels.hash_words*.nbc")) == compiled
    assert compiled[0].stat().st_mtime_ns == before


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
