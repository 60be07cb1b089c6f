"""What becomes of models with the upstream converters and with sizewise: ``make zoo-check``.

Every model is built, converted by both, run in TF.js (WASM and CPU) and LiteRT, and held against
TensorFlow. The answer is ``docs/what-converts.md``.
"""
