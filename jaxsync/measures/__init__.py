"""Numbers taken from states: synchronization and its relatives."""
