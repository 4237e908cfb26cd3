// The types of commands.mjs, for its test.
export type Need = 'test-modules' | 'control-plane' | 'bundle' | 'container-modules' | 'router-images'
export type SetUpCommand = {
  readonly entry: string
  readonly args?: readonly string[] // before those of the user
  readonly packages: readonly string[] // groups of debian.mjs
  readonly needs: readonly Need[] // in the order in which they are brought
}
export const commandNames: readonly string[]
export function commandNamed(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): SetUpCommand | undefined
