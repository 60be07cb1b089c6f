"""Which combinations can be made at all."""

from __future__ import annotations

from sizewise.domain import ENCODINGS, Encoding, ModelSpec, Target, Transform


def legality(
    model: ModelSpec,  # noqa: ARG001
    transform: Transform,  # noqa: ARG001
    encoding: Encoding,
    target: Target,
) -> str | None:
    """Why the combination cannot be made; None if it can.

    A suite file cannot ask for an encoding that its target lacks; a suite that was built in
    Python can.
    """
    if encoding.patterns is not None:
        return None if target is Target.TFJS else f"{target} takes no map of patterns"
    if encoding.name in ENCODINGS[target]:
        return None
    return f"{encoding.name} is no encoding of {target}: it has {', '.join(ENCODINGS[target])}"
