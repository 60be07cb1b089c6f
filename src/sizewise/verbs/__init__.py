"""Verbs of the command line that answer from records alone.

Each module holds functions for ``app.command``; what they need is imported when they are called.
"""
