"""One more TensorFlow.js encoding of a prepared model, against upstream's ``write_weights`` alone.

Upstream's function quantizes and writes shards; ours also writes ``model.json``, reads everything
back, checks it, and hashes it.
"""

import itertools
import shutil
import statistics
import time
from pathlib import Path

from sizewise.convert import CONVERTERS, freeze
from sizewise.domain import Data, Encoding, Samples, Source, SourceKind, Target
from sizewise.models import open_source


def test_one_more_encoding(benchmark, ratio, mobilenet, tmp_path):
    from tensorflowjs import write_weights

    converter = CONVERTERS[Target.TFJS]()
    graph = freeze(open_source(Source(SourceKind.SAVED_MODEL, str(mobilenet))))
    prepared = converter.prepare(graph, Data(Samples({}), Samples({})))
    groups = [[{"name": each.name, "data": each.values} for each in prepared.weights]]
    names = itertools.count()
    reference = []

    def ours():
        converter.write(prepared, Encoding("uint8"), tmp_path / "ours")

    def theirs():
        folder = Path(tmp_path, f"theirs{next(names)}")
        folder.mkdir()
        copies = [[dict(entry) for entry in group] for group in groups]
        start = time.perf_counter()
        write_weights.write_weights(
            copies, str(folder), quantization_dtype_map={"uint8": True}, write_manifest=True
        )
        reference.append(time.perf_counter() - start)
        shutil.rmtree(folder)

    def in_turn():
        """Before each of our rounds, one of theirs: what slows the machine slows both."""
        shutil.rmtree(tmp_path / "ours", ignore_errors=True)
        theirs()

    rounds = 21
    benchmark.pedantic(ours, setup=in_turn, rounds=rounds, warmup_rounds=1)
    ratio(
        "one more encoding of MobileNetV2, complete and checked",
        "upstream's write_weights alone",
        benchmark.stats.stats.median / statistics.median(reference[-rounds:]),
        at_most=1.5,
    )
