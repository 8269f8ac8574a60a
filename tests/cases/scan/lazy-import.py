"""PEP 810: `lazy import`, whatever Python runs the scan."""
lazy import heavy
lazy from heavy.sub import thing, other as o
import plain
lazy = 1
text = """
lazy import in_a_string
"""


def later():
    import inner
