"""Registration: two images of one patient brought into one frame."""

from hevesy.registration.checkerboard import draw_checkerboard
from hevesy.registration.options import RegistrationOptions
from hevesy.registration.rigid import Registration, register_rigid

__all__ = ["Registration", "RegistrationOptions", "draw_checkerboard", "register_rigid"]
