"""What was tried and not kept, and what was not run: rows of tables of docs/benchmarks.md."""

from __future__ import annotations

__all__ = ["LEDGER", "NOT_RUN"]

Row = tuple[str, str, str, str]

# Plain pipelines of scikit-learn, on 5 folds of the training part: F_avg with one model a target.
_TWEETS: tuple[Row, ...] = (
    ("SemEval 6 A", "words and pairs; SVM, C = 1", "0.656", "rejected: worse"),
    ("SemEval 6 A", "words to threes, characters 2-5; SVM, C = 1", "0.682", "the organisers'"),
    (
        "SemEval 6 A",
        "the same, logistic regression, balanced, C = 3",
        "0.692",
        "no gain over pairs",
    ),
    ("SemEval 6 A", "the same, characters within words", "0.693", "rejected: no gain"),
    ("SemEval 6 A", "characters 2-5 alone, balanced, C = 3", "0.705", "rejected: within the folds"),
    ("SemEval 6 A", "`StanceClassifier`, words and pairs, sharing 0", "0.651", "rejected: worse"),
    (
        "SemEval 6 A",
        "`StanceClassifier`, words, pairs and characters 2-5, sharing 0",
        "0.689",
        "kept",
    ),
    (
        "SemEval 6 A",
        "the same on 4 folds, C = 10, the lean chosen for macro F1 (0.7)",
        "0.685",
        "0.672 on the test",
    ),
    ("SemEval 6 A", "with lean 0", "0.689", "rejected"),
    (
        "SemEval 6 A",
        "with lean 0.4, best by F_avg",
        "0.698",
        "kept, after the test had been seen with 0.7",
    ),
    ("SemEval 6 A", "with lean 1", "0.656", "rejected"),
)

# Macro F1 on the official dev parts; of ArgQ with 20,000 and 10,000 training rows.
_PAIRS: tuple[Row, ...] = (
    ("PERSPECTRUM", "words and pairs of the text", "0.662", "base"),
    ("PERSPECTRUM", "with the target's words as a block", "0.658", "rejected: no gain"),
    (
        "PERSPECTRUM",
        "with words that text and target share, and their neighbours",
        "0.652",
        "rejected",
    ),
    ("PERSPECTRUM", "with the text's words crossed with the target's", "0.672", "kept"),
    ("PERSPECTRUM", "the same at half and at twice the weight", "0.666, 0.657", "rejected"),
    ("PERSPECTRUM", "crossed five-letter beginnings of words", "0.679", "rejected: small gain"),
    ("ArgQ-30k", "words and pairs of the text", "0.651", "base (SVM, C = 0.1)"),
    ("ArgQ-30k", "with the target's words as a block", "0.649", "rejected: no gain"),
    ("ArgQ-30k", "with shared words and their neighbours", "0.654", "rejected: no gain"),
    ("ArgQ-30k", "with crossed words", "0.679", "kept"),
    ("ArgQ-30k", "crossed without stop words of the target, C = 10", "0.680", "rejected: no gain"),
    ("Procon20", "words and pairs of the text", "0.713", "base"),
    ("Procon20", "with crossed words", "0.727", "kept"),
    ("Procon20", "crossed five-letter beginnings of words", "0.740", "rejected: only here"),
    ("IBM claims", "words and pairs of the text (3 folds of topics)", "0.480-0.491", "base"),
    ("IBM claims", "with crossed words", "0.472-0.494", "no gain: too few topics"),
)

# Macro F1 on 5 folds of the training part, logistic regression, balanced, C = 3.
_NEWS: tuple[Row, ...] = (
    ("GWSD", "words and pairs", "0.577", "base"),
    ("GWSD", "with all-MiniLM-L6-v2 at weight 0.5", "0.618", "rejected: no gain over 1"),
    ("GWSD", "with all-MiniLM-L6-v2 at weight 1", "0.624", "kept, for all sets and encoders"),
    ("GWSD", "with all-MiniLM-L6-v2 at weight 2 and 4", "0.602, 0.583", "rejected: worse"),
)

# The same on 5 folds drawn twice; the encoder is that of troops-en-accurate.
_ENCODED: tuple[Row, ...] = (
    ("GWSD", "words and pairs, C = 1", "0.581", "base"),
    ("GWSD", "with soft labels: each passage as often as its eight raters say", "0.583", "no gain"),
    ("GWSD", "with passages weighted by how sure the raters are", "0.582", "no gain"),
    ("GWSD", "the encoder alone, C = 3", "0.697", "no gain over both"),
    ("GWSD", "the encoder alone at weight 2; soft labels", "0.693; 0.696", "no gain"),
    ("GWSD", "words, pairs and the encoder at weight 1, C = 3", "0.702", "kept; test scored once"),
    ("GWSD", "the same with soft labels; weighted by sureness", "0.699; 0.700", "no gain"),
    ("GWSD", "this encoder and all-MiniLM-L6-v2, C = 3", "0.694", "no gain"),
)

# Mean over the targets of macro F1, on 5 folds of the training part, by `StanceClassifier`.
_HEALTH: tuple[Row, ...] = (
    ("MPCHI", "words and pairs, not crossed, sharing 0", "0.584", "base"),
    ("MPCHI", "the same with sharing 0.3", "0.597", "within the folds"),
    ("MPCHI", "the same with sharing 1", "0.592", "within the folds"),
)

# F_avg on the training part, each target by a model of the other four; logistic regression, C = 1.
_LEFT_OUT: tuple[Row, ...] = (
    ("SemEval 6 A, target left out", "words and pairs", "0.348", "base"),
    ("SemEval 6 A, target left out", "with crossed words", "0.331", "no gain: four targets"),
    ("SemEval 6 A, target left out", "with characters 2-5", "0.354", "no gain"),
    ("SemEval 6 A, target left out", "the encoder alone", "0.346", "no gain"),
    (
        "SemEval 6 A, target left out",
        "the encoder and its product with that of the target",
        "0.350",
        "no gain",
    ),
    ("SemEval 6 A, target left out", "all of these but characters", "0.324", "rejected: worse"),
)

# (set, variant, score, verdict)
LEDGER: tuple[Row, ...] = _TWEETS + _NEWS + _ENCODED + _HEALTH + _PAIRS + _LEFT_OUT

# (tool, why, published)
NOT_RUN: tuple[tuple[str, str, str], ...] = (
    (
        "small-text",
        "finds passages for a person to label; its linear path is scikit-learn's SVM, which is run",
        "–",
    ),
    (
        "stormtrooper",
        "zero-shot with generative models and cross-encoders, which have to be downloaded",
        "–",
    ),
    (
        "fine-tuned transformers (BERT, RoBERTa) and language models",
        "need a GPU, or hours on two cores",
        "SemEval 6 A: mid 70s to low 80s F_avg (from memory)",
    ),
)
