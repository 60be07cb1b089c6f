"""The converter to TFLite files."""
