"""Documents with one fault each."""
def write(out_dir, faults, seed):
    return []
