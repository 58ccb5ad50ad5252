"""The measurements of each part as Markdown; every number with its 95% interval."""

from collections.abc import Callable


def percent(share: dict, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return f"{share['value']:{sign}.1%} ({share['low']:{sign}.1%} to {share['high']:{sign}.1%})"


def number(value: dict, places: int = 3, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return f"{value['value']:{sign}.{places}f} ({value['low']:{sign}.{places}f} to {value['high']:{sign}.{places}f})"


def table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


CONDITIONS = {
    "real": "real renders",
    "z_t": "z_t in the place of z_i",
    "autoregressive": "autoregressive prior",
    "diffusion": "diffusion prior",
}


def priors(score: dict) -> str:
    found = score["conditions"]
    n = found["real"]["top1"]["n"]
    rows = [
        [title, percent(found[name]["top1"]), number(found[name]["clip"]), number(found[name]["fid"])]
        for name, title in CONDITIONS.items()
    ]
    against = found["autoregressive"]["against"]
    return "\n\n".join(
        [
            table(["", "top-1 of 200", "CLIP score", "FID"], rows),
            f"n = {n} captions, one drawing each; FID against {score['reference']:,} real renders of other scenes. The "
            f"autoregressive prior against the diffusion prior, same captions and seeds: "
            f"{percent(against, signed=True)} of top-1.",
        ]
    )


def costs(score: dict) -> str:
    timing, rows = score["timing"], []
    for name in ("diffusion", "autoregressive"):
        stage = score["stages"][name]
        rows.append(
            [
                CONDITIONS[name],
                f"{stage['parameters'] / 1e6:.2f} M",
                f"{stage['steps']:,}" + (f" after {stage['before']:,}" if stage["before"] else ""),
                f"{stage['minutes']:.0f}",
                f"{stage['passes']}",
                f"{1000 * timing[name]:.0f} ms",
            ]
        )
    return "\n\n".join(
        [
            table(
                ["", "parameters", "training steps", "minutes", "rows through the network for a z_i", "sampling"], rows
            ),
            "The diffusion prior's row includes the text tower, which was trained with it and which both use.",
            f"{timing['turns']} turns, one prior after the other, {timing['threads']} thread(s), medians: "
            f"the autoregressive prior takes {number(score['ratio'], 2)} times as long.",
        ]
    )


SWEEP_HEADS = ["guidance", "top-1 of 200", "CLIP score", "background right", "diversity"]


def sweep_row(one: dict) -> list[str]:
    return [
        f"{one['guidance']:g}",
        percent(one["top1"]),
        number(one["clip"]),
        percent(one["background"]),
        number(one["diversity"]),
    ]


def systems(score: dict) -> str:
    names, rows = {"unclip": "unCLIP", "text": "text decoder"}, []
    for name, title in names.items():
        rows += [[title, *sweep_row(one)] for one in score["systems"][name]]
    rows.append(["real renders, of all styles in turn", "", *sweep_row(score["real"])[1:]])
    equal, trained = score["equal"], score["trained"]
    one = score["systems"]["unclip"][0]
    said = {
        name: f"{record['parameters'] / 1e6:.2f} M parameters, {record['steps']:,} steps"
        + (f" after {record['before']:,} of earlier trainings" if record["before"] else "")
        for name, record in trained.items()
    }
    return "\n\n".join(
        [
            f"The mixer of both decoders: {said['decoder']}. unCLIP has its prior besides, trained together with the "
            f"text tower: {said['text']}.",
            table(["", *SWEEP_HEADS], rows),
            f"{one['top1']['n']} captions, {one['pictures']} drawings a row. At the fidelity that both reach, "
            f"{percent(equal['fidelity'])}, diversity is {number(equal['unclip'])} with unCLIP and "
            f"{number(equal['text'])} with the text decoder: {number(equal['gain'], signed=True)}.",
        ]
    )


def guidance(score: dict) -> str:
    one = score["decoder"][0]
    rows = [
        [f"{title}, {cells[0]}", *cells[1:]]
        for title, found in (("decoder", score["decoder"]), ("prior", score["prior"]))
        for cells in map(sweep_row, found)
    ]
    return "\n\n".join(
        [
            table(["of, guidance", *SWEEP_HEADS[1:]], rows),
            f"{one['top1']['n']} captions, {one['pictures']} drawings a row; "
            "what is not swept is as the standard preset says.",
        ]
    )


def dimensions(score: dict) -> str:
    rows = [[f"{one['dimensions']}", percent(one["top1"]), number(one["likeness"])] for one in score["curve"]]
    return "\n\n".join(
        [
            table(["k", "top-1 of 200", "judge's cosine to the real render"], rows),
            f"{score['curve'][0]['top1']['n']} real renders, each drawn at every k with its own noise.",
        ]
    )


def turns(score: dict) -> str:
    rows = [[f"{one['angle']:g}", percent(one["moved"]), percent(one["kept"])] for one in score["angles"]]
    return "\n\n".join(
        [
            table(["angle", "background is the new one", "thing still named rightly"], rows),
            f"{score['angles'][0]['moved']['n']} real renders, "
            "each turned from its background to the next of the twelve.",
        ]
    )


def failures(score: dict) -> str:
    rows = [
        [
            f"{title}, {which}",
            str(found["pictures"]),
            *(percent(found[what]) for what in ("both", "exchanged", "twice", "each")),
        ]
        for title, part in (("two things", "pairs"), ("one shape in two colours", "bindings"))
        for which, found in (("real renders", score[part]["real"]), ("drawn", score[part]["drawn"]))
    ]
    return table(["", "pictures", "both right", "exchanged", "one of them twice", "each by itself"], rows)


TABLES: dict[str, Callable[[dict], str]] = {
    "1": priors,
    "2": costs,
    "3": systems,
    "4": guidance,
    "5": dimensions,
    "6": turns,
    "7": failures,
}
