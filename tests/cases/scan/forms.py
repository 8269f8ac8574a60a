"""Every import form, several names in one statement, parentheses, semicolons, continuation."""
import alpha
import beta.sub
import gamma.sub as g
import delta, epsilon.deep as deep
from zeta import eta
from zeta import theta as t, iota
from kappa.sub import (
    lambda_,
    mu as m,  # a comment between
)
from nu import *
from xi import omicron, \
    pi
x = 1; import rho; from sigma import tau
if x: import upsilon
class Holder: import phi
"""
import in_a_string
"""
text = "import in_a_string"; import chi
