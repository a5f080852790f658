// Runs in workerd, before the Worker: WebCrypto as it is, counted, and failing where a test says so.
const NOTHING = { importKey: [], sign: [], digest: [], verify: [] };

// `faults` has methods that `throw`, or `lie`: then their answer is all zeros. Of each call `asked` keeps how many bytes its
// message or key has.
export const webCrypto = { faults: {}, asked: structuredClone(NOTHING) };

export function takeAsked() {
  const { asked } = webCrypto;
  webCrypto.asked = structuredClone(NOTHING);
  return asked;
}

for (const name of Object.keys(NOTHING)) {
  const real = SubtleCrypto.prototype[name];
  SubtleCrypto.prototype[name] = function (...all) {
    const bytes = name === "importKey" ? all[1] : all.at(-1);
    webCrypto.asked[name].push(bytes.byteLength);
    const fault = webCrypto.faults[name];
    if (fault === "throw") throw new Error("made for a test");
    const answer = real.apply(this, all);
    return fault === "lie" ? answer.then(({ byteLength }) => new ArrayBuffer(byteLength)) : answer;
  };
}
