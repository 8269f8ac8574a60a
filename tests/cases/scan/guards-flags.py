"""A name that a guard sets is a guard wherever it is tested."""
try:
    import modal
except ImportError:
    modal = None
HAS_RICH = False
try:
    import rich
    HAS_RICH = True
except ImportError:
    pass
try:
    from plot import figure as draw
except ImportError:
    draw = False


def one():
    if modal:
        import modal_helper


def two():
    if HAS_RICH is True:
        import rich_table
    if modal is not None and HAS_RICH:
        import both
    if draw is None:
        raise RuntimeError
    import after_draw


def three():
    if not HAS_RICH:
        raise RuntimeError("install app[rich]")
    import after_rich


if HAS_RICH:
    def four():
        import defined_only_with_rich

    import at_module_level
else:
    import without_rich
value = modal.thing if modal else __import__("in_expression")
