#include "cli/completion.h"

#include <vector>

#include <fmt/format.h>

#include "cli/command_line.h"

namespace cofre::cli {
namespace {

/// `case` arms from a command's path to what may follow it.
std::string case_arms(std::string_view indent) {
    std::string arms;
    for (const auto& words : command_words()) {
        arms += fmt::format("{}'{}') subs='{}'; opts='{}' ;;\n", indent, words.path, fmt::join(words.subcommands, " "),
                            fmt::join(words.options, " "));
    }
    return arms;
}

/// zsh runs the same function through its bash emulation.
std::string bash_script() {
    return fmt::format(R"(# bash completion for cofre: source <(cofre completion bash)
_cofre() {{
    local cur="${{COMP_WORDS[COMP_CWORD]}}" path="" subs="" opts="" i word
    for ((i = 1; i < COMP_CWORD; i++)); do
        word="${{COMP_WORDS[i]}}"
        case "$word" in -*) continue ;; esac
        case " {} " in *" ${{path:+$path }}$word|"*) path="${{path:+$path }}$word" ;; esac
    done
    case "$path" in
{}    esac
    if [[ "$cur" == -* ]]; then
        COMPREPLY=($(compgen -W "$opts" -- "$cur"))
    elif [[ -n "$subs" ]]; then
        COMPREPLY=($(compgen -W "$subs" -- "$cur"))
    else
        COMPREPLY=($(compgen -f -- "$cur"))
    fi
}}
complete -o filenames -F _cofre cofre
)",
                       [] {
                           std::string paths;
                           for (const auto& words : command_words()) {
                               if (!words.path.empty()) paths += " " + words.path + "|";
                           }
                           return paths;
                       }(),
                       case_arms("        "));
}

std::string fish_script() {
    std::string script = "# fish completion for cofre: cofre completion fish | source\n";
    for (const auto& words : command_words()) {
        std::string condition =
            words.path.empty() ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + words.path;
        if (const auto space = words.path.find(' '); space != std::string::npos) {
            condition = fmt::format("__fish_seen_subcommand_from {}; and __fish_seen_subcommand_from {}",
                                    words.path.substr(0, space), words.path.substr(space + 1));
        }
        if (!words.subcommands.empty()) {
            script +=
                fmt::format("complete -c cofre -f -n '{}' -a '{}'\n", condition, fmt::join(words.subcommands, " "));
        }
        for (const auto& option : words.options) {
            script += fmt::format("complete -c cofre -n '{}' -l {}\n", condition, option.substr(2));
        }
    }
    return script;
}

}  // namespace

std::string completion_script(std::string_view shell) {
    if (shell == "fish") return fish_script();
    if (shell == "zsh")
        return "# zsh completion for cofre: source <(cofre completion zsh)\nautoload -U +X bashcompinit && "
               "bashcompinit\n" +
               bash_script();
    return bash_script();
}

}  // namespace cofre::cli
