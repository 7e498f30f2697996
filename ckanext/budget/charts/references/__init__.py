"""Figures of others that an administrator imports: averages of strata, yearly consumer prices."""
