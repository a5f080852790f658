<?php

declare(strict_types=1);

namespace Hookgate;

use stdClass;

/**
 * The right to run one attempt of a delivery, for as long as its lease lasts.
 */
final class Claim
{
    /** Seconds after which an attempt that has not ended counts as dead. */
    private const LEASE = 300;
    private const LONGEST_LEASE = DAY_IN_SECONDS;
    /** Most seconds that the gate is told to wait for the end of an attempt. */
    private const LONGEST_WAIT = 10;

    private Signature $signature;
    private string $hook;
    private Deliveries $deliveries;
    private int $attempt = 0;
    /** @var array<string, int> */
    private array $objects = [];
    private bool $isOpen = false;

    private function __construct(Signature $signature, string $hook)
    {
        $this->signature = $signature;
        $this->hook = $hook;
        $this->deliveries = new Deliveries();
    }

    /**
     * Of any number of simultaneous requests with the same delivery, one gets the claim.
     *
     * @throws EarlyAnswer the stored answer, if the delivery has been done; else that another request has the claim
     */
    public static function take(Signature $signature, string $hook): self
    {
        $claim = new self($signature, $hook);
        if ($claim->begin(1)) {
            return $claim;
        }
        $last = $claim->deliveries->newest($signature->id());
        if ($last !== null && $last->state === Deliveries::DONE) {
            throw new EarlyAnswer(Answer::replayed($last->answer));
        }
        if ($last === null || !$claim->follow($last)) {
            throw new EarlyAnswer(Answer::inProgress(self::wait($last)));
        }
        return $claim;
    }

    /**
     * The idempotency key of the delivery.
     */
    public function delivery(): string
    {
        return $this->signature->id();
    }

    public function attempt(): int
    {
        return $this->attempt;
    }

    /**
     * Whether the attempt is still to be settled.
     */
    public function isOpen(): bool
    {
        return $this->isOpen;
    }

    /**
     * Notes for the audit what the delivery's objects are.
     *
     * @param array<string, int> $objects
     */
    public function resolved(array $objects): void
    {
        $this->objects = $objects;
    }

    /**
     * Ends the attempt. That this fails does not change the answer: to run a workflow twice would be the greater harm.
     */
    public function settle(string $state, Answer $answer): void
    {
        $this->isOpen = false;
        $objects = (string) wp_json_encode((object) $this->objects);
        try {
            if (!$this->deliveries->settle($this->delivery(), $this->attempt, $state, $objects, $answer)) {
                $this->log('ended after its lease, when another request had taken it over');
            }
        } catch (EarlyAnswer $unavailable) {
            $this->log("could not be marked {$state}");
        }
    }

    /**
     * Writes a line for the admin. It must not hold anything of a payload.
     */
    public function log(string $what): void
    {
        $reference = Delivery::referenceOf($this->delivery());
        error_log("Hookgate: hook {$this->hook}, delivery {$reference}, attempt {$this->attempt}: {$what}");
    }

    private function begin(int $attempt): bool
    {
        $lease = (int) apply_filters('hookgate_lease', self::LEASE, $this->hook);
        $lease = max(1, min(self::LONGEST_LEASE, $lease));
        $this->attempt = $attempt;
        $this->isOpen = $this->deliveries->begin(
            $this->delivery(),
            $attempt,
            $this->hook,
            time() + $lease,
            $this->signature->skew()
        );
        return $this->isOpen;
    }

    /**
     * Begins the attempt after one that has failed, or that has not ended within its lease.
     */
    private function follow(stdClass $last): bool
    {
        $hasEnded = $last->state !== Deliveries::RUNNING
            || ($last->lease <= time() && $this->deliveries->abandon($this->delivery(), $last->attempt));
        return $hasEnded && $this->begin($last->attempt + 1);
    }

    private static function wait(?stdClass $last): int
    {
        $left = $last === null ? 0 : $last->lease - time();
        return max(1, min(self::LONGEST_WAIT, $left));
    }
}
