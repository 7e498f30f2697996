"""One public body: its years, stages, budgets, figures, and what is missing."""
