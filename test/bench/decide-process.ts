/** The process in which `decide` measures; prints its figures as JSON. */
import { measureDecisions } from './decide.ts'

process.stdout.write(JSON.stringify(await measureDecisions(Number(process.argv[2]) || undefined)))
