import { expect } from 'chai'
import { established, reasons, routesOf, startBoth } from '../../test/support/pair.ts'
