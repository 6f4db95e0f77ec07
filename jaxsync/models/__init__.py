"""Physical systems: one file each, all seen by the rest of the package through `base.Model`."""

from jaxsync.models.base import Model, parameter
from jaxsync.models.coupled_cells import CoupledCells, OptomechanicalChain
from jaxsync.models.fabry_perot import DrivenCavity, FabryPerot
from jaxsync.models.magnomechanics import CavityMagnomechanics
from jaxsync.models.optomagnomechanical import OptoMagnoMechanical
from jaxsync.models.squeezed import ParametricOscillator, SqueezedReservoir
from jaxsync.models.van_der_pol import QuantumVanDerPol, VanDerPolPair
from jaxsync.models.van_der_pol_array import VanDerPolArray

__all__ = [
    "CavityMagnomechanics",
    "CoupledCells",
    "DrivenCavity",
    "FabryPerot",
    "Model",
    "OptoMagnoMechanical",
    "OptomechanicalChain",
    "ParametricOscillator",
    "QuantumVanDerPol",
    "SqueezedReservoir",
    "VanDerPolArray",
    "VanDerPolPair",
    "parameter",
]
