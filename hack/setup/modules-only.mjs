// Brings the npm packages of the tree, for `npm run check` in a fresh clone.
import { checkMachine } from './machine.mjs'
import { bringModules } from './modules.mjs'

checkMachine()
bringModules((line) => console.error(`set-up: ${line}`))
