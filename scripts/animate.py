"""Makes the README's animated picture of the frames that test/vscode/first-query.test.ts films.

    FLINTROCK_PICTURES=/tmp/pictures FLINTROCK_FILM=1 npx vitest run --project vscode test/vscode/first-query.test.ts
    python3 scripts/animate.py /tmp/pictures media/vscode.gif      (needs Pillow)
"""

import pathlib
import sys

from PIL import Image, ImageChops

WIDTH = 980
# A frame stays at most so long, in milliseconds: nobody wants to watch a machine boot. The last one stays longest.
LONGEST, LAST = 300, 3500


def frames(folder):
    for scene in ("launch", "environment", "attach", "query"):
        yield from sorted((folder / scene).glob("*.png"))


def palette_of(pictures):
    """One palette for all: a colour that changes from frame to frame flickers.

    It has the colours of most points as they are, and others by how far they are apart: the few points of a colour that says something
    count as much as all of the background.
    """
    strip = Image.new("RGB", (WIDTH, sum(picture.height for picture in pictures)))
    top = 0
    for picture in pictures:
        strip.paste(picture, (0, top))
        top += picture.height
    usual = sorted(strip.getcolors(strip.width * strip.height), reverse=True)[:64]
    apart = strip.quantize(128, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    palette = Image.new("P", (1, 1))
    palette.putpalette([value for _, colour in usual for value in colour] + apart.getpalette()[: 128 * 3])
    return palette


def main(source, target):
    pictures, times = [], []
    before, before_at = None, 0
    for path in frames(pathlib.Path(source)):
        at = int(path.stem)
        picture = Image.open(path).convert("RGB")
        picture = picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.LANCZOS)
        if before is not None:
            took = min(LONGEST, max(60, at - before_at))
            times[-1] += took
            if ImageChops.difference(picture, before).getbbox() is None:
                times[-1] = min(times[-1], LONGEST)
                before_at = at
                continue
        pictures.append(picture)
        times.append(0)
        before, before_at = picture, at
    times[-1] = LAST
    palette = palette_of(pictures[:: max(1, len(pictures) // 6)] + pictures[-1:])
    small = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    small[0].save(target, save_all=True, append_images=small[1:], duration=times, loop=0, optimize=True)
    print(f"{len(small)} frames, {sum(times) / 1000:.1f} s, {pathlib.Path(target).stat().st_size / 1e6:.2f} MB")


main(*sys.argv[1:])
