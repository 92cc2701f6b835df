"""Wiring for keys that come from elsewhere: vendors' own files, roles, machines, programs, other files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicectl.core.profile import NO_SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voicectl.core.account import AccountForm
    from voicectl.core.credentials import Credentials, CredentialSource
    from voicectl.core.finding import Finding
    from voicectl.core.options import Options
    from voicectl.core.vendor import Client, Judge
    from voicectl.profiles.choice import Choice
    from voicectl.profiles.fulfil import SessionSource
    from voicectl.profiles.outside import Outside, Sender, Signing
    from voicectl.profiles.secret_from import References
    from voicectl.profiles.sources import Around
    from voicectl.profiles.token_cache import CachedSource
    from voicectl.runtime import Runtime

NAMING = {
    "aws": ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    "aliyun": ("ALIBABA_CLOUD_PROFILE", "ALIBABA_CLOUD_OIDC_TOKEN_FILE"),
    "volcengine": ("VOLCENGINE_PROFILE", "VOLCENGINE_OIDC_TOKEN_FILE"),
    "tencent": ("TCCLI_PROFILE",),
}
"""The variables by which a vendor's own tools are told which account to take."""
TENCENT_ROLE = "TENCENTCLOUD_ROLE_ARN"
NEAR_SECONDS = 1.0
"""How long a metadata service, which is on the same machine, is waited for."""


class Elsewhere:
    """Builds each such source once a run, so that no program runs and no session is asked for twice."""

    def __init__(self, runtime: Runtime, environ: Mapping[str, str], options: Options) -> None:
        self._runtime = runtime
        self._environ = environ
        self._options = options
        self._references: dict[str, References] = {}
        self._theirs: dict[tuple[str, str, bool], CredentialSource] = {}

    def sources(self, choice: Choice, *, is_pair: bool, offline: bool) -> Around:
        """Return the sources of the vendor's own tools; each is built when it is asked.

        Where a variable names one of their accounts, that counts like keys in variables.
        """
        from voicectl.profiles.sources import Around, LaterSource

        if not is_pair or choice.vendor not in NAMING:
            return Around()
        role = LaterSource(TENCENT_ROLE, lambda: self._role_of_variables(choice, offline))
        own = LaterSource(f"{choice.vendor}'s own files and roles", lambda: self._own(choice, offline))
        is_named = self.is_named(choice.vendor)
        return Around(
            before=(role,) if self._is_role(choice.vendor) else (),
            after=(own,) if is_named else (),
            last=() if is_named else (own,),
        )

    def session(self, choice: Choice) -> SessionSource | None:
        """Return the session of a role that stands for this account; None where its keys are others."""
        from voicectl.profiles.forms import form_of
        from voicectl.profiles.sources import EnvironmentSource
        from voicectl.profiles.theirs import session_of

        if choice.vendor not in NAMING:
            return None
        kind, now = form_of(choice.vendor).kinds[0], self._runtime.clock.moment().now
        has_keys = choice.profile.secrets.get(kind.secret, NO_SECRET) != NO_SECRET
        if has_keys and (choice.named or not self.is_named(choice.vendor)):
            return None
        in_variables = EnvironmentSource(kind=kind, environment=self._environ).credentials(now)
        if in_variables and not self._is_role(choice.vendor):
            return None
        return session_of(self._outside(choice, self._options.dry_run))

    def findings(self, vendor: str) -> tuple[Finding, ...]:
        """Return every account in the files of a vendor's own tools, to be imported."""
        from voicectl.profiles.findings import findings

        return findings(vendor, self._environ)

    def is_named(self, vendor: str) -> bool:
        """Say whether a variable names an account of the vendor's own tools."""
        return any(map(self._environ.get, NAMING.get(vendor, ())))

    def region(self, choice: Choice) -> str:
        """Return the region that the vendor's own files tell; empty for none."""
        if choice.vendor != "aws":
            return ""
        from voicectl.profiles.aws_files import AwsFiles

        return AwsFiles(environment=self._environ).region()

    def text(self, vendor: str, reference: str, place: str, *, anew: bool = False) -> str:
        """Return what a profile's `cmd:`, `file:` or `env:` leads to."""
        from voicectl.profiles.secret_from import References

        if vendor not in self._references:
            hidden = _variables_of(self._runtime.account_form(vendor))
            self._references[vendor] = References(environment=self._environ, withheld=hidden)
        return self._references[vendor].text(reference, place, anew=anew)

    def _is_role(self, vendor: str) -> bool:
        return vendor == "tencent" and bool(self._environ.get(TENCENT_ROLE))

    def _own(self, choice: Choice, offline: bool) -> CredentialSource:
        from voicectl.profiles.theirs import theirs

        key = (choice.vendor, choice.profile.name, offline)
        if key not in self._theirs:
            self._theirs[key] = theirs(self._outside(choice, offline))
        return self._theirs[key]

    def _role_of_variables(self, choice: Choice, offline: bool) -> CredentialSource:
        from voicectl.profiles.theirs import role_of_variables

        return role_of_variables(self._outside(choice, offline))

    def _outside(self, choice: Choice, offline: bool) -> Outside:
        from voicectl.profiles.outside import Outside
        from voicectl.transport.later import LaterSender

        runtime = self._runtime
        return Outside(
            vendor=choice.vendor,
            environment=self._environ,
            clock=runtime.clock,
            sender=LaterSender(lambda: runtime.http),
            near=LaterSender(self._near),
            client=self._client(choice.vendor),
            endpoint=lambda service, usual: runtime.endpoint(choice.profile, service, usual),
            cached=self._cached,
            region=lambda: runtime.region(choice),
            metadata=choice.profile.endpoints.get("metadata", ""),
            withheld=_variables_of(runtime.form_of(choice)),
            ask=runtime.ask,
            say=runtime.tell,
            take=runtime.secrets.take,
            is_offline=offline,
        )

    def _near(self) -> Sender:
        from voicectl.transport.near import NearHttp

        return NearHttp(self._environ, seconds=NEAR_SECONDS, ca_bundle=self._options.ca_bundle)

    def _client(self, vendor: str) -> Callable[[Signing, Judge, CredentialSource], Client]:
        def client(signing: Signing, judge: Judge, source: CredentialSource) -> Client:
            from voicectl.signing import schemes

            signer = schemes.build(signing.scheme, region=signing.region, service=signing.service)
            return self._runtime.client(vendor, signer, judge, source)

        return client

    def _cached(self, owner: tuple[str, ...], issue: Callable[[], Credentials]) -> CachedSource:
        from voicectl.profiles.token_cache import CachedSource

        runtime = self._runtime
        state = runtime.directories.state
        return CachedSource(owner=lambda: owner, issue=issue, directory=state, say=runtime.tell)


def _variables_of(form: AccountForm) -> frozenset[str]:
    """Return the variables that hold the keys of an account."""
    rows = [row for kind in form.kinds for row in kind.variables]
    return frozenset(name for row in rows for name in (row.key_id, row.secret, *row.tokens) if name)
