"""Houses, trees, cars and boats. See sprites.py for what x, y, h, rng and look are."""

from __future__ import annotations

from segtutor.data.toytown.look import WHITE, Look
from segtutor.data.toytown.paint import Brush, hsv, mix, shade

FOLIAGE = [(0.03, 0.62), (0.09, 0.68), (0.17, 0.70), (0.30, 0.50), (0.47, 0.42), (0.80, 0.45)]  # hue, value


def house(b: Brush, x, y, h, rng, look: Look):
    width, wall, roof_kind = h * rng.uniform(0.75, 1.25), h * rng.uniform(0.52, 0.62), rng.integers(4)
    chimney, gable, lit, pale, door_at = (
        rng.random() < 0.5,
        rng.random() < 0.5,
        rng.random() < 0.4,
        rng.uniform(0.2, 0.6),
        rng.uniform(-0.12, 0.12),
    )
    paint = mix(look.paint, (235, 228, 215), pale)
    roof = [hsv(0.02, 0.6, 0.55), hsv(0.07, 0.5, 0.4), (90, 90, 105), hsv(0.6, 0.35, 0.45)][roof_kind]
    if chimney:
        b.part("chimney")
        b.rectangle(x + width * 0.22, y - h * 0.98, x + width * 0.33, y - wall, shade(roof, 0.8))
    b.part("wall")
    b.rectangle(x - width / 2, y - wall, x + width / 2, y, paint)
    if look.patterned:  # timber beams
        for share in (0.22, 0.55, 0.88):
            b.rectangle(
                x - width / 2,
                y - wall * share - h * 0.018,
                x + width / 2,
                y - wall * share + h * 0.018,
                shade(paint, 0.55),
            )
    ridge = [(x, y - h)] if gable else [(x + width * 0.36, y - h), (x - width * 0.36, y - h)]
    b.part("roof")
    b.polygon([(x - width * 0.58, y - wall), (x + width * 0.58, y - wall), *ridge], roof)
    door, door_half = x + width * door_at, width * 0.09
    b.part("door")
    b.rectangle(door - door_half, y - wall * 0.58, door + door_half, y, shade(mix(paint, (90, 50, 20), 0.7), 0.8))
    pane = (255, 240, 160) if lit else (150, 200, 230)
    for side in (-0.33, 0.33):
        b.part("window", side)
        half, middle = width * 0.095, y - wall * 0.72
        b.rectangle(
            x + side * width - half - 1, middle - half - 1, x + side * width + half + 1, middle + half + 1, WHITE
        )
        b.rectangle(x + side * width - half, middle - half, x + side * width + half, middle + half, pane)


def tree(b: Brush, x, y, h, rng, look: Look):
    bark, hue_shift = hsv(0.07, 0.5, rng.uniform(0.3, 0.45)), rng.uniform(-0.02, 0.02)
    saturation, value, conifer, sizes = (
        rng.uniform(0.5, 0.8),
        rng.uniform(0.88, 1.12),
        rng.random() < 0.45,
        rng.uniform(0.85, 1.1, 5),
    )
    trunk = h * 0.075
    b.part("trunk")
    b.rectangle(x - trunk, y - h * 0.5, x + trunk, y, bark)
    hue, base = FOLIAGE[look.hue]
    leaf = hsv(hue + hue_shift, saturation, base * value)
    b.part("crown")
    if conifer:
        for i in range(3):
            half, bottom = h * (0.34 - 0.075 * i), y - h * (0.22 + 0.24 * i)
            b.polygon(
                [(x - half, bottom), (x + half, bottom), (x, bottom - h * (0.36 if i < 2 else 0.30))],
                shade(leaf, 0.8 + 0.14 * i),
            )
        fruit = [(-0.14, 0.30), (0.10, 0.33), (-0.06, 0.52), (0.09, 0.58), (0.0, 0.76)]
    else:
        crown = ((-0.19, 0.52, 0.85), (0.19, 0.52, 0.85), (0, 0.42, 0.8), (-0.09, 0.70, 1.0), (0.10, 0.72, 1.08))
        for (dx, dy, light), size in zip(crown, sizes, strict=True):
            b.disc(x + dx * h, y - dy * h, h * 0.22 * size, shade(leaf, light))
        fruit = [(-0.22, 0.55), (0.22, 0.50), (0.0, 0.45), (-0.08, 0.74), (0.13, 0.76)]
    if look.patterned:  # fruit
        for dx, dy in fruit:
            b.disc(
                x + dx * h,
                y - dy * h,
                h * 0.042,
                (250, 235, 120) if look.colour in ("red", "purple") else (215, 40, 50),
            )


def car(b: Brush, x, y, h, rng, look: Look):
    width, facing = h * rng.uniform(2.0, 2.5), 1 if rng.random() < 0.5 else -1
    wheel, glass = h * 0.2, (185, 220, 240)

    def at(share: float) -> float:
        return x + facing * share * width

    def box(start, end, top, bottom, colour, corner=0.0):
        b.rectangle(min(at(start), at(end)), y - h * top, max(at(start), at(end)), y - h * bottom, colour, corner)

    b.part("body")
    b.polygon([(at(-0.34), y - h * 0.55), (at(-0.24), y - h), (at(0.12), y - h), (at(0.30), y - h * 0.55)], look.paint)
    b.part("glass")
    b.polygon(
        [(at(-0.27), y - h * 0.58), (at(-0.20), y - h * 0.92), (at(-0.06), y - h * 0.92), (at(-0.06), y - h * 0.58)],
        glass,
    )
    b.polygon(
        [(at(-0.02), y - h * 0.58), (at(-0.02), y - h * 0.92), (at(0.10), y - h * 0.92), (at(0.23), y - h * 0.58)],
        glass,
    )
    b.part("body")
    box(-0.5, 0.5, 0.62, 0.17, look.paint, h * 0.13)
    if look.patterned:  # a racing stripe
        box(-0.5, 0.5, 0.50, 0.36, WHITE)
    box(0.45, 0.5, 0.52, 0.40, (255, 240, 170))
    box(-0.5, -0.46, 0.52, 0.40, (200, 30, 30))
    box(-0.48, 0.48, 0.26, 0.17, shade(look.paint, 0.65))
    for share in (-0.28, 0.28):
        b.part("wheel", share)
        b.disc(at(share), y - wheel, wheel, (30, 30, 34))
        b.disc(at(share), y - wheel, wheel * 0.45, (190, 190, 195))


def boat(b: Brush, x, y, h, rng, look: Look):
    width, facing, sailing = h * rng.uniform(0.95, 1.2), 1 if rng.random() < 0.5 else -1, rng.random() < 0.7
    sail = (250, 248, 240) if rng.random() < 0.6 else mix(look.paint, WHITE, 0.6)
    hull = h * 0.26
    if sailing:
        b.part("mast")
        b.rectangle(x - h * 0.02, y - h, x + h * 0.02, y - hull, (110, 80, 50))
        front = [
            (x + facing * h * 0.04, y - h * 0.98),
            (x + facing * h * 0.04, y - hull * 1.2),
            (x + facing * width * 0.42, y - hull * 1.2),
        ]
        back = [
            (x - facing * h * 0.04, y - h * 0.85),
            (x - facing * h * 0.04, y - hull * 1.2),
            (x - facing * width * 0.30, y - hull * 1.2),
        ]
        b.part("sail")
        b.polygon(front, sail)
        b.part("sail", 1)
        b.polygon(back, shade(sail, 0.88))
    else:
        b.part("cabin")
        b.rectangle(x - width * 0.22, y - h * 0.5, x + width * 0.18, y - hull, (245, 245, 245), 2)
        b.part("funnel")
        b.rectangle(x - width * 0.05, y - h * 0.68, x + width * 0.06, y - h * 0.5, shade(look.paint, 0.8))
        b.part("cabin")
        for share in (-0.13, 0.02, 0.12):
            b.disc(x + share * width, y - h * 0.365, h * 0.035, (70, 110, 150))
    b.part("hull")
    b.polygon(
        [(x - width / 2, y - hull), (x + width / 2, y - hull), (x + width * 0.36, y), (x - width * 0.36, y)], look.paint
    )
    b.polygon(
        [
            (x - width / 2, y - hull),
            (x + width / 2, y - hull),
            (x + width * 0.47, y - hull * 0.75),
            (x - width * 0.47, y - hull * 0.75),
        ],
        (245, 245, 245),
    )
    if look.patterned:  # portholes
        for share in (-0.26, -0.09, 0.09, 0.26):
            b.disc(x + share * width, y - hull * 0.42, h * 0.045, WHITE)
