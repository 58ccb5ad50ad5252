// Completion scripts for shells, generated from the definitions of commands and options.
import type { Command, Program } from "./command.ts";
import { COMMON, OPTIONS, type OptionName } from "./options.ts";
import { shellWord } from "./shell-word.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** The script that a shell reads to complete the words of a program. */
export function completionScript(program: Program, shell: Shell): string {
  return { bash, zsh, fish }[shell](program);
}

type Completed = {
  readonly name: OptionName;
  readonly text: string;
  readonly short?: string;
  /** Whether a value follows, and the values it can have, where they are known. */
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  readonly isFile: boolean;
};

function optionsOf({ options, optionTexts = {} }: Command): Completed[] {
  return [...options, ...COMMON].map((name) => completed(name, optionTexts[name]));
}

function completed(name: OptionName, ownText?: string): Completed {
  const option = OPTIONS[name];
  const { kind, value, text } = option;
  return {
    name,
    text: ownText ?? text,
    ...("short" in option && { short: option.short }),
    takesValue: kind !== "switch",
    choices: value.includes("|") ? value.split("|") : [],
    isFile: value === "FILE" || value === "DIR",
  };
}

const dashed = ({ name, short }: Completed) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];

function bash({ name, commands }: Program): string {
  const all = Object.keys(OPTIONS).map((option) => completed(option as OptionName));
  const values = all
    .filter(({ takesValue }) => takesValue)
    .map((option) => {
      const { choices, isFile } = option;
      const reply = choices.length > 0 ? `compgen -W "${choices.join(" ")}"` : isFile ? "compgen -f" : undefined;
      return `    ${dashed(option).join("|")}) ${reply ? `COMPREPLY=($(${reply} -- "$word")); ` : ""}return ;;`;
    });
  const options = commands.map((command) => {
    return `    ${command.name}) options="${optionsOf(command).flatMap(dashed).join(" ")}" ;;`;
  });
  return `# bash completion for ${name}: source <(${name} completion bash)
_${functionName(name)}() {
  local word=\${COMP_WORDS[COMP_CWORD]} options=""
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${commands.map((command) => command.name).join(" ")} help --help --version" -- "$word"))
    return
  fi
  case \${COMP_WORDS[COMP_CWORD - 1]} in
${values.join("\n")}
  esac
  case \${COMP_WORDS[1]} in
${options.join("\n")}
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _${functionName(name)} ${name}
`;
}

function zsh({ name, commands }: Program): string {
  const described = (text: string) => text.replace(/[\\[\]:]/g, "\\$&");
  const specs = (command: Command) =>
    optionsOf(command).map(({ name: option, short, text, takesValue, choices, isFile }) => {
      const action = choices.length > 0 ? `(${choices.join(" ")})` : isFile ? "_files" : " ";
      const rest = `[${described(text)}]${takesValue ? `:value:${action}` : ""}`;
      if (short === undefined) return `      ${shellWord(`--${option}${rest}`)}`;
      return `      '(-${short} --${option})'{-${short},--${option}}${shellWord(rest)}`;
    });
  const cases = commands.map((command) => {
    return `    ${command.name}) _arguments -s \\\n${[...specs(command), "      '*:file:_files'"].join(" \\\n")} ;;`;
  });
  const summaries = commands.map((command) => `    ${shellWord(`${command.name}:${command.summary}`)}`);
  return `#compdef ${name}
# zsh completion for ${name}: ${name} completion zsh > a file _${name} in a folder of $fpath
_${functionName(name)}() {
  local -a commands=(
${summaries.join("\n")}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=\${words[2]}
  shift words
  ((CURRENT--))
  case $command in
${cases.join("\n")}
  esac
}
compdef _${functionName(name)} ${name}
`;
}

function fish({ name, commands }: Program): string {
  const quoted = (text: string) => `'${text.replace(/['\\]/g, "\\$&")}'`;
  const lines = commands.flatMap((command) => [
    `complete -c ${name} -f -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
    ...optionsOf(command).map(({ name: option, short, text, takesValue, choices, isFile }) => {
      const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(" "))}` : isFile ? " -r -F" : " -x";
      return [
        `complete -c ${name} -n ${quoted(`__fish_seen_subcommand_from ${command.name}`)} -l ${option}`,
        `${short === undefined ? "" : ` -s ${short}`}${takesValue ? value : ""} -d ${quoted(text)}`,
      ].join("");
    }),
  ]);
  return `# fish completion for ${name}: ${name} completion fish | source\n${lines.join("\n")}\n`;
}

/** "unclip-aws" -> "unclip_aws". */
function functionName(program: string): string {
  return program.replaceAll("-", "_");
}
