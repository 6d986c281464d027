"""Reads JSON texts, each as a JSON string on a line of its own, and answers with the digest of each, or a code."""

from __future__ import annotations

import json
import sys

from countersign.data.encoding import digest_of
from countersign.data.strict_json import parse_json
from countersign.errors import ApprovalError

for line in sys.stdin:
    try:
        print(digest_of(parse_json(json.loads(line))), flush=True)
    except ApprovalError as error:
        print(error.code, flush=True)
