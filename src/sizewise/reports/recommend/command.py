"""The command that makes a variant of any model, where its row tells all of it."""

from __future__ import annotations

from sizewise.config.encodings import decode_encoding
from sizewise.config.rules import GrammarError
from sizewise.config.transforms import decode_transform
from sizewise.domain import Record, Target


def command(record: Record) -> str | None:
    """``sizewise convert SOURCE OUT …`` with the transform, encoding and target of a row.

    None where a suite alone can make it: where it was trained, or where a name of the suite's own
    stands for what was done.
    """
    target = Target(record.target)
    try:
        transform = decode_transform(record.transform)
        encoding = decode_encoding(record.encoding, target)
    except GrammarError:
        return None
    if transform.training:
        return None
    words = ["sizewise convert SOURCE OUT"]
    if transform.steps:
        words.append(f"--transform {transform.name}")
    words.append(f"--encoding {encoding.name}")
    if target is not Target.TFJS:
        words.append(f"--target {target}")
    if transform.is_calibrated or encoding.is_calibrated:
        words.append("--calibrate SAMPLES.npz")
    return " ".join(words)
