import fc from 'fast-check'

/**
 * Property tests draw new cases with every run at a desk, and the same ones in CI: a change that is good does not fail
 * there for a case that nobody has seen. `FC_SEED=n` repeats a run; `FC_SEED=random` draws in CI too.
 */
const { CI, FC_SEED = CI ? '1' : 'random' } = process.env
if (FC_SEED !== 'random') fc.configureGlobal({ seed: Number(FC_SEED) })
