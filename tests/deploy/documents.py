"""Reads YAML documents, holds each against the schema of its kind, and prints them as JSON.

    documents.py KUBERNETES_VERSION < manifests.yaml
"""

import json
import sys

import kubernetes_validate
import yaml

documents = [document for document in yaml.safe_load_all(sys.stdin) if document]
for document in documents:
    # Strict: a field that the schema lacks is an error too, not only one of the wrong type.
    kubernetes_validate.validate(document, sys.argv[1], strict=True)
json.dump(documents, sys.stdout)
