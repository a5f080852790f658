// The accounts at the end: what each sender was told, what the sites ran, and what the gate holds must agree.

// From its claim to the site a forward takes no longer, in milliseconds.
const FORWARD = 3_000;

// What is wrong with each delivery: [[delivery, complaint], …]. `held` maps deliveries to their state in the ledger.
export function complaints(deliveries, sites, held, trouble) {
  return deliveries.flatMap((delivery) => faults(delivery, sites.visits(delivery.id), held.get(delivery.id), trouble).map((fault) => [delivery, fault]));
}

function faults({ accepted, triesAgain, guardMissing, hook, kind }, visits, held, trouble) {
  const found = [];
  const runs = visits.reduce((sum, visit) => sum + visit.runs, 0);
  if (runs > 1) found.push(`the site ran it ${runs} times`);
  if (accepted && runs === 0 && !held) found.push(`its sender was told "${accepted[0].told}", and it is neither at the site nor held`);
  if (triesAgain && !accepted) found.push("its sender has tried to the end, and was never told that all is well");
  if (kind === "rest") {
    // Silence is not refusal: nothing may follow but an operator's word.
    const uncertain = visits.findIndex(({ says }) => says !== "no");
    if (uncertain >= 0 && uncertain < visits.length - 1) found.push(`the site keeps no keys, and was sent it again after visit ${uncertain + 1}`);
    if (held && !["uncertain", "given-up"].includes(held)) found.push(`it is ${held} when nothing should wait any more`);
  } else {
    if (new Set(visits.map(({ key }) => key)).size > 1) found.push("the site saw it under more than one webhook-id");
    if (held) found.push(`it is ${held} when everything should have arrived`);
  }
  const success = accepted?.find(({ told }) => told.startsWith("200"));
  // Where time has passed meanwhile, it may have been claimed again before.
  const later = success && visits.some(({ at }) => at > success.at && !trouble.jumps.some(({ from, to }) => from < at && at < to + FORWARD));
  if (hook.startsWith("strict") && later && !guardMissing) found.push("it was forwarded after its sender was told that it had arrived");
  if (success && runs === 0) found.push(`its sender was told "${success.told}", and the site has not run it`);
  return found;
}
