"""TensorFlow.js in Node: the worker (``*.mjs``), the pipes to it, and the runtime on top."""
