import type { CompletionPoint } from './shape.ts';

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;

function linesFor({ path, words, values, takesFile }: CompletionPoint): readonly string[] {
  const condition = ['__pipeline_trigger_at', quoted(path), ...Object.keys(values)].join(' ');
  const at = `complete -c pipeline-trigger -n ${quoted(condition)}`;
  const plain = words.map(({ text, description }) => `${at} -a ${quoted(text)} -d ${quoted(description)}`);
  const after = Object.entries(values).flatMap(([option, choices]) => {
    const there = `complete -c pipeline-trigger -n ${quoted(`__pipeline_trigger_after ${quoted(path)} ${option}`)}`;
    return choices === null ? [`${there} -F`] : choices.map((choice) => `${there} -a ${quoted(choice)}`);
  });
  return [...plain, ...after, ...(takesFile ? [`${at} -F`] : [])];
}

/** The completion of fish, with descriptions. */
export const fishCompletion = (
  places: readonly CompletionPoint[],
): string => `# fish completion of pipeline-trigger
function __pipeline_trigger_path
  set -l known ${places.map(({ path }) => quoted(path)).join(' ')}
  set -l path ''
  for word in (commandline -opc)[2..-1]
    set -l next (string trim "$path $word")
    contains -- $next $known; and set path $next
  end
  echo $path
end
function __pipeline_trigger_last
  set -l words (commandline -opc)
  echo $words[-1]
end
function __pipeline_trigger_after
  test (__pipeline_trigger_path) = $argv[1]; and test (__pipeline_trigger_last) = $argv[2]
end
function __pipeline_trigger_at
  test (__pipeline_trigger_path) = $argv[1]; and not contains -- (__pipeline_trigger_last) $argv[2..-1]
end
complete -c pipeline-trigger -f
${places.flatMap(linesFor).join('\n')}
`;
