"""A handler that raises again is no guard at module level, and an answer in a function."""
try:
    import needed
except ImportError as error:
    raise RuntimeError("install app[needed]") from error
try:
    import exits
except ImportError:
    print("install app[exits]")
    raise SystemExit(1)


def command():
    try:
        import answered
    except ImportError:
        raise RuntimeError("install app[answered]") from None


try:
    import once_more
except ModuleNotFoundError:
    raise
except Exception:
    pass
