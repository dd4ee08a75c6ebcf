import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['lib/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // Lumino's signals take a method and its `this` apart.
      '@typescript-eslint/unbound-method': 'off',
      // JupyterLab's idiom: a class's types in a namespace of its name.
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true }
      ],
      '@typescript-eslint/no-non-null-assertion': 'off'
    }
  },
  {
    files: ['*.{js,mjs}'],
    languageOptions: { globals: { process: 'readonly' } }
  },
  {
    files: ['webpack.config.js'], // the builder takes it as CommonJS
    languageOptions: { sourceType: 'commonjs' }
  },
  {
    files: ['style/*.js'],
    languageOptions: {
      globals: { document: 'readonly', __webpack_public_path__: 'readonly' }
    }
  }
);
