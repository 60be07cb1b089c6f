"""The converter to layers models of TensorFlow.js."""
