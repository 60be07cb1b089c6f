"""Find the smallest TensorFlow.js or TFLite artifact that is still as good as the original."""
