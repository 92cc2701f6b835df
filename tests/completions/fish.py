"""The completion file for fish: a function that tells where one is, and a `complete` line a thing."""

from __future__ import annotations

from tests.completions.bash import place
from tests.completions.tree import FILES, FOLDERS, PROFILES, VOICES, Node, Opt, Values, every

HEAD = """\
# fish completion for voicectl, made from its command tree. It never starts the program.
# Keep it: voicectl completion fish > ~/.config/fish/completions/voicectl.fish

function __voicectl_kept
    set -l cache $HOME/.cache
    set -q XDG_CACHE_HOME; and set cache $XDG_CACHE_HOME
    set cache $cache/voicectl
    test (uname) = Darwin; and set cache $HOME/Library/Caches/voicectl
    set -q VOICECTL_CACHE_DIR; and set cache $VOICECTL_CACHE_DIR
    test -r $cache/complete/$argv[1]; and cat $cache/complete/$argv[1]
end

function __voicectl_place
    set -l place ''
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case @TAKING@
                set skip 1
                continue
        end
        switch "$place/$word"
            case @NODES@
                set place "$place/$word"
        end
    end
    echo $place
end

function __voicectl_at
    test "$(__voicectl_place)" = "$argv[1]"
end

complete -c voicectl -f
"""


def written(root: Node) -> str:
    """Return the whole file."""
    nodes = list(every(root))
    taking = {name for node in nodes for option in node.options if option.values for name in option.names}
    head = HEAD.replace("@TAKING@", " ".join(sorted(taking)))
    head = head.replace("@NODES@", " ".join(place(node) for node in nodes if node.path))
    return head + "\n".join(line for node in nodes for line in lines(node)) + "\n"


def lines(node: Node) -> list[str]:
    at = f"-n '__voicectl_at \"{place(node)}\"'"
    shown = [
        f"complete -c voicectl {at} -a {child.path[-1]} -d {quoted(child.summary)}" for child in node.children
    ]
    if not node.children and node.argument.kind != "anything":
        shown.append(f"complete -c voicectl {at} {source(node.argument)}")
    everywhere = "" if not node.path else f"{at} "
    return shown + [f"complete -c voicectl {everywhere}{option_words(option)}" for option in node.options]


def option_words(option: Opt) -> str:
    words = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names]
    if option.values:
        words.append(
            f"-r {source(option.values)}"
            if option.values.kind in (FILES, FOLDERS)
            else f"-x {source(option.values)}"
        )
    return " ".join(filter(None, [*words, f"-d {quoted(option.summary)}"]))


def source(values: Values) -> str:
    match values.kind:
        case "words":
            return f"-a '{' '.join(values.words)}'"
        case kind if kind in (PROFILES, VOICES):
            return f"-a '(__voicectl_kept {kind})'"
        case kind if kind == FILES:
            return "-F"
        case kind if kind == FOLDERS:
            return "-a '(__fish_complete_directories)'"
    return ""


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
