import { describe, expect, it } from 'vitest'
import { LOCK_FILE } from '../../src/lock.ts'
import type { RenderedFile } from '../../src/render/rendered-file.ts'
import type { Owner } from '../../src/words.ts'
import { compareWithDisk, lockAsFile, settleConflicts, warningsOf } from '../../src/write/compare.ts'
import type { DiskFile } from '../../src/write/look.ts'
import { failure, lockOf, text } from './support.ts'

const PATH = 'src/a.ts'

/** Contents by letter; null: not there, undefined (lock): no lock at all. */
interface Row {
  readonly name: string
  readonly owner: Owner
  readonly planned: string | null
  readonly locked: string | null | undefined
  readonly disk: string | null
  readonly plain: string
  readonly forced?: string
}

const TABLE: readonly Row[] = [
  // A folder that is not ours.
  { name: 'nothing there', owner: 'template', planned: 'new', locked: undefined, disk: null, plain: 'create' },
  { name: 'the same bytes', owner: 'template', planned: 'new', locked: undefined, disk: 'new', plain: 'identical' },
  {
    name: 'other bytes',
    owner: 'shared',
    planned: 'new',
    locked: undefined,
    disk: 'x',
    plain: 'conflict',
    forced: 'update backup',
  },
  {
    name: 'other bytes',
    owner: 'team',
    planned: 'new',
    locked: undefined,
    disk: 'x',
    plain: 'conflict',
    forced: 'keep aside',
  },
  // Our own server.
  { name: 'unchanged since the lock', owner: 'template', planned: 'new', locked: 'old', disk: 'old', plain: 'update' },
  { name: 'unchanged since the lock', owner: 'shared', planned: 'new', locked: 'old', disk: 'old', plain: 'update' },
  { name: 'nothing new', owner: 'template', planned: 'old', locked: 'old', disk: 'old', plain: 'identical' },
  {
    name: 'edited',
    owner: 'template',
    planned: 'new',
    locked: 'old',
    disk: 'x',
    plain: 'conflict',
    forced: 'update backup',
  },
  {
    name: 'edited, nothing new',
    owner: 'shared',
    planned: 'old',
    locked: 'old',
    disk: 'x',
    plain: 'conflict',
    forced: 'update backup',
  },
  {
    name: 'edited to the new bytes',
    owner: 'template',
    planned: 'new',
    locked: 'old',
    disk: 'new',
    plain: 'identical',
  },
  { name: 'missing', owner: 'template', planned: 'old', locked: 'old', disk: null, plain: 'create' },
  { name: 'missing', owner: 'team', planned: 'old', locked: 'old', disk: null, plain: 'create' },
  {
    name: 'new in the plan, nothing there',
    owner: 'template',
    planned: 'new',
    locked: null,
    disk: null,
    plain: 'create',
  },
  {
    name: "new in the plan, somebody's there",
    owner: 'template',
    planned: 'new',
    locked: null,
    disk: 'x',
    plain: 'conflict',
    forced: 'update backup',
  },
  {
    name: "new in the plan, somebody's there",
    owner: 'team',
    planned: 'new',
    locked: null,
    disk: 'x',
    plain: 'keep aside',
  },
  { name: 'edited, nothing new', owner: 'team', planned: 'old', locked: 'old', disk: 'x', plain: 'keep' },
  { name: 'edited, and something new', owner: 'team', planned: 'new', locked: 'old', disk: 'x', plain: 'keep aside' },
  {
    name: 'unchanged, and something new',
    owner: 'team',
    planned: 'new',
    locked: 'old',
    disk: 'old',
    plain: 'keep aside',
  },
  { name: 'edited to the new bytes', owner: 'team', planned: 'new', locked: 'old', disk: 'new', plain: 'identical' },
  // Gone from the plan.
  { name: 'gone and unchanged', owner: 'template', planned: null, locked: 'old', disk: 'old', plain: 'remove' },
  { name: 'gone and unchanged', owner: 'shared', planned: null, locked: 'old', disk: 'old', plain: 'remove' },
  {
    name: 'gone and edited',
    owner: 'template',
    planned: null,
    locked: 'old',
    disk: 'x',
    plain: 'conflict',
    forced: 'remove backup',
  },
  { name: 'gone and unchanged', owner: 'team', planned: null, locked: 'old', disk: 'old', plain: 'keep' },
  { name: 'gone and edited', owner: 'team', planned: null, locked: 'old', disk: 'x', plain: 'keep' },
  { name: 'gone, and missing', owner: 'template', planned: null, locked: 'old', disk: null, plain: '' },
]

function fileOf(content: string | null | undefined, owner: Owner): RenderedFile[] {
  return typeof content === 'string' ? [text(PATH, content, owner)] : []
}

function onDisk(content: string, stamp = content): DiskFile {
  const { sha256 } = text(PATH, content)
  return { plain: sha256, text: sha256, stamp }
}

function compareRow({ owner, planned, locked, disk }: Row) {
  const lock = locked === undefined ? null : lockOf(fileOf(locked, owner))
  return compareWithDisk(fileOf(planned, owner), lock, new Map(disk === null ? [] : [[PATH, onDisk(disk)]]))
}

const WORDS = ({ action, backup, aside }: { action: string; backup: boolean; aside: boolean }) =>
  [action, backup ? 'backup' : '', aside ? 'aside' : ''].filter((word) => word !== '').join(' ')

describe('compareWithDisk', () => {
  it.each(TABLE)('$owner, $name: $plain', (row) => {
    expect(compareRow(row).map(WORDS).join()).toBe(row.plain)
  })

  it.each(TABLE)('$owner, $name, with --force: $forced', (row) => {
    const settled = settleConflicts(compareRow(row), { force: true })
    expect(settled.map(WORDS).join()).toBe(row.forced ?? row.plain)
  })

  it('takes CRLF as LF for text, but a streamed model must be the same byte for byte', () => {
    const lf = text(PATH, 'a\nb\n')
    const crlf = { plain: text(PATH, 'other').sha256, text: lf.sha256, stamp: '' }
    const streamed: RenderedFile = { ...lf, content: { kind: 'segments', segments: [] } }
    expect(compareWithDisk([lf], null, new Map([[PATH, crlf]]))[0]?.action).toBe('identical')
    expect(compareWithDisk([streamed], null, new Map([[PATH, crlf]]))[0]?.action).toBe('conflict')
  })

  it('sorts by path, whatever the order of files and lock is', () => {
    const lock = lockOf([text('b', 'b'), text('d', 'd')])
    const disk = new Map(['b', 'd'].map((path) => [path, onDisk(path)]))
    const changes = compareWithDisk([text('e', ''), text('c', ''), text('a', '')], lock, disk)
    expect(changes.map(({ path, action }) => `${path} ${action}`)).toEqual([
      'a create',
      'b remove',
      'c create',
      'd remove',
      'e create',
    ])
  })

  it('does not remove the old name of a file renamed in case only when the disk takes both for one', () => {
    const old = onDisk('old', 'one inode')
    const lock = lockOf([text('readme.md', 'old')])
    const sameDisk = new Map([
      ['readme.md', old],
      ['README.md', old],
    ])
    const changes = compareWithDisk([text('README.md', 'old')], lock, sameDisk)
    expect(changes.map(({ path, action }) => `${path} ${action}`)).toEqual(['README.md identical'])
    const caseSensitive = new Map([['readme.md', old]])
    const both = compareWithDisk([text('README.md', 'old')], lock, caseSensitive)
    expect(both.map(({ path, action }) => `${path} ${action}`)).toEqual(['README.md create', 'readme.md remove'])
  })

  it('never calls its own lock a conflict', () => {
    const changes = compareWithDisk([lockAsFile('new')], lockOf([]), new Map([[LOCK_FILE, onDisk('reformatted')]]))
    expect(changes.map(WORDS)).toEqual(['update'])
  })
})

describe('settleConflicts', () => {
  it('names every conflict at once, and what --force would do', async () => {
    const disk = new Map(['a', 'b', 'c'].map((path) => [path, onDisk('edited')]))
    const lock = lockOf([text('a', 'old'), text('c', 'old')])
    const changes = compareWithDisk([text('a', 'new'), text('b', 'new')], lock, disk)
    const { code, message, hint, issues } = await failure(() => settleConflicts(changes, { force: false }))
    expect({ code, message, hint, issues }).toMatchInlineSnapshot(`
      {
        "code": "conflict",
        "hint": "Nothing was written. Run again with --force to replace them: it copies the old bytes to .create-inference-server/backup/ first, and leaves the team's files as they are.",
        "issues": [
          {
            "file": "a",
            "message": "was edited since it was generated",
          },
          {
            "file": "b",
            "message": "is there already with other contents, and was not generated here",
          },
          {
            "file": "c",
            "message": "was edited since it was generated, and is no longer part of the server",
          },
        ],
        "message": "3 files would be overwritten",
      }
    `)
  })
})

describe('warningsOf', () => {
  it("says where the new bytes of the team's files are", () => {
    const lock = lockOf([text(PATH, 'old', 'team')])
    const changes = compareWithDisk([text(PATH, 'new', 'team')], lock, new Map([[PATH, onDisk('mine')]]))
    expect(warningsOf(changes)).toMatchInlineSnapshot(`
      [
        "src/a.ts is yours and was kept; what would be generated now is in .create-inference-server/new/src/a.ts",
      ]
    `)
  })
})
