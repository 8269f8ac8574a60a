"""Tests of Python and platform become markers, which the target decides."""
import os
import platform
import sys
from sys import platform as system

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli
if sys.version_info[:2] > (3, 99):
    import future_
elif sys.version_info < (3,):
    import ancient
if sys.version_info[0] == 2:
    import two_
if sys.version_info.major >= 3 and sys.platform == "linux":
    import three_
if (3, 8) <= sys.version_info:
    import swapped
if sys.platform.startswith("win"):
    import winreg_
elif sys.platform in ("darwin", "ios"):
    import apple
if system != "win32":
    import not_windows
if os.name == "nt":
    import windows
if platform.system() == "Windows":
    import windows_too
if platform.python_implementation() == "PyPy":
    import pypy
WINDOWS = sys.platform == "win32"
if WINDOWS:
    import flagged
if not (sys.platform == "win32" or os.name == "nt"):
    import neither


def later():
    if sys.platform == "win32":
        return
    import posix_only
