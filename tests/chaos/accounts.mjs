// The accounts at the end: what each sender was told, what the sites ran, and what the gate holds must agree.

// What is wrong with each delivery: [[delivery, complaint], …]. `held` maps deliveries to their state in the ledger.
export function complaints(deliveries, sites, held) {
  return deliveries.flatMap((delivery) => faults(delivery, sites.visits(delivery.id), held.get(delivery.id)).map((fault) => [delivery, fault]));
}

function faults({ accepted, triesAgain, guardMissing, hook, kind, released }, visits, held) {
  const found = [];
  const runs = visits.reduce((sum, visit) => sum + visit.runs, 0);
  if (runs > 1 && !released) found.push(`the site ran it ${runs} times`);
  if (accepted && runs === 0 && !held) found.push(`its sender was told "${accepted[0].told}", and it is neither at the site nor held`);
  if (triesAgain && !accepted) found.push("its sender has tried to the end, and was never told that all is well");
  if (kind === "rest") {
    // Silence is not refusal: nothing may follow but an operator's word.
    const uncertain = visits.findIndex(({ says }) => says !== "no");
    if (uncertain >= 0 && uncertain < visits.length - 1 && !released) found.push(`the site keeps no keys, and was sent it again after visit ${uncertain + 1}`);
    if (held && !["uncertain", "given-up"].includes(held)) found.push(`it is ${held} when nothing should wait any more`);
  } else {
    if (new Set(visits.map(({ key }) => key)).size > 1) found.push("the site saw it under more than one webhook-id");
    if (held) found.push(`it is ${held} when everything should have arrived`);
  }
  const success = accepted?.find(({ told }) => told.startsWith("200"));
  const later = success && visits.some(({ at }) => at > success.at);
  if (hook.startsWith("strict") && later && !guardMissing && !released) found.push("it was forwarded after its sender was told that it had arrived");
  if (success && runs === 0) found.push(`its sender was told "${success.told}", and the site has not run it`);
  return found;
}
