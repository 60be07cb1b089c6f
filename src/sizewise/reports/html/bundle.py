"""The Vega libraries as one script: made from what vl-convert carries, then kept."""

from __future__ import annotations

from importlib.metadata import version

from sizewise.storage import cache_folder, write_file

_NAMES = "window.vegaEmbed = vegaEmbed;"


def vega_bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed, 0.9 MB of JavaScript that sets ``window.vegaEmbed``.

    Bundling takes a second, so the script is kept in the cache folder, one for each version of
    vl-convert. Where that folder cannot be written it is made anew.
    """
    path = cache_folder() / "vega" / f"vl-convert-{version('vl-convert-python')}.js"
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        script = _made()
    try:
        write_file(path, script)
    except OSError:
        return script
    return script


def _made() -> str:
    import vl_convert

    return str(vl_convert.javascript_bundle(_NAMES))
