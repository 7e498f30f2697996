"""A portal, a site and consumers of our own, to measure harvests and to break them."""
