import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { usableCores } from '../../templates/fastify-onnx/base/src/ml/resources.ts'
import { makeFolder } from '../helpers/folder.ts'

const cores = availableParallelism()

test.each([
  ['a cgroup v2 quota of one core', { 'sys/fs/cgroup/cpu.max': '100000 100000\n' }, 1],
  ['one and a half core: rounded up', { 'sys/fs/cgroup/cpu.max': '150000 100000\n' }, 2],
  ['half a core: at least one', { 'sys/fs/cgroup/cpu.max': '50000 100000\n' }, 1],
  ['no limit', { 'sys/fs/cgroup/cpu.max': 'max 100000\n' }, cores],
  ['more than there are', { 'sys/fs/cgroup/cpu.max': '6400000 100000\n' }, cores],
  ['cgroup v1', { 'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '100000', 'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' }, 1],
  [
    'cgroup v1 without a limit',
    { 'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1', 'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' },
    cores,
  ],
  [
    'a limit of an outer group',
    {
      'proc/self/cgroup': '0::/a/b\n',
      'sys/fs/cgroup/a/cpu.max': '100000 100000',
      'sys/fs/cgroup/a/b/cpu.max': 'max 100000',
    },
    1,
  ],
  ['neither: not Linux', {}, cores],
])('cores are told from %s', (_, files, expected) => {
  expect(usableCores(makeFolder(files))).toBe(Math.min(expected, cores))
})
