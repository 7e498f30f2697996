"""The front door of a portal without a theme of its own: home, texts, colours, errors in words."""
