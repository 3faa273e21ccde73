import type { Config } from 'jest';

const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  moduleFileExtensions: ['ts', 'cts', 'js', 'json', 'node'],
  moduleNameMapper: {
    // Sources import each other as the files they will be: './call.js', './require.cjs'.
    '/require\\.cjs$': '<rootDir>/src/bootstrap/packages/require.cts',
    '^\\./reflect\\.cjs$': '<rootDir>/src/metadata/reflect.cts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^toolspan$': '<rootDir>/src/index',
    '^toolspan/testing$': '<rootDir>/src/testing',
  },
  transform: { '^.+\\.c?ts$': ['ts-jest', { tsconfig: '<rootDir>/tests/tsconfig.json' }] },
  // Many tests wait for programs of their own: a machine with two cores has time for a second one.
  maxWorkers: '100%',
  setupFilesAfterEnv: ['<rootDir>/tests/support/let-go.ts'],
  // A machine that is busy takes several times as long over the tests that walk through hundreds of histories.
  testTimeout: 120_000,
};

export default config;
