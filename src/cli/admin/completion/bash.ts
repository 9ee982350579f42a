import type { CompletionPoint } from './shape.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const wordsOf = ({ words }: CompletionPoint): string => words.map(({ text }) => text).join(' ');

/** The `case` of the shell with the words that may follow each option. */
const valueCases = (places: readonly CompletionPoint[]): readonly string[] =>
  places.flatMap(({ path, values }) =>
    Object.entries(values).map(([option, choices]) => {
      const reply = choices === null ? 'files' : `reply ${quoted(choices.join(' '))}`;
      return `    ${quoted(`${path}|${option}`)}) ${reply}; return ;;`;
    }),
  );

const placeCases = (places: readonly CompletionPoint[]): readonly string[] =>
  places.map(({ takesFile, ...place }) => {
    const files = takesFile ? '; [[ $cur == -* ]] || files' : '';
    return `    ${quoted(place.path)}) reply ${quoted(wordsOf({ ...place, takesFile }))}${files} ;;`;
  });

/** The completion of bash. It starts no program: all words are written in it. */
export const bashCompletion = (
  places: readonly CompletionPoint[],
): string => `# bash completion of pipeline-trigger
_pipeline_trigger() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path='' word
  COMPREPLY=()
  reply() { COMPREPLY+=($(compgen -W "$1" -- "$cur")); }
  files() { COMPREPLY+=($(compgen -f -- "$cur")); }
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "|${places.map(({ path }) => path).join('|')}|" in
      *"|\${path:+$path }$word|"*) path=\${path:+$path }$word ;;
    esac
  done
  case "$path|$prev" in
${valueCases(places).join('\n')}
  esac
  case "$path" in
${placeCases(places).join('\n')}
  esac
}
complete -F _pipeline_trigger pipeline-trigger
`;
