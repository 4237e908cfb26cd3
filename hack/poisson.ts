// How many events a rate may stand behind, when few or none were seen: the exact interval of a Poisson count
// (Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28, 1936).

export type Interval = { readonly low: number; readonly high: number }

/** The expected counts that a seen count does not refute, 2.5 % on each side; an integer ≥ 0 in. */
export function poissonInterval(seen: number): Interval {
  const tail = 0.025
  return {
    low: seen === 0 ? 0 : meanWhere((mean) => 1 - atMost(seen - 1, mean) >= tail, seen),
    high: meanWhere((mean) => atMost(seen, mean) <= tail, seen),
  }
}

/** The probability of at most so many events where `mean` are expected. */
function atMost(count: number, mean: number): number {
  let term = Math.exp(-mean)
  let sum = term
  for (let k = 1; k <= count; k++) {
    term *= mean / k
    sum += term
  }
  return sum
}

/** The smallest mean for which it holds; it holds for all greater ones. */
function meanWhere(holds: (mean: number) => boolean, seen: number): number {
  let [below, above] = [0, 2 * seen + 10]
  for (let halving = 0; halving < 60; halving++) {
    const middle = (below + above) / 2
    if (holds(middle)) above = middle
    else below = middle
  }
  return above
}
