"""A try whose handler catches ImportError guards its body; what runs instead is the fallback."""
try:
    import fast
except ImportError:
    import slow
else:
    import beside
finally:
    import always
try:
    import by_tuple
except (AttributeError, ModuleNotFoundError):
    pass
try:
    import by_exception
except Exception:
    pass
try:
    import by_bare
except:
    pass
try:
    import not_guarded
except (KeyError, OSError):
    pass
try:
    try:
        import inner_only
    except ValueError:
        pass
except ImportError:
    pass
try:
    def load():
        import in_function_of_try
except ImportError:
    pass
