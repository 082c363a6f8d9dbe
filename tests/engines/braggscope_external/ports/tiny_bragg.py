#!/usr/bin/env python3
"""A group's own tiny nanoBragg, as they have it: no traces, but -printout_pixel.

One source, one domain, no phi scan, no mosaicity, no background; what it does not know, it says and
passes over. It knows nothing of Braggscope.
"""

import math
import os
import struct
import sys

VALUES = {  # flag -> how many numbers
    "-cell": 6, "-N": 1, "-default_F": 1, "-lambda": 1, "-distance": 1, "-pixel": 1,
    "-detpixels": 1, "-detpixels_f": 1, "-detpixels_s": 1, "-detpixels_x": 1, "-detpixels_y": 1,
    "-oversample": 1,
    "-Xbeam": 1, "-Ybeam": 1, "-printout_pixel": 2, "-nopolar": 0, "-fluence": 1,
}  # fmt: skip
R_E_SQR = 7.94079248018965e-30


def options(words):
    found, image = {}, None
    at = 0
    while at < len(words):
        word = words[at]
        if word == "-floatfile":
            image, at = words[at + 1], at + 2
        elif word in VALUES:
            count = VALUES[word]
            found[word] = [float(text) for text in words[at + 1 : at + 1 + count]]
            at += 1 + count
        else:
            if word.startswith("-") and not word[1:2].isdigit():
                print(f"WARNING: {word} is not known", file=sys.stderr)
            at += 1
    return found, image


def sincg(x, n):
    return n if abs(math.sin(x)) < 1e-12 else math.sin(n * x) / math.sin(x)


def reciprocal(a, b, c, alpha, beta, gamma):
    """Rows of the matrix of reciprocal vectors: a* along x, b* in the x-y plane."""
    ca, cb, cg = (math.cos(math.radians(x)) for x in (alpha, beta, gamma))
    sg = math.sin(math.radians(gamma))
    skew = math.sqrt(1 + 2 * ca * cb * cg - ca * ca - cb * cb - cg * cg)
    volume = a * b * c * skew
    sa, sb = (math.sin(math.radians(x)) for x in (alpha, beta))
    a_star, b_star, c_star = b * c * sa / volume, a * c * sb / volume, a * b * sg / volume
    cos_g = (ca * cb - cg) / (sa * sb)
    cos_b = (ca * cg - cb) / (sa * sg)
    sin_g = math.sqrt(1 - cos_g * cos_g)
    cos_a = (cb * cg - ca) / (sb * sg)
    y = c_star * (cos_a - cos_b * cos_g) / sin_g
    x = c_star * cos_b
    z = math.sqrt(max(c_star * c_star - x * x - y * y, 0.0))
    return (a_star, 0.0, 0.0), (b_star * cos_g, b_star * sin_g, 0.0), (x, y, z)


def direct(a, b, c):
    def cross(u, v):
        return (u[1]*v[2]-u[2]*v[1], u[2]*v[0]-u[0]*v[2], u[0]*v[1]-u[1]*v[0])  # fmt: skip

    volume = sum(i * j for i, j in zip(a, cross(b, c)))
    return [tuple(x / volume for x in cross(u, v)) for u, v in ((b, c), (c, a), (a, b))]


class Camera:
    def __init__(self, o):
        one = o.get("-detpixels", [64])[0]
        self.fast = int(o.get("-detpixels_f", o.get("-detpixels_x", [one]))[0])
        self.slow = int(o.get("-detpixels_s", o.get("-detpixels_y", [one]))[0])
        self.pixel = o.get("-pixel", [0.1])[0] * 1e-3
        self.distance = o.get("-distance", [100])[0] * 1e-3
        self.wavelength = o.get("-lambda", [1])[0] * 1e-10
        size_f, size_s = self.fast * self.pixel, self.slow * self.pixel
        x = o["-Xbeam"][0] * 1e-3 if "-Xbeam" in o else (size_s + self.pixel) / 2
        y = o["-Ybeam"][0] * 1e-3 if "-Ybeam" in o else (size_f + self.pixel) / 2
        self.f0, self.s0 = y + 0.5 * self.pixel, x + 0.5 * self.pixel
        self.over = int(o.get("-oversample", [1])[0])
        self.unpolarised = "-nopolar" in o
        self.n, self.f_cell = o["-N"][0], o.get("-default_F", [0])[0]
        self.scale = R_E_SQR * o.get("-fluence", [125932015286227086360700780544.0])[0]
        self.abc = direct(*reciprocal(*o["-cell"][:3], *o["-cell"][3:]))

    def value(self, fast, slow, told=None):
        total, omega, polar = 0.0, 0.0, 0.0
        sub = self.pixel / self.over
        for ss in range(self.over):
            for sf in range(self.over):
                f = fast * self.pixel + (sf + 0.5) * sub - self.f0
                s = slow * self.pixel + (ss + 0.5) * sub - self.s0
                pos = (self.distance, -s, f)
                r = math.sqrt(sum(x * x for x in pos))
                if omega == 0:
                    omega = self.pixel**2 / r**2 * self.distance / r
                    cos2 = pos[0] / r
                    polar = 1.0 if self.unpolarised else 0.5 * (1 + cos2**2)
                q = [(d / r - b) / self.wavelength for d, b in zip(pos, (1.0, 0.0, 0.0))]
                hkl = [sum(x * v * 1e-10 for x, v in zip(q, axis)) for axis in self.abc]
                latt = math.prod(sincg(math.pi * x, self.n) for x in hkl)
                total += self.f_cell**2 * latt**2
        steps = self.over**2
        value = self.scale * total / steps * polar * omega
        if told is not None:
            stol = 0.5 * math.sqrt(sum(x * x for x in q))
            told(fast, slow, stol, pos, hkl, self.f_cell, latt, total, steps, polar, omega, value)
        return value


def paragraph(fast, slow, stol, pos, hkl, f_cell, latt, total, steps, polar, omega, value):
    print("%4d %4d : stol = %g or %g" % (fast, slow, stol * 1e-10, stol * 2e-10))
    print("at %g %g %g" % pos)
    print("hkl= %f %f %f  hkl0= %d %d %d" % (*hkl, *(math.ceil(x - 0.5) for x in hkl)))
    print(" F_cell=%g  F_latt=%g   I = %g" % (f_cell, latt, total))
    print("I/steps %15.10g" % (total / steps))
    print("polar   %15.10g" % polar)
    print("omega   %15.10g" % omega)
    print("capfrac %15.10g" % 1)
    print("pixel   %15.10g" % value)
    print("real-space cell vectors (Angstrom):")


def table(fast, slow, stol, pos, hkl, f_cell, latt, total, steps, polar, omega, value):
    print(f"Pixel fast={fast}, slow={slow}, stol={stol:.9e} 1/m")
    print("  position (m): {:.9e}, {:.9e}, {:.9e}".format(*pos))
    print("  hkl: {:.6f} {:.6f} {:.6f}".format(*hkl))
    print(f"  F_cell: {f_cell:.6g}   F_latt: {latt:.9e}")
    print(f"  I: {total:.9e}   I/steps: {total / steps:.9e}")
    print(f"  polar: {polar:.9e} omega: {omega:.9e} sr   capfrac: 1")
    print(f"  pixel value: {value:.9e} photons")


def main(words):
    o, image = options(words)
    if "-cell" not in o or "-N" not in o:
        print("usage: tiny_bragg -cell a b c al be ga -N n [-floatfile image.bin] ...")
        return 9
    camera = Camera(o)
    report = table if os.environ.get("TINY_STYLE") == "table" else paragraph
    wanted = tuple(map(int, o.get("-printout_pixel", (-1, -1))))
    values = []
    print("tiny_bragg 0.3: simulating", camera.fast, "x", camera.slow, "pixels")
    for slow in range(camera.slow):
        for fast in range(camera.fast):
            told = report if (fast, slow) == wanted else None
            values.append(camera.value(fast, slow, told))
        print(f"{100 * (slow + 1) // camera.slow}% done")
    if image:
        with open(image, "wb") as stream:
            stream.write(struct.pack(f"<{len(values)}f", *values))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
