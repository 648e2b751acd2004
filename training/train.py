"""Train a shipped model: `python -m training.train troops-en`, or `troops-en-open`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from stancekit import (
    CachedEncoder,
    DataError,
    FrameClassifier,
    Model,
    StanceClassifier,
    StancekitError,
    TopicGuard,
    load_model,
    save_model,
)
from stancekit.encoders import Encoder
from stancekit.joint import with_encoder
from stancekit.recipe import fingerprint, share_features
from training.attention_graph import LONGER, has_heads
from training.behaviour import RESULT, behaviour_lines, measure_on_dev
from training.codebook import read_codebook
from training.corpus import read_corpus
from training.ignored_names import read_names
from training.joined import JoinedClassifier
from training.passages import (
    AUTHORED,
    AUTHORED_OFF_TOPIC,
    CONTRAST,
    DATA,
    Passages,
    Weight,
    has_data,
    load_passages,
)
from training.scoring import (
    RESULTS,
    agreement_lines,
    balance_lines,
    read_result,
    score_on_dev,
    write_result,
)
from training.vectors import read_cache, write_cache

__all__ = [
    "OFF_TOPIC",
    "RECIPES",
    "SHARING",
    "fit_guard",
    "fit_model",
    "main",
    "with_vectors",
]

MODELS = Path(__file__).parent.parent / "models"

# What each passage of a split counts. `training/README.md` has what else was tried.
_REAL: dict[str, Weight] = {
    AUTHORED: 0.5,  # plain and plentiful
    "news_train": 1.0,
    "news_train_more": 0.3,  # nearly all neutral, and of any military subject
    "news_train_picked": {"neutral": 0.1},  # what a model doubted: mostly no side after all
    "speeches_train": 0.33,  # a third, as all are three times as many: news learns from them too
    "speeches_train_picked": 0.33,  # with the rest a sample like `speeches_train`
    "speeches_train_rest": 0.33,
}
RECIPES: dict[str, dict[str, Weight]] = {
    "troops-en": _REAL,
    "troops-en-accurate": _REAL,
    "troops-en-open": {AUTHORED: 1.0},
}
# Models with a sentence encoder beside the words, and the weight of its vectors.
ENCODER_WEIGHTS = {"troops-en-accurate": 0.5}
# Who argues stands for what they argue, and what they argue must not hang on who it is. An encoder
# reads names whatever the words beside it do.
IGNORED_NAMES: dict[str, tuple[str, ...] | bool] = {
    name: False if name in ENCODER_WEIGHTS else read_names() for name in RECIPES
}
# What the off-topic guard learns from, beside the passages above; all count 1 to it.
OFF_TOPIC: dict[str, tuple[str, ...]] = {
    "troops-en": ("off_topic_train", AUTHORED_OFF_TOPIC),
    "troops-en-accurate": ("off_topic_train", AUTHORED_OFF_TOPIC),
    "troops-en-open": (AUTHORED_OFF_TOPIC,),
}
# Speeches have enough passages of their own, and news needs every one that it can get.
SHARING = {"news": 1.0, "speech": 0.0}
SEED = 0
N_GOLDEN = 24

SUMMARY = {
    "troops-en": "Says of a passage whether it argues for withdrawing foreign troops (first of all "
    "US troops in Iraq and Syria), for keeping them, or for neither, and with which of 13 frames.",
    "troops-en-accurate": "`troops-en` with seven layers of a sentence encoder beside the words, "
    "the last two of them tuned, and small heads that attend to its tokens: better on news, and "
    "many times slower. It needs `pip install 'stancekit[accurate]'`.",
    "troops-en-open": "`troops-en` trained on nothing but the passages written for the project, so "
    "that anybody can rebuild it from the repository alone. On real text it is the weaker one.",
}
REBUILD = {
    "troops-en-accurate": "`python -m training.heads`, then `python -m training.train "
    'troops-en-accurate`: training/README.md, "Heads that attend"'
}
USE = (
    "Sorting and counting passages of English news, op-eds and speeches on foreign troops, by "
    "people who read what it sorts. Look before you quote: a score over many passages says little "
    "about one."
)
LIMITS = [
    "judging persons: a label says what a passage expresses, not who holds the view",
    "shares reported without a check by hand: the scores below say how often it is wrong",
    "other subjects and languages: train another model, it takes a table of labelled passages",
    "sarcasm, a stance that only the article around the passage tells, and reasons given in words "
    "that no training passage has: it reads words and word pairs, one passage at a time",
    "the writings of one outlet or one person as compared with another's, without measuring first "
    "that it errs alike on both",
]
MEANING = [
    "it is the stance that a passage expresses, whoever holds it: the author, or somebody quoted",
    "it does not say what a person or an outlet believes, whether a claim is true, or how strongly "
    "a side is taken: a probability is how sure the model is",
    "language models made the labels that it learnt; no person checked one",
]
APPEAL = (
    "`stancekit predict --explain` names the words that moved a label, and the codebook says what "
    "it should mean. One wrong label says little: label a sample by hand, let `stancekit evaluate` "
    "and `stancekit measure --gold` tell how often and in which direction the model errs there, "
    "and train a model with the corrected passages."
)
LICENCE = (
    "The model is Apache-2.0, as the code is, and so is the sentence encoder of the model that has "
    "one. The texts of the real training passages are not part "
    "of it, apart from single words and word pairs."
)


def fit_model(
    name: str,
    passages: Passages,
    off_topic: Passages,
    *,
    encoder: Any = None,
    is_joined: bool = False,
    random_state: int = SEED,
) -> Model:
    """Fit both classifiers of a shipped model, and its off-topic guard.

    Parameters
    ----------
    name : str
    passages, off_topic : Passages
    encoder : object, str or None
        For the models of `ENCODER_WEIGHTS`.
    is_joined : bool
        Whether its vectors end with scores of heads.
    random_state : int, default=SEED
    """
    codebook = read_codebook()
    known = {frame for marks in passages.frames for frame in marks}
    how: dict[str, Any] = {"sample_weight": passages.weights, "groups": passages.groups}
    sharing = {name: share for name, share in SHARING.items() if name in passages.domains}
    ignored = IGNORED_NAMES[name]
    beside: dict[str, Any] = {"ignore_names": ignored}
    if encoder is not None:
        beside |= with_vectors(name, encoder, is_joined)
    kind = JoinedClassifier if is_joined else StanceClassifier
    stance = kind(sharing=sharing, random_state=random_state, **beside)
    stance.fit(passages.texts, passages.stances, domains=passages.domains, **how)
    if isinstance(stance, JoinedClassifier):
        stance = stance.plain()
    frames = FrameClassifier(
        frames=[frame for frame in codebook.frames if frame in known],
        ignore_names=ignored,
        random_state=random_state,
    )
    frames.fit(passages.texts, passages.frames, **how)
    guard = fit_guard(stance, passages, off_topic, random_state)
    about = {
        **_prose(name),
        "data": [
            *_data_lines(passages),
            *([_pairs_line()] if is_joined else []),
            _off_topic_line(off_topic),
        ],
        "splits": "By article: no article, and no near-duplicate of a passage, is on two sides. "
        "Parameters, calibration and thresholds come from held-out folds of the training passages; "
        "the dev splits were looked at while the recipe was chosen, so expect a little less.",
        "seed": random_state,
        "corpus": fingerprint(passages.texts, passages.stances),
    }
    return Model(stance, share_features(stance, frames), name, about, topic=guard)


def with_vectors(name: str, encoder: Any, is_joined: bool) -> dict[str, Any]:
    """Settings of a classifier that gives the mean of an encoder's tokens its length."""
    return {"encoder": encoder, "encoder_weight": ENCODER_WEIGHTS[name] * (LONGER**is_joined)}


def fit_guard(
    stance: StanceClassifier, passages: Passages, off_topic: Passages, random_state: int = SEED
) -> TopicGuard:
    """Fit the guard of ``stance``: every passage counts the same, plain military news as well."""
    return TopicGuard(random_state=random_state).fit(
        stance,
        passages.texts,
        passages.stances,
        off_topic.texts,
        groups=passages.groups,
        off_topic_groups=off_topic.groups,
    )


def _prose(name: str) -> dict[str, Any]:
    """What the card says beside the numbers of this model and of its passages."""
    codebook = read_codebook()
    prose: dict[str, Any] = {
        "summary": SUMMARY.get(name, "Trained by training.train."),
        "definitions": {"stance": codebook.stances, "frames": codebook.frames},
        "meaning": MEANING,
        "use": USE,
        "limits": LIMITS,
        "agreement": agreement_lines(),
        "appeal": APPEAL,
        "licence": LICENCE,
        "rebuild": REBUILD.get(name, f"`python -m training.train {name}`"),
    }
    # Measured for this one alone, by `python -m training.balance`.
    return prose | ({"balance": balance_lines()} if name == "troops-en" else {})


def _fit_encoded(
    name: str, passages: Passages, off_topic: Passages, encoder: Path, cache: Path | None
) -> Model:
    """Fit a model on kept vectors, and put the encoder in their place."""
    is_joined = has_heads(encoder)
    if cache is None:
        if is_joined:
            raise DataError(
                f"{encoder} has heads that learnt from the training passages, so what it says of "
                "them must not be learnt from; name the --cache of `python -m training.heads add`"
            )
        return fit_model(name, passages, off_topic, encoder=CachedEncoder(encoder, passages.texts))
    if not is_joined and not cache.with_suffix(".npy").exists():
        write_cache(cache, encoder, passages.texts)
    kept = read_cache(cache)
    model = fit_model(name, passages, off_topic, encoder=kept, is_joined=is_joined)
    stance = model.stance
    stance.encoder = str(encoder)
    opened, weight = Encoder.open(encoder), stance.encoder_weight
    stance.features_ = with_encoder(stance.features_, opened, weight)
    return model


def _data_lines(passages: Passages) -> list[str]:
    lines = []
    for split in dict.fromkeys(passages.splits):
        part = passages.take(row for row, name in enumerate(passages.splits) if name == split)
        counts = ", ".join(
            f"{part.stances.count(stance)} {stance}" for stance in sorted(set(part.stances))
        )
        lines.append(f"{split}, {_weights_of(part)}: {len(part):,} passages ({counts})")
    kind = "Language models labelled the passages; no person checked a label."
    if AUTHORED in passages.splits:
        kind += " Those of `authored` were also written by language models, for this project."
    return [*lines, kind]


def _pairs_line() -> str:
    n_passages = len(load_passages([CONTRAST]))
    return (
        f"for the tuned layers of the encoder and the heads on them alone: {n_passages:,} of "
        f"{CONTRAST}, pairs that a negation turns round, written and labelled by language models"
    )


def _off_topic_line(off_topic: Passages) -> str:
    counts = Counter(off_topic.splits).items()
    parts = " and ".join(f"{count:,} of {name}" for name, count in counts)
    return f"for the off-topic guard alone: {parts}"


def _weights_of(part: Passages) -> str:
    """What the passages of a split count, by stance where that differs."""
    by_stance = dict(sorted(zip(part.stances, part.weights, strict=True)))
    if len(weights := set(by_stance.values())) == 1:
        return f"weight {weights.pop():g}"
    each = ", ".join(f"{stance} {weight:g}" for stance, weight in by_stance.items())
    return f"weights {each}"


def _with_scores(model: Model, scores: Mapping[str, Any]) -> Model:
    facts = {"scores": scores["stance"], "frame_scores": scores["frames"]}
    return replace(model, about={**model.about, **facts})


def _with_behaviour(model: Model, data_dir: Path, results: Path) -> Model:
    """Measure it, put that among the results, and tell it on the card."""
    known = read_result(RESULT, results) if (results / f"{RESULT}.json").is_file() else {}
    is_quick = model.name not in ENCODER_WEIGHTS  # Thousands of changed passages to encode.
    known[model.name] = measure_on_dev(model, data_dir, is_quick=is_quick)
    write_result(RESULT, {name: known[name] for name in RECIPES if name in known}, results)
    lines = behaviour_lines(known[model.name])
    return replace(model, about={**model.about, "behaviour": lines})


def golden_texts(n_passages: int = N_GOLDEN) -> list[str]:
    """Passages of the corpus, evenly spread."""
    rows = read_corpus()
    return [rows[place * len(rows) // n_passages]["text"] for place in range(n_passages)]


def _renew_card(name: str, directory: Path, results: Path) -> None:
    """Save a model again with what the card says now beside its numbers."""
    model = load_model(directory)
    about = {**model.about, **_prose(name)}
    measured = read_result(RESULT, results) if (results / f"{RESULT}.json").is_file() else {}
    if name in measured:
        about["behaviour"] = behaviour_lines(measured[name])
    renewed = replace(model, about=about)
    keeps = name in ENCODER_WEIGHTS
    save_model(renewed, directory, golden=golden_texts(), with_encoder=keeps, force=True)
    click.echo(f"renewed the card of {directory}", err=True)


@click.command()
@click.argument("name", type=click.Choice(list(RECIPES)))
@click.option("--data", "data_dir", type=click.Path(path_type=Path), default=DATA)
@click.option("-o", "--output", type=click.Path(path_type=Path), default=MODELS, help="Of models.")
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, help="Of scores.")
@click.option(
    "--encoder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="What `python -m training.export_encoder` wrote; by default the encoder in the model.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    metavar="STEM",
    help="Where the encoder's vectors are kept between runs: STEM.npy and STEM.json.",
)
@click.option("--every", default=1, help="Take every N-th passage only, for a quick try.")
@click.option("--card", "is_card_only", is_flag=True, help="Renew the card alone; fit nothing.")
def main(
    name: str,
    data_dir: Path,
    output: Path,
    results: Path,
    encoder: Path | None,
    cache: Path | None,
    every: int,
    is_card_only: bool,
) -> None:
    """Train the model NAME, score it on the dev splits, and save it with its card.

    Real passages are read from --data, where `python -m training.rebuild` puts them; without them
    troops-en-open can still be trained, and then has no scores.
    """
    try:
        if is_card_only:
            _renew_card(name, output / name, results)
            return
        passages = load_passages(RECIPES[name], data_dir)
        passages = passages.take(range(0, len(passages), every))
        off_topic = load_passages(OFF_TOPIC[name], data_dir)
        click.echo(f"fitting {name} on {len(passages):,} passages", err=True)
        if name in ENCODER_WEIGHTS:
            place = encoder or output / name / "encoder"
            model = _fit_encoded(name, passages, off_topic, place, cache)
        else:
            model = fit_model(name, passages, off_topic)
        if has_data(data_dir):
            scores = score_on_dev(model, data_dir)
            model = _with_scores(model, scores)
            write_result(name, scores, results)
            model = _with_behaviour(model, data_dir, results)
        else:
            click.echo(f"no dev splits in {data_dir}: saved without scores", err=True)
        keeps = name in ENCODER_WEIGHTS
        save_model(model, output / name, golden=golden_texts(), with_encoder=keeps, force=True)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"wrote {output / name}", err=True)


if __name__ == "__main__":
    main()
