"""Validate a Process Run Crate with roc-validator, without a network; print its issues and the number of checks as JSON.

    python validate_crate.py FOLDER CONTEXTS.json CACHE

A script, because roc-validator needs a rich older than the lock file's: `python` is that of an environment of its own.
CONTEXTS.json has the JSON-LD contexts by their URL.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

from rocrate_validator import services
from rocrate_validator.utils.http import HttpRequester

folder, contexts, cache = sys.argv[1:]
known = json.loads(Path(contexts).read_text(encoding="utf-8"))
HttpRequester.get = lambda _, url, **__: SimpleNamespace(  # raises KeyError for any other URL
    status_code=200, headers={"Content-Type": "application/ld+json"}, text="", json=lambda: {"@context": known[url]})
validated = services.validate({"rocrate_uri": folder, "profile_identifier": "process-run-crate-0.5", "offline": True,
                               "requirement_severity": "REQUIRED", "cache_path": cache})
print(json.dumps({"issues": [f"{issue.message}: {issue.violatingEntity}" for issue in validated.get_issues()],
                  "checks": len(validated.executed_checks)}))
