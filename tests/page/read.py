"""Reads an HTML page as a browser does (WHATWG's algorithm, html5lib) and says as JSON what is in it.

In: the page. Out: what the parser found wrong, what would be loaded or run, and what the page says.
"""

import base64
import hashlib
import json
import sys

import html5lib

ATTRIBUTES_THAT_LOAD = {"src", "srcset", "data", "poster", "background", "action", "formaction", "ping", "manifest"}


def text(element):
    return " ".join("".join(element.itertext()).split())


def digest(element):
    content = "".join(element.itertext()).encode()
    return "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()


def table(element):
    rows = [[text(cell) for cell in row if cell.tag in ("td", "th")] for row in element.iter("tr")]
    heads = [cell.get("scope") for cell in element.iter("th")]
    return {"name": element.get("aria-label"), "rows": rows, "scoped": all(heads)}


def main():
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    page = parser.parse(sys.stdin.buffer.read(), transport_encoding="utf-8")
    elements = [element for element in page.iter() if isinstance(element.tag, str)]
    found = {
        "wrong": [f"{place}: {code} {variables}" for place, code, variables in parser.errors],
        "tags": sorted({element.tag for element in elements}),
        "language": page.get("lang"),
        "title": text(next(page.iter("title"))),
        "loads": [[e.tag, name, value] for e in elements for name, value in e.attrib.items() if name in ATTRIBUTES_THAT_LOAD],
        "handlers": [[e.tag, name] for e in elements for name in e.attrib if name.startswith("on") or name == "style"],
        "links": [e.get("href") for e in elements if e.get("href") is not None],
        "ids": [e.get("id") for e in elements if e.get("id") is not None],
        "scripts": [digest(e) for e in page.iter("script")],
        "styles": [digest(e) for e in page.iter("style")],
        "headings": [[e.tag, text(e)] for e in elements if e.tag in ("h1", "h2", "h3", "h4", "h5", "h6")],
        "tables": [table(e) for e in page.iter("table")],
        "warnings": [text(e) for e in page.iter("li")],
    }
    json.dump(found, sys.stdout)


main()
