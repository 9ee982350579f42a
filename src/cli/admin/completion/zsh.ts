import type { CompletionPoint } from './shape.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** In the form of \`_describe\`: the word, a colon, its meaning. */
const described = ({ words }: CompletionPoint): string =>
  words
    .map(({ text, description }) => quoted(`${text.replaceAll(':', String.raw`\:`)}:${description}`))
    .join(' ');

const valueCases = (places: readonly CompletionPoint[]): readonly string[] =>
  places.flatMap(({ path, values }) =>
    Object.entries(values).map(([option, choices]) => {
      const reply = choices === null ? '_files' : `compadd -- ${choices.map(quoted).join(' ')}`;
      return `    ${quoted(`${path}|${option}`)}) ${reply}; return ;;`;
    }),
  );

const placeCases = (places: readonly CompletionPoint[]): readonly string[] =>
  places.map((place) => {
    const files = place.takesFile ? '; _files' : '';
    return `    ${quoted(place.path)}) found=(${described(place)}); _describe command found${files} ;;`;
  });

/** The completion of zsh, with descriptions. */
export const zshCompletion = (places: readonly CompletionPoint[]): string => `#compdef pipeline-trigger
_pipeline_trigger() {
  local path_='' word
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "|${places.map(({ path }) => path).join('|')}|" in
      *"|\${path_:+$path_ }$word|"*) path_="\${path_:+$path_ }$word" ;;
    esac
  done
  case "$path_|\${words[CURRENT-1]}" in
${valueCases(places).join('\n')}
  esac
  case "$path_" in
${placeCases(places).join('\n')}
  esac
}
if [ "$funcstack[1]" = _pipeline_trigger ]; then
  _pipeline_trigger "$@"
else
  compdef _pipeline_trigger pipeline-trigger
fi
`;
