import { usageError } from "../arguments.ts";
import type { Command, Program } from "../command.ts";
import { completionScript, SHELLS } from "../completion.ts";

/** The command `completion` of a program, of which it is itself one. */
export function completionCommand(name: string, program: () => Program): Command {
  return {
    name: "completion",
    summary: "print a script that completes commands and options in a shell",
    usage: SHELLS.join("|"),
    takes: { min: 1, max: 1, what: `one shell: ${SHELLS.join(", ")}` },
    options: [],
    about: `For bash, add "source <(${name} completion bash)" to ~/.bashrc. For zsh, write the script to a
file _${name} in a folder of $fpath. For fish, write it to ~/.config/fish/completions/${name}.fish.`,
    examples: ["completion bash", `completion fish > ~/.config/fish/completions/${name}.fish`],
    prepare: async ({ positionals: [word] }) => {
      const shell = SHELLS.find((each) => each === word);
      if (shell === undefined) throw usageError(`completion takes one shell: ${SHELLS.join(", ")}, not ${word}`);
      const script = completionScript(program(), shell);
      return { alone: async () => ({ lines: [script.trimEnd()], json: { shell, script } }) };
    },
  };
}
