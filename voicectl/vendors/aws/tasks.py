"""Polly's tasks, which write long speech into a bucket: started once, waited for, fetched from S3.

Specification: https://docs.aws.amazon.com/polly/latest/dg/API_StartSpeechSynthesisTask.html
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, repeat
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from voicectl.core.errors import (
    BrokenAnswer,
    OutcomeUnknown,
    TryLater,
    Unsupported,
    VendorRefused,
    VoicectlError,
)
from voicectl.core.refusal import promised_object
from voicectl.core.request import percent_decode
from voicectl.signing import schemes
from voicectl.vendors.aws.errors import judge
from voicectl.vendors.aws.places import TASKS, usual_url
from voicectl.vendors.aws.services import BUCKET, PREFIX, TOPIC
from voicectl.vendors.aws.wire import posted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voicectl.core.endpoint import Endpoint
    from voicectl.core.request import Reply, ReplyStream
    from voicectl.core.vendor import Access, Client
    from voicectl.vendors.aws.wire import Body

BUCKET_FORM = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
PREFIX_FORM = r"[0-9a-zA-Z/!\-_.*'():;$@=+,?&]{0,800}"
TASK_ID = r"[a-zA-Z0-9_-]{1,100}"
FIRST_PAUSES, LONGEST_PAUSE = (0.5, 1.0, 2.0, 3.0), 5.0
LONGEST_WAIT = 3600.0


class Task(NamedTuple):
    """One task as Polly tells of it; `billed` are the characters that count."""

    id: str
    status: str
    reason: str = ""
    uri: str = ""
    billed: int | None = None


def check_task(params: Mapping[str, str]) -> None:
    """Raise Unsupported for a bucket or prefix that AWS would not take, or for half of what a task needs."""
    bucket, prefix = params.get(BUCKET, ""), params.get(PREFIX, "")
    if BUCKET not in params and not {PREFIX, TOPIC}.isdisjoint(params):
        raise Unsupported("a task needs a bucket to write to", vendor="aws", hint="--param task_bucket=NAME")
    for option, value, form in (("task_bucket", bucket, BUCKET_FORM), ("task_prefix", prefix, PREFIX_FORM)):
        if value and not re.fullmatch(form, value):
            raise Unsupported(
                "{value!r} cannot be a --param {option}", option=option, value=value, vendor="aws"
            )


@dataclass(frozen=True)
class Tasks:
    """Runs tasks of one account; `polly` and `place` are the client and the endpoint of Polly itself."""

    access: Access
    polly: Client
    place: Endpoint

    def run(self, body: Body, stack: ExitStack) -> tuple[ReplyStream, Task]:
        """Have a body spoken into its bucket, and open what was written."""
        task = self._started(body)
        bucket = str(body[BUCKET])
        try:
            done = self._finished(task)
            return self._fetched(bucket, key_in(done.uri, bucket), stack), done
        except VoicectlError as error:
            # What was started goes on and is paid for: whoever asks again must know where it is.
            hint = error.hint_template or "task {task} is paid for: look at {uri} before you try again"
            raise error.knowing(hint=hint, task=task.id, uri=task.uri) from error.__cause__

    def _started(self, body: Body) -> Task:
        request = posted(self.place, TASKS, body)
        reply = self.polly.send(request, repeatable=False, action="StartSpeechSynthesisTask")
        try:
            return task_in(reply)
        except BrokenAnswer as error:
            raise OutcomeUnknown(
                "the task may have been started: {because}",
                because=error,
                hint="look at Polly's own list of tasks before you try again",
            ) from error

    def _finished(self, task: Task) -> Task:
        """Ask until the task is done; VendorRefused where it failed, TryLater after an hour."""
        waited = 0.0
        for pause in chain(FIRST_PAUSES, repeat(LONGEST_PAUSE)):
            match task.status:
                case "completed":
                    return task
                case "failed":
                    raise VendorRefused("AWS could not do it: {reason}", reason=task.reason)
            if waited >= LONGEST_WAIT:
                break
            self.access.clock.sleep(pause)
            waited += pause
            request = self.place.request("GET", f"{TASKS}/{task.id}")
            task = task_in(self.polly.send(request, action="GetSpeechSynthesisTask"))
        raise TryLater(
            "task {task} is not done after {minutes:g} minutes; its sound will be at {uri}",
            task=task.id,
            minutes=waited / 60,
            uri=task.uri,
        )

    def _fetched(self, bucket: str, key: str, stack: ExitStack) -> ReplyStream:
        region = self.access.profile.region
        # Where the object lies is taken from what was asked for, never the host from an answer.
        place = self.access.endpoint("s3", usual_url("s3", region))
        request = place.request("GET", f"/{bucket}/{key}")
        return stack.enter_context(self._s3.stream(request, action="GetObject"))

    @cached_property
    def _s3(self) -> Client:
        signer = schemes.build("aws-sigv4-s3", region=self.access.profile.region, service="s3")
        return self.access.client(signer, judge)


def task_in(reply: Reply) -> Task:
    """Read what Polly tells of a task; BrokenAnswer where that is no task."""
    found = promised_object(reply).get("SynthesisTask")
    task = found if isinstance(found, dict) else {}
    identity = str(task.get("TaskId") or "")
    if not re.fullmatch(TASK_ID, identity):
        raise BrokenAnswer("the answer names no task", hint="check --endpoint-url")
    billed = task.get("RequestCharacters")
    return Task(
        id=identity,
        status=str(task.get("TaskStatus") or ""),
        reason=str(task.get("TaskStatusReason") or ""),
        uri=str(task.get("OutputUri") or ""),
        billed=billed if isinstance(billed, int) else None,
    )


def key_in(uri: str, bucket: str) -> str:
    """Return the key of an object in our bucket from either form of its URL, else raise BrokenAnswer."""
    parts = urlsplit(uri)
    path = percent_decode(parts.path).removeprefix("/")
    if (parts.hostname or "").startswith(f"{bucket}.") and path:
        return path
    key = path.removeprefix(f"{bucket}/")
    if key and key != path:
        return key
    raise BrokenAnswer("the sound is said to be at {uri!r}, not in bucket {bucket!r}", uri=uri, bucket=bucket)
