"""The portal's own pages about budgets: search, map of progress, guides, the group's meetings."""
