"""A token shown inside a request: in a parameter of its query, and in a field of its JSON body.

For interfaces that take it nowhere else; headers are `bearer.py`'s matter.
"""

from __future__ import annotations

from dataclasses import dataclass

from voicectl.core.clock import Moment
from voicectl.core.credentials import Credentials
from voicectl.core.request import Request, percent_encode
from voicectl.core.signature import Signed, SigningTrace


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """Puts a token where an empty one stands: `name=` in the query, `"name": ""` in the body."""

    scheme: str = "bearer"
    name: str = "token"

    def sign(self, request: Request, credentials: Credentials, at: Moment) -> Signed:
        """Return the request with its token; there are no steps to show."""
        import json
        from dataclasses import replace

        token = credentials.secret.reveal()
        parts = [
            part + percent_encode(token) if part == f"{self.name}=" else part
            for part in request.query.split("&")
        ]
        place = json.dumps(self.name).encode() + b': ""'
        body = request.body.replace(place, place[:-2] + json.dumps(token).encode(), 1)
        return Signed(
            request=replace(request, query="&".join(parts), body=body),
            trace=SigningTrace(scheme=self.scheme, moment=at),
            sensitive=(self.name,),
        )
