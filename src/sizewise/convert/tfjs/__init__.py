"""TensorFlow.js graph models, by the passes of the upstream converter and guards around them."""
