/**
 * Which room of `src` may import which (for dependency-cruiser, in `npm run
 * lint:check`): only from the floors below its own. An `import type` and an
 * `import()` count like any other.
 */

/** The rooms from the ground up. Those of one floor do not know each other. */
const FLOORS = [
  ['record', 'carbon'],
  ['tokens.ts', 'settings.ts', 'icons.ts', 'commandids.ts'],
  ['text', 'cell'],
  ['chart'],
  ['feed'],
  ['model', 'runview'],
  ['live'],
  ['saved', 'export', 'panel', 'help'],
  ['app'],
  ['index.ts']
];

/** All files of some rooms; `$1` is the room of one that is found. */
function filesOf(rooms) {
  const names = rooms.map(room => room.replace('.', '\\.'));
  return `^src/(${names.join('|')})(?:/|$)`;
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Files that import each other, however long the way round is.',
      severity: 'error',
      from: {},
      to: { circular: true }
    },
    {
      name: 'known-room',
      comment: 'Each file stands in a room that has its floor here.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [filesOf(FLOORS.flat()), '\\.d\\.ts$']
      },
      to: {}
    },
    ...FLOORS.map((rooms, floor) => ({
      name: `upward-from-${rooms[0].replace('.ts', '')}`,
      comment: `${rooms.join(', ')}: imports from the floors below alone.`,
      severity: 'error',
      from: { path: filesOf(rooms) },
      to: {
        path: filesOf(FLOORS.slice(floor).flat()),
        // The files of a room know each other; those at the root do not.
        pathNot: '^src/$1/'
      }
    }))
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' }
  }
};
