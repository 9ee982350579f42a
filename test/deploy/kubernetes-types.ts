import path from 'node:path';
import ts from 'typescript';
import { repository } from '../support/run-command.ts';

export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
}

/** What TypeScript says of resources as values of the types that are made from the API's own description. */
export function complaintsAbout(given: readonly Resource[]): string[] {
  const lines = given.map(({ apiVersion, kind, ...rest }, index) => {
    const module = apiVersion === 'v1' ? 'core/v1' : apiVersion.replace('.k8s.io', '');
    const type = `import('kubernetes-types/${module}').${kind}`;
    return `export const it${index}: ${type} = ${JSON.stringify({ apiVersion, kind, ...rest })};`;
  });
  const file = path.join(repository, 'test/deploy/resources.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const fromDisk = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version) =>
    name === file ? ts.createSourceFile(name, lines.join('\n'), version) : fromDisk(name, version);
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
