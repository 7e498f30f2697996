"""Any two documents side by side."""
