"""The TOTEM document: reading, conversion, masking and checks.

Pure library: no CKAN, no network, no clock, no global state.
"""
