"""The completion file for bash: tables in `case` statements, and one function that reads them."""

from __future__ import annotations

from tests.completions.tree import FOLDERS, PROFILES, VOICES, Node, Opt, Values, every

HEAD = """\
# bash completion for voicectl, made from its command tree. It never starts the program.
# Load it: source <(voicectl completion bash), or put it where your bash looks for completions.

# Offer the names of a kind that begin with what is typed; each is quoted, none is expanded.
_voicectl_kept() {
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/voicectl typed=$2 quote= name
    [[ $OSTYPE == darwin* ]] && cache=$HOME/Library/Caches/voicectl
    case $typed in
        [\\'\\"]*) quote=${typed:0:1} typed=${typed:1} ;;
        *) typed=${typed//\\\\} ;;
    esac
    while IFS= read -r name; do
        [[ $name == "$typed"* ]] || continue
        [[ $quote ]] || printf -v name %q "$name"
        COMPREPLY+=("$name")
    done 2>/dev/null <"${VOICECTL_CACHE_DIR:-$cache}/complete/$1"
}
"""
BODY = """
_voicectl_offers() {
    case $path:$previous in
@VALUES@
    esac
    if [[ $current == -* ]]; then
        case $path in
@OPTIONS@
        esac
        COMPREPLY+=($(compgen -W $'@SHARED@' -- "$current"))
        return
    fi
    case $path in
@WORDS@
    esac
}

_voicectl() {
    local current previous= path= word head last=-1 i
    local IFS=$'\\n'
    local -a words=()
    # Bash cuts words at = and : too; here they are whole again.
    for word in "${COMP_WORDS[@]:0:COMP_CWORD + 1}"; do
        if ((last > 0)) && [[ $word == [=:]* || ${words[last]} == *[=:] ]] &&
            [[ $COMP_LINE == *"${words[last]}$word"* ]]; then
            words[last]+=$word
        else
            words[++last]=$word
        fi
    done
    current=${words[last]}
    for ((i = 1; i < last; i++)); do
        word=${words[i]}
        previous=
        case $path/$word in
            @NODES@) path=$path/$word ;;
            *) previous=$word ;;
        esac
        [[ $word == "--" ]] && return
        case $word in
            @TAKING@) ((i + 1 < last)) && ((i++)) && previous= ;;
        esac
    done
    if [[ $current == --*=* ]]; then
        previous=${current%%=*} current=${current#*=}
    fi
    COMPREPLY=()
    _voicectl_offers
    # What was typed up to a = or : is a word of its own for bash, and stays.
    head=${current%"${current##*[=:]}"}
    for i in "${!COMPREPLY[@]}"; do
        COMPREPLY[i]=${COMPREPLY[i]#"$head"}
    done
}

complete -o default -F _voicectl voicectl
"""
INDENT = " " * 8


def written(root: Node) -> str:
    """Return the whole file."""
    nodes = list(every(root))
    taking = {name for node in nodes for option in node.options if option.values for name in option.names}
    fill = {
        "@NODES@": " | ".join(place(node) for node in nodes if node.path),
        "@TAKING@": " | ".join(sorted(taking)),
        "@VALUES@": "\n".join(line for node in nodes for line in value_lines(node)),
        "@OPTIONS@": "\n".join(
            f"{INDENT}    {place(node)}) {offer(names(node.options))} ;;" for node in nodes if node.path
        ),
        "@SHARED@": r"\n".join(names(root.options)),
        "@WORDS@": "\n".join(line for node in nodes if (line := word_line(node))),
    }
    body = BODY
    for mark, text in fill.items():
        body = body.replace(mark, text)
    return HEAD + body


def place(node: Node) -> str:
    return "".join(f"/{word}" for word in node.path)


def names(options: tuple[Opt, ...]) -> list[str]:
    return [name for option in options for name in option.names]


def offer(words: list[str] | tuple[str, ...]) -> str:
    listed = r"\n".join(words)
    return f"""COMPREPLY=($(compgen -W $'{listed}' -- "$current"))"""


def offer_values(values: Values) -> str:
    match values.kind:
        case "words":
            return offer(values.words)
        case kind if kind in (PROFILES, VOICES):
            return f'_voicectl_kept {kind} "$current"'
        case kind if kind == FOLDERS:
            return "compopt -o dirnames 2>/dev/null"
    return ":"  # and bash, left to itself, offers files


def value_lines(node: Node) -> list[str]:
    """Return a line for each option whose values are asked for; those of the root hold everywhere."""
    where = place(node) if node.path else "*"
    return [
        f"{INDENT}{' | '.join(f'{where}:{name}' for name in option.names)}) {offered}; return ;;"
        for option in node.options
        if (offered := option.values and offer_values(option.values))
    ]


def word_line(node: Node) -> str:
    if node.children:
        return f'{INDENT}"{place(node)}") {offer([child.path[-1] for child in node.children])} ;;'
    return (
        f"{INDENT}{place(node)}) {offer_values(node.argument)} ;;" if node.argument.kind != "anything" else ""
    )
