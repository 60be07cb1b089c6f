"""Verdicts on budgets as JUnit XML: a test case for each rule and job."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from sizewise.analysis.budgets import Finding, Judgement, Outcome
from sizewise.reports.check.wording import place, sentence

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS = {
    Outcome.BROKEN: "failure",
    Outcome.NOT_MEASURED: "error",
    Outcome.UNDECIDED: "skipped",
    Outcome.INCOMPARABLE: "skipped",
}


def junit(judgement: Judgement) -> str:
    """One test suite, a document of its own: a broken budget is a failure, a figure that was
    not measured an error, one that cannot be judged a skipped test.
    """
    counts = judgement.counts
    totals = {
        "tests": str(len(judgement.findings)),
        "failures": str(counts[Outcome.BROKEN]),
        "errors": str(counts[Outcome.NOT_MEASURED]),
        "skipped": str(counts[Outcome.UNDECIDED] + counts[Outcome.INCOMPARABLE]),
    }
    suites = ET.Element("testsuites", {"name": "sizewise check", **totals})
    suite = ET.SubElement(
        suites,
        "testsuite",
        {
            "name": _printable(judgement.run.suite),
            **totals,
            "timestamp": judgement.run.started.isoformat(timespec="seconds"),
        },
    )
    for finding in judgement.findings:
        _case(suite, finding)
    ET.indent(suites)
    # As text, the declaration would name the encoding of this machine's locale.
    document: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return document.decode() + "\n"


def _case(suite: ET.Element, finding: Finding) -> None:
    names = {"classname": finding.job_id, "name": f"{finding.rule.figure} [{place(finding)}]"}
    case = ET.SubElement(suite, "testcase", {key: _printable(text) for key, text in names.items()})
    if (element := _ELEMENTS.get(finding.outcome)) is not None:
        message = _printable(sentence(finding))
        ET.SubElement(case, element, {"message": message, "type": finding.outcome.value})


def _printable(text: str) -> str:
    return _NOT_XML.sub("?", text)
