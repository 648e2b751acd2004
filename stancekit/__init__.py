"""Train and run classifiers that say which side of a debate a passage argues for.

>>> from stancekit import load_model
>>> analysis = load_model("troops-en").analyze("It is time to bring the troops home from Iraq.")
>>> analysis.passages[0].stance
'pro-withdrawal'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from stancekit.abstention import RiskCoverage, RiskPoint, risk_coverage
    from stancekit.agreement import Agreement, score_agreement
    from stancekit.analysis import STATUSES, Analysis, PassageAnalysis, PassageVoice
    from stancekit.arrow import predict_batch
    from stancekit.article import Article, Passage, read_article, split_passages
    from stancekit.audit import Audit, DoubtfulLabel, DuplicatePair, audit_labels
    from stancekit.cascade import Cascade
    from stancekit.comparison import Comparison, ScorePair, compare
    from stancekit.crossval import cross_validate
    from stancekit.encoders import CachedEncoder
    from stancekit.errors import (
        DataError,
        InputError,
        MissingExtraError,
        ModelError,
        StancekitError,
    )
    from stancekit.evaluation import (
        Evaluation,
        FrameEvaluation,
        evaluate,
        score,
        score_frames,
    )
    from stancekit.explanation import Contribution, Explanation, FrameExplanation, explain
    from stancekit.frame_prevalence import FrameShares, measure_frames
    from stancekit.frames import FrameClassifier
    from stancekit.model import Model
    from stancekit.neighbours import KeptPassages, Neighbour
    from stancekit.plots import plot_evaluation, plot_shares
    from stancekit.prevalence import Share, measure
    from stancekit.report import write_report
    from stancekit.sampling import Drawn, draw_sample
    from stancekit.saving import load_model, save_model, verify_model
    from stancekit.slices import Slice, score_slices
    from stancekit.speakers import Speaker, Statement, author_of, speakers_of
    from stancekit.stance import StanceClassifier
    from stancekit.storage import shipped_models
    from stancekit.topic import TopicGuard
    from stancekit.voices import Voice, find_voices

# Where each public name lives. They are imported when first asked for, so that `import stancekit`
# and `stancekit --help` need not wait for scikit-learn.
_HOMES = {
    "abstention": ("RiskCoverage", "RiskPoint", "risk_coverage"),
    "agreement": ("Agreement", "score_agreement"),
    "analysis": ("STATUSES", "Analysis", "PassageAnalysis", "PassageVoice"),
    "arrow": ("predict_batch",),
    "article": ("Article", "Passage", "read_article", "split_passages"),
    "audit": ("Audit", "DoubtfulLabel", "DuplicatePair", "audit_labels"),
    "cascade": ("Cascade",),
    "comparison": ("Comparison", "ScorePair", "compare"),
    "crossval": ("cross_validate",),
    "encoders": ("CachedEncoder",),
    "errors": ("DataError", "InputError", "MissingExtraError", "ModelError", "StancekitError"),
    "evaluation": (
        "Evaluation",
        "FrameEvaluation",
        "evaluate",
        "score",
        "score_frames",
    ),
    "explanation": ("Contribution", "Explanation", "FrameExplanation", "explain"),
    "frame_prevalence": ("FrameShares", "measure_frames"),
    "frames": ("FrameClassifier",),
    "model": ("Model",),
    "neighbours": ("KeptPassages", "Neighbour"),
    "plots": ("plot_evaluation", "plot_shares"),
    "prevalence": ("Share", "measure"),
    "report": ("write_report",),
    "sampling": ("Drawn", "draw_sample"),
    "saving": ("load_model", "save_model", "verify_model"),
    "slices": ("Slice", "score_slices"),
    "speakers": ("Speaker", "Statement", "author_of", "speakers_of"),
    "stance": ("StanceClassifier",),
    "storage": ("shipped_models",),
    "topic": ("TopicGuard",),
    "voices": ("Voice", "find_voices"),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "STATUSES",
    "Agreement",
    "Analysis",
    "Article",
    "Audit",
    "CachedEncoder",
    "Cascade",
    "Comparison",
    "Contribution",
    "DataError",
    "DoubtfulLabel",
    "Drawn",
    "DuplicatePair",
    "Evaluation",
    "Explanation",
    "FrameClassifier",
    "FrameEvaluation",
    "FrameExplanation",
    "FrameShares",
    "InputError",
    "KeptPassages",
    "MissingExtraError",
    "Model",
    "ModelError",
    "Neighbour",
    "Passage",
    "PassageAnalysis",
    "PassageVoice",
    "RiskCoverage",
    "RiskPoint",
    "ScorePair",
    "Share",
    "Slice",
    "Speaker",
    "StanceClassifier",
    "StancekitError",
    "Statement",
    "TopicGuard",
    "Voice",
    "audit_labels",
    "author_of",
    "compare",
    "cross_validate",
    "draw_sample",
    "evaluate",
    "explain",
    "find_voices",
    "load_model",
    "measure",
    "measure_frames",
    "plot_evaluation",
    "plot_shares",
    "predict_batch",
    "read_article",
    "risk_coverage",
    "save_model",
    "score",
    "score_agreement",
    "score_frames",
    "score_slices",
    "shipped_models",
    "speakers_of",
    "split_passages",
    "verify_model",
    "write_report",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _MODULE_OF:
        raise AttributeError(f"module 'stancekit' has no attribute {name!r}")
    return getattr(import_module(f"stancekit.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
