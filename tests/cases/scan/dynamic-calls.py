"""Imports by a string: any alias, any expression position, constants folded."""
import importlib as il
import pkgutil
import runpy
from importlib import import_module, import_module as load

PACKAGE = "plugins"
SUB = PACKAGE + ".sub"

one = il.import_module("one.sub")
both = [import_module("two"), load("three")]
four = getattr(load("four"), "x", None)
five = __import__("five.deep", fromlist=["name"])
load(PACKAGE + ".six")
load("%s.seven" % PACKAGE)
load("{}.{}".format(PACKAGE, "eight"))
load(f"{PACKAGE}.nine")
load(".".join([SUB, "ten"]))
for name in ("eleven", "twelve"):
    load(name)
for key, value in {"k": "thirteen"}.items():
    load(value)
more = {name: load(f"kit.{name}") for name in ["a", "b"]}
list(map(import_module, ["fourteen", "fifteen"]))
pkgutil.resolve_name("sixteen.sub:Thing.attr")
(lambda: load("seventeen"))
alias = import_module
alias("eighteen")


def later(kind):
    return load("twenty_one" if kind else "twenty_two")


def run():
    runpy.run_module("twenty_three")


try:
    load("guarded_")
except ImportError:
    pass
