"""What sizewise costs, against what a user would do instead: ``make bench``."""
