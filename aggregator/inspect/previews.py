"""The JSON form of a preview (`aggregate preview --json`)."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from aggregator.editions.preview import OutputPreview
from aggregator.inspect.views import ExportedArticle, exported_article
from aggregator.subscriptions.filter_preview import FilterEffects, FilterPreview
from aggregator.subscriptions.preview import Preview


class PreviewedSource(Struct, frozen=True, kw_only=True):
    """A source that was previewed. `home`: address of its site; `language`: BCP 47 tag."""

    name: str
    url: str | None
    plugin: str
    home: str | None
    language: str | None


class PreviewView(Struct, frozen=True, kw_only=True):
    """The articles that a source yields now. `filters`: the effect of each filter, only with `--filters`."""

    source: PreviewedSource
    articles: list[ExportedArticle]
    filters: tuple[FilterPreview, ...] | UnsetType = UNSET


class PluginPreview(Struct, frozen=True, kw_only=True):
    """What the outputs and filters of a plugin file, or a configured output, make of the stored articles. `outputs`:
    what each writes and delivers; `filters`: what they drop and change, null without a filter; `sample`: there is no
    store, so they were given the sample articles of the test kit."""

    outputs: tuple[OutputPreview, ...] = ()
    filters: FilterEffects | None = None
    sample: bool = False


def preview_view(preview: Preview, *, with_filters: bool) -> PreviewView:
    """Return a preview as JSON. `with_filters`: include the effect of each filter."""
    source = PreviewedSource(
        name=preview.name,
        url=preview.url,
        plugin=preview.plugin,
        home=preview.home,
        language=preview.language,
    )
    articles = [exported_article(article) for article in preview.articles]
    return PreviewView(source=source, articles=articles, filters=preview.filters if with_filters else UNSET)
