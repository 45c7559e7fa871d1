import { z } from 'zod'
import type { Child } from './child.ts'

/** What the parts of the CNN's benchmark share. */
export interface CnnSetup {
  readonly folder: string
  /** The generated server's folder. */
  readonly target: string
  /** The model's file. */
  readonly model: string
  /** A JPEG. */
  readonly photo: string
  readonly rounds: number
  readonly seconds: number
}

const rateSchema = z.object({ perSecond: z.number().positive() })

/** One slice of a child that measures itself: how many of what it is asked for it does per second. */
export async function askRate(child: Child, question: object): Promise<number> {
  return rateSchema.parse(await child.ask(question)).perSecond
}
