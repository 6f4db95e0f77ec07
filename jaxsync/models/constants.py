"""Constants of nature, exact by the definition of the SI since 2019."""

import math

SPEED_OF_LIGHT = 299_792_458.0
"""m/s."""

PLANCK_REDUCED = 6.626_070_15e-34 / (2 * math.pi)
"""hbar, J s."""

BOLTZMANN = 1.380_649e-23
"""J/K."""
