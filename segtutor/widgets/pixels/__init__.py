"""What a per-pixel network and a mask classifier say of one pixel."""

from segtutor.widgets.pixels.explorer import PixelExplorer

__all__ = ["PixelExplorer"]
