import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', '.cache/', 'coverage/', 'src/store/generated*/', 'node_modules/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js', '.*.cjs'] } } },
    rules: {
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['src/**/*.ts', 'simulator/**/*.ts'],
    rules: {
      // A longer one says why, in the comment that allows it.
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': [
        'error',
        ...[
          'ExportNamedDeclaration > VariableDeclaration > VariableDeclarator > ArrowFunctionExpression > ArrowFunctionExpression.body',
          'ExportNamedDeclaration > FunctionDeclaration > BlockStatement > ReturnStatement > ArrowFunctionExpression.argument',
          'VariableDeclarator[id.name=/^create[A-Z]/] > ArrowFunctionExpression > ArrowFunctionExpression.body',
          'FunctionDeclaration[id.name=/^create[A-Z]/] > BlockStatement > ReturnStatement > ArrowFunctionExpression.argument',
          'ArrowFunctionExpression > ArrowFunctionExpression[async=true].body',
          'ReturnStatement > ArrowFunctionExpression[async=true].argument',
          'ReturnStatement > FunctionExpression[id=null].argument',
        ].map((selector) => ({
          selector,
          message: 'Name the function that is returned: stacks show its name.',
        })),
      ],
    },
  },
  { files: ['**/*.js', '**/*.cjs'], ...tseslint.configs.disableTypeChecked },
);
