"""The deposit: files dropped by a publisher, checked at once, published with their sheet."""
