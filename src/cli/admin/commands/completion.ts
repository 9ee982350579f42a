import { Argument } from 'commander';
import type { Register } from '../context.ts';
import { withExamples } from '../options.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

/** `completion SHELL` */
export const registerCompletion: Register = (program, { stdout }) => {
  const command = program
    .command('completion')
    .description('print what makes a shell complete commands and options')
    .addArgument(new Argument('<shell>', 'which').choices(shells))
    .action(async (shell: (typeof shells)[number]) => {
      const [{ completionPoints }, { bashCompletion }, { zshCompletion }, { fishCompletion }] =
        await Promise.all([
          import('../completion/shape.ts'),
          import('../completion/bash.ts'),
          import('../completion/zsh.ts'),
          import('../completion/fish.ts'),
        ]);
      const write = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }[shell];
      stdout.write(write(completionPoints(program)));
    });
  withExamples(command, [
    ['source <(pipeline-trigger completion bash)', 'in ~/.bashrc'],
    ['source <(pipeline-trigger completion zsh)', 'in ~/.zshrc, after compinit'],
    ['pipeline-trigger completion fish > ~/.config/fish/completions/pipeline-trigger.fish', ''],
  ]);
};
