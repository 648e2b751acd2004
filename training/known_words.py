"""Which share of a passage's words a model knows: `python -m training.known_words`.

The measurement behind the bound of `stancekit.model` below which a passage gets no label: English
on any subject must lie above it, other languages below. Writes `results/known_words.json`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from stancekit import Model, StancekitError, load_model
from training.corpus.jsonl import read_rows
from training.passages import DATA, load_passages
from training.scoring import RESULTS, write_result
from training.standoff import DEV
from training.train import RECIPES

__all__ = ["OTHER_LANGUAGES", "known_shares", "main"]

# Written for this purpose.
OTHER_LANGUAGES = {
    "Dutch": "De minister zei dinsdag dat de soldaten pas naar huis komen als het leger van het "
    "land zelf de veiligheid in de hoofdstad kan garanderen, en dat niemand weet wanneer dat is.",
    "French": "Le ministre a dit mardi que les soldats ne rentreraient pas avant que l'armée du "
    "pays puisse assurer seule la sécurité de la capitale, et que personne ne savait quand.",
    "German": "Der Minister sagte am Dienstag, die Soldaten kämen erst nach Hause, wenn die Armee "
    "des Landes die Hauptstadt allein schützen könne, und niemand wisse, wann das sein werde.",
    "Indonesian": "Menteri itu mengatakan pada hari Selasa bahwa para prajurit baru akan pulang "
    "setelah tentara negara itu mampu menjaga ibu kota sendiri, dan tidak ada yang tahu kapan.",
    "Italian": "Il ministro ha detto martedì che i soldati torneranno a casa soltanto quando "
    "l'esercito del paese potrà difendere da solo la capitale, e nessuno sa quando accadrà.",
    "Polish": "Minister powiedział we wtorek, że żołnierze wrócą do domu dopiero wtedy, gdy armia "
    "tego kraju sama obroni stolicę, i że nikt nie wie, kiedy to nastąpi.",
    "Portuguese": "O ministro disse na terça-feira que os soldados só voltarão para casa quando o "
    "exército do país puder proteger sozinho a capital, e que ninguém sabe quando será.",
    "Spanish": "El ministro dijo el martes que los soldados no volverán hasta que el ejército "
    "del país pueda proteger por sí solo la capital, y que nadie sabe cuándo será.",
    "Swedish": "Ministern sade på tisdagen att soldaterna kommer hem först när landets egen armé "
    "kan skydda huvudstaden på egen hand, och att ingen vet när det blir.",
    "Turkish": "Bakan salı günü yaptığı açıklamada, askerlerin ancak ülkenin ordusu başkenti tek "
    "başına koruyabildiğinde eve döneceğini ve bunun zamanını kimsenin bilmediğini söyledi.",
}


def known_shares(model: Model, texts: list[str]) -> np.ndarray:
    """Known words over words (runs without whitespace): shape (n_passages,)."""
    features = model.stance.features_
    known = features.count_known(features.count(texts))
    return np.asarray(known / np.array([len(text.split()) for text in texts]))


def _summary(shares: np.ndarray) -> dict[str, Any]:
    quantiles = np.quantile(shares, [0, 0.01, 0.05, 0.5, 1]).round(3).tolist()
    names = ("lowest", "1 %", "5 %", "median", "highest")
    return {"n_passages": len(shares), **dict(zip(names, quantiles, strict=True))}


@click.command()
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=DATA)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(data_dir: Path, results: Path) -> None:
    """Measure the known share on the dev splits, on other subjects and in other languages."""
    try:
        found: dict[str, Any] = {}
        off_topic = data_dir / "news_off_topic.jsonl"
        for name in RECIPES:
            model = load_model(name)
            parts = {split: load_passages([split], data_dir).texts for split in DEV}
            if off_topic.is_file():
                rows = read_rows(off_topic, required=("text",))
                parts["news on other subjects"] = [row["text"] for row in rows]
            parts["other languages"] = list(OTHER_LANGUAGES.values())
            found[name] = {part: _summary(known_shares(model, ts)) for part, ts in parts.items()}
        write_result("known_words", found, results)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
