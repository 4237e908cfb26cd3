// The Lease by which the controllers elect their leader.
export const leaderLeaseName = 'controller'
