"""The completion file for zsh: the same tables as arrays for `_describe`, with summaries."""

from __future__ import annotations

from tests.completions.bash import place
from tests.completions.tree import FILES, FOLDERS, PROFILES, VOICES, Node, Opt, Values, every

HEAD = """\
#compdef voicectl
# zsh completion for voicectl, made from its command tree. It never starts the program.
# Put it on your fpath as _voicectl: voicectl completion zsh > ~/.zfunc/_voicectl

_voicectl_kept() {
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/voicectl
    [[ $OSTYPE == darwin* ]] && cache=$HOME/Library/Caches/voicectl
    local -a kept
    kept=(${(f)"$(cat "${VOICECTL_CACHE_DIR:-$cache}/complete/$1" 2>/dev/null)"})
    compadd -a kept
}

"""
BODY = """\
_voicectl() {
    local place= previous= word
    local -a offered
    integer i
    for ((i = 2; i < CURRENT; i++)); do
        word=$words[i]
        previous=
        case $place/$word in
            (@NODES@) place=$place/$word ;;
            (*) previous=$word ;;
        esac
        [[ $word == -- ]] && return 1
        case $word in
            (@TAKING@) ((i + 1 < CURRENT)) && ((i++)) && previous= ;;
        esac
    done
    if [[ $PREFIX == --*=* ]]; then
        previous=${PREFIX%%=*}
        compset -P 1 '*='
    fi
    case $place:$previous in
@VALUES@
    esac
    if [[ $PREFIX == -* ]]; then
        case $place in
@OPTIONS@
        esac
        offered+=(@SHARED@)
        _describe -o option offered
        return
    fi
    case $place in
@WORDS@
    esac
}

if [[ $funcstack[1] == _voicectl ]]; then
    _voicectl "$@"
else
    compdef _voicectl voicectl
fi
"""
INDENT = " " * 8


def written(root: Node) -> str:
    """Return the whole file."""
    nodes = list(every(root))
    taking = {name for node in nodes for option in node.options if option.values for name in option.names}
    fill = {
        "@NODES@": "|".join(place(node) for node in nodes if node.path),
        "@TAKING@": "|".join(sorted(taking)),
        "@VALUES@": "\n".join(line for node in nodes for line in value_lines(node)),
        "@OPTIONS@": "\n".join(
            f"{INDENT}    ({place(node)}) offered=({described(node.options)}) ;;"
            for node in nodes
            if node.path
        ),
        "@SHARED@": described(root.options),
        "@WORDS@": "\n".join(line for node in nodes if (line := word_line(node))),
    }
    body = BODY
    for mark, text in fill.items():
        body = body.replace(mark, text)
    return HEAD + body


def quoted(name: str, summary: str) -> str:
    text = f"{name}:{summary.replace(':', chr(92) + ':')}"
    return "'" + text.replace("'", "'\\''") + "'"


def described(options: tuple[Opt, ...]) -> str:
    return " ".join(quoted(name, option.summary) for option in options for name in option.names)


def offer_values(values: Values) -> str:
    match values.kind:
        case "words":
            return f"compadd {' '.join(values.words)}"
        case kind if kind in (PROFILES, VOICES):
            return f"_voicectl_kept {kind}"
        case kind if kind == FILES:
            return "_files"
        case kind if kind == FOLDERS:
            return "_files -/"
    return ":"


def value_lines(node: Node) -> list[str]:
    where = place(node) if node.path else "*"
    return [
        f"{INDENT}({'|'.join(f'{where}:{name}' for name in option.names)}) {offered}; return ;;"
        for option in node.options
        if (offered := option.values and offer_values(option.values))
    ]


def word_line(node: Node) -> str:
    if node.children:
        members = " ".join(quoted(child.path[-1], child.summary) for child in node.children)
        return f"{INDENT}('{place(node)}') offered=({members}); _describe command offered ;;"
    if node.argument.kind == "anything":
        return ""
    return f"{INDENT}({place(node)}) {offer_values(node.argument)} ;;"
