// Runs in workerd, before the Worker: a clock that a test can put forward. Rust asks Date.now(), too.
import { env } from "cloudflare:workers";

const now = Date.now;

// Milliseconds by which this isolate is ahead; a process that starts again is told.
export const clock = { ahead: env.CLOCK_AHEAD ?? 0 };

Date.now = () => now() + clock.ahead;
