/**
 * Names that outputs may not set for the later jobs of this pipeline, which the triggered pipeline has no business with:
 * they choose the programs that these jobs run, or where GitLab and the service are.
 */
const reserved =
  /^(?:PATH|ENV|IFS|SHELLOPTS|BASH_ENV|BASHOPTS|PS4|PROMPT_COMMAND|NODE_OPTIONS|PYTHON\w+|PERL5\w+|RUBY(?:LIB|OPT)|JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|(?:LD|DYLD|GIT|CI|GITLAB|FF|RUNNER|DOCKER_AUTH|PIPELINE_TRIGGER|NPM_CONFIG)_\w+|TRIGGER_(?:API|PIPELINE)_TOKEN|(?:HTTPS?|ALL|NO)_PROXY|CI|HOME|SHELL)$/i;

/** Why an output is left out of a dotenv file; null: it is not. */
export function unfitForDotenv(name: string, value: string): string | null {
  if (/[\r\n\v\f\u0085\u2028\u2029]/.test(value)) return 'its value has a line break';
  if (name.startsWith('TRIGGERED_')) return 'names that begin with TRIGGERED_ are this command’s own';
  if (!/^\w+$/.test(name)) return 'it is no name of a variable';
  return reserved.test(name) ? 'it would change how later jobs run' : null;
}
