"""The options that curl knows, and how its arguments are cut into them; what they mean stays in `curl.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from voicectl.core.errors import BadInput
from voicectl.explain.shell_words import Word

# Names with their letters, from curl's own manual, up to version 8.
_WITH_VALUE = """
abstract-unix-socket alt-svc aws-sigv4 b:cookie c:cookie-jar C:continue-at cacert capath cert-type E:cert
ciphers connect-timeout connect-to create-file-mode crlfile curves D:dump-header d:data data-ascii
data-binary data-raw data-urlencode delegation dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url
e:referer ech egd-file engine etag-compare etag-save expect100-timeout F:form form-string ftp-account
ftp-alternative-to-user ftp-method ftp-ssl-ccc-mode H:header happy-eyeballs-timeout-ms haproxy-clientip
hostpubmd5 hostpubsha256 hsts interface ip-tos ipfs-gateway json K:config keepalive-cnt keepalive-time key
key-type krb libcurl limit-rate local-port login-options m:max-time mail-auth mail-from mail-rcpt
max-filesize max-redirs netrc-file noproxy o:output oauth2-bearer output-dir P:ftp-port parallel-max
parallel-max-host pass pinnedpubkey preproxy proto proto-default proto-redir proxy-cacert proxy-capath
proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass
proxy-pinnedpubkey proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser
proxy1.0 pubkey Q:quote r:range random-file rate request-target resolve retry retry-delay retry-max-time
sasl-authzid service-name sigalgs socks4 socks4a socks5 socks5-gssapi-service socks5-hostname stderr
T:upload-file t:telnet-option tftp-blksize tls-max tls13-ciphers tlsauthtype tlspassword tlsuser trace
trace-ascii trace-config U:proxy-user u:user A:user-agent unix-socket upload-flags url url-query variable
vlan-priority w:write-out x:proxy X:request Y:speed-limit y:speed-time z:time-cond
"""
_FLAGS = """
0:http1.0 1:tlsv1 2:sslv2 3:sslv3 4:ipv4 6:ipv6 a:append anyauth B:use-ascii basic ca-native cert-status
compressed compressed-ssh create-dirs crlf digest disable-eprt disable-epsv disallow-username-in-url
doh-cert-status doh-insecure f:fail fail-early fail-with-body false-start follow form-escape ftp-create-dirs
ftp-pasv ftp-pret ftp-skip-pasv-ip ftp-ssl-ccc ftp-ssl-control G:get g:globoff h:help haproxy-protocol
http0.9 http1.1 http2 http2-prior-knowledge http3 http3-only I:head i:include ignore-content-length
J:remote-header-name j:junk-session-cookies k:insecure keepalive L:location l:list-only location-trusted
M:manual mail-rcpt-allowfails metalink mptcp N:no-buffer n:netrc negotiate netrc-optional next no-alpn
no-clobber no-keepalive no-npn no-progress-meter no-sessionid ntlm ntlm-wb O:remote-name p:proxytunnel
parallel-immediate path-as-is post301 post302 post303 progress-meter proxy-anyauth proxy-basic
proxy-ca-native proxy-digest proxy-http2 proxy-insecure proxy-negotiate proxy-ntlm proxy-ssl-allow-beast
proxy-ssl-auto-client-cert proxy-tlsv1 q:disable R:remote-time raw remote-name-all remove-on-error
retry-all-errors retry-connrefused s:silent S:show-error sasl-ir sessionid skip-existing socks5-basic
socks5-gssapi socks5-gssapi-nec ssl ssl-allow-beast ssl-auto-client-cert ssl-no-revoke ssl-reqd
ssl-revoke-best-effort ssl-sessions styled-output suppress-connect-headers tcp-fastopen tcp-nodelay
tftp-no-options tls-earlydata tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 tr-encoding trace-ids trace-time V:version
v:verbose xattr Z:parallel
"""


def _names(table: str) -> tuple[frozenset[str], dict[str, str]]:
    entries = [entry.rpartition(":") for entry in table.split()]
    return frozenset(name for _, _, name in entries), {letter: name for letter, _, name in entries if letter}


_VALUED, _VALUED_LETTERS = _names(_WITH_VALUE)
_BARE, _BARE_LETTERS = _names(_FLAGS)
_LETTERS = _VALUED_LETTERS | _BARE_LETTERS | {":": "next", "#": "progress-meter"}
_ALL = _VALUED | _BARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option by its long name; a plain argument is the option `url`."""

    name: str
    value: str = field(default="", repr=False)
    line: int
    column: int


def options(words: Sequence[Word]) -> Iterator[Option]:
    """Cut the arguments after `curl` into options; raise BadInput for one that curl does not know."""
    waiting = iter(words)
    for word in waiting:
        if word.text == "--":
            yield from (_option("url", rest.text, rest) for rest in waiting)
        elif word.text.startswith("--"):
            yield _long(word, waiting)
        elif word.text.startswith("-") and word.text != "-":
            yield from _short(word, waiting)
        else:
            yield _option("url", word.text, word)


def _option(name: str, value: str, word: Word) -> Option:
    return Option(name=name, value=value, line=word.line, column=word.column)


def _long(word: Word, waiting: Iterator[Word]) -> Option:
    written, equals, attached = word.text[2:].partition("=")
    name = _full_name(written, word)
    if name not in _VALUED:
        return _option(name, "", word)
    return _option(name, attached if equals else _next(word, waiting), word)


def _full_name(written: str, word: Word) -> str:
    """Return the name itself, or the one that it is the start of."""
    if written in _ALL:
        return written
    if written.startswith("no-") and written[3:] in _BARE:
        return written
    longer = [name for name in _ALL if name.startswith(written)] if written else []
    if len(longer) == 1:
        return longer[0]
    raise BadInput(
        "line {line}, column {column}: {option!r} is not an option of curl",
        line=word.line,
        column=word.column,
        option=word.text[:60],
        hint="leave the option out if it does not change the request",
    )


def _short(word: Word, waiting: Iterator[Word]) -> Iterator[Option]:
    for position, letter in enumerate(word.text[1:], 2):
        name = _LETTERS.get(letter)
        if name is None:
            name = _full_name(letter + "?", word)
        if name in _VALUED:
            yield _option(name, word.text[position:] or _next(word, waiting), word)
            return
        yield _option(name, "", word)


def _next(word: Word, waiting: Iterator[Word]) -> str:
    value = next(waiting, None)
    if value is None:
        raise BadInput(
            "line {line}, column {column}: the option {option!r} lacks its value",
            line=word.line,
            column=word.column,
            option=word.text[:60],
            hint="copy the command whole, with its last lines",
        )
    return value.text
