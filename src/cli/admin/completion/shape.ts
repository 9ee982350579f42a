import type { Command, Option } from 'commander';

/** The words that can follow at a place of the command line. */
export interface CompletionPoint {
  /** The command words up to here, without the program's name: `keys create`. */
  readonly path: string;
  readonly words: readonly CompletionWord[];
  /** The words that may follow an option of this place; null: a file. Options without an argument are not here. */
  readonly values: Readonly<Record<string, readonly string[] | null>>;
  /** Whether a file name may follow. */
  readonly takesFile: boolean;
}

export interface CompletionWord {
  readonly text: string;
  readonly description: string;
}

const namesOf = ({ short, long }: Option): readonly string[] =>
  [short, long].filter((name) => name !== undefined);

const isFile = (name: string): boolean => /file|scenario|policy|claims|request/.test(name);

function valuesOf(options: readonly Option[]): CompletionPoint['values'] {
  const withArgument = options.filter(({ required, optional }) => required || optional);
  return Object.fromEntries(
    withArgument.flatMap((option) => {
      const values = option.argChoices ?? (isFile(option.flags) ? null : []);
      return namesOf(option).map((name) => [name, values] as const);
    }),
  );
}

/** Every place of a command line, the program's own first. */
export function completionPoints(command: Command, path = ''): readonly CompletionPoint[] {
  const help = command.createHelp();
  const options = help.visibleOptions(command);
  const commands = help.visibleCommands(command);
  const own: CompletionPoint = {
    path,
    words: [
      ...commands.map((each) => ({ text: each.name(), description: each.description() })),
      ...command.registeredArguments.flatMap(({ argChoices = [] }) =>
        argChoices.map((text) => ({ text, description: '' })),
      ),
      ...options.flatMap((option) =>
        namesOf(option).map((text) => ({ text, description: option.description })),
      ),
    ],
    values: valuesOf(options),
    takesFile: command.registeredArguments.some((argument) => isFile(argument.name())),
  };
  const below = command.commands.flatMap((each) => completionPoints(each, `${path} ${each.name()}`.trim()));
  return [own, ...below];
}
