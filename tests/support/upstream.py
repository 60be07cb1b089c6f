"""The upstream converter, as its command line calls it."""

from __future__ import annotations


def command(source, output, *flags):
    """Its arguments. Flags whose value is optional follow the paths."""
    return [
        "--input_format=tf_saved_model",
        "--output_format=tfjs_graph_model",
        "--signature_name=serving_default",
        str(source),
        str(output),
        *flags,
    ]


def convert(source, output, *flags):
    """Convert the SavedModel ``source`` in this process; gives ``output`` back."""
    from tensorflowjs.converters import converter

    converter.convert(command(source, output, *flags))
    return output
