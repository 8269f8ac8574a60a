"""Functions run later, class bodies at once; nesting names the scope."""
class Model:
    import at_once

    def method(self):
        import in_method

        class Local:
            import in_local_class

            def inner(self):
                import in_inner

    class Meta:
        import nested_class


async def work():
    async with object():
        import in_async
    async for _ in object():
        import in_async_for


def outer(default=__import__("in_default")):
    def inner():
        import in_nested
    return lambda: __import__("in_lambda")


for _ in [1]:
    import in_for
else:
    import in_for_else
while True:
    import in_while
    break
else:
    import_never_reached = True
with open(__file__):
    import in_with
match 1:
    case 1:
        import in_case
