"""Coverage-guided fuzzing of the two readers of JSON: ``make fuzz``."""
