"""Actions, permissions and validators of the `budget` plugin."""
