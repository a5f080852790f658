<?php

declare(strict_types=1);

namespace Hookgate;

/**
 * Runs what a claim allows, and settles the claim whatever way that ends: with an answer, an exception, `exit` or a
 * fatal error.
 */
final class Attempt
{
    private const STATES = [
        'hookgate_accepted' => Deliveries::DONE,
        'hookgate_objects_not_found' => Deliveries::REFUSED,
    ];

    private Claim $claim;
    private int $outerBuffers;

    private function __construct(Claim $claim)
    {
        $this->claim = $claim;
        $this->outerBuffers = ob_get_level();
    }

    /**
     * @param callable(): Answer $work
     */
    public static function run(Claim $claim, callable $work): Answer
    {
        $attempt = new self($claim);
        // A gate that hangs up must not leave a workflow half done.
        ignore_user_abort(true);
        // First of all: WordPress itself sends what has been printed.
        add_action('shutdown', [$attempt, 'endWithRequest'], PHP_INT_MIN);
        // Whatever the workflow prints would spoil the answer.
        ob_start();
        $answer = $attempt->answerOf($work);
        $attempt->end($answer);
        return $answer;
    }

    /**
     * Ends an attempt that `exit` or a fatal error has cut short.
     */
    public function endWithRequest(): void
    {
        if ($this->claim->isOpen()) {
            $this->claim->log('the workflow ended the request');
            $answer = Answer::workflowFailed();
            $this->end($answer);
            $answer->send();
        }
    }

    /**
     * @param callable(): Answer $work
     */
    private function answerOf(callable $work): Answer
    {
        try {
            return $work();
        } catch (EarlyAnswer $early) {
            return $early->answer();
        } catch (\Throwable $error) {
            // The message of an exception may quote the payload.
            $class = explode("\0", get_class($error))[0];
            $this->claim->log("{$class} at {$error->getFile()}:{$error->getLine()}");
            return Answer::workflowFailed();
        }
    }

    private function end(Answer $answer): void
    {
        while (ob_get_level() > $this->outerBuffers && ob_end_clean()) {
            continue;
        }
        // Nor does the workflow lead the gate elsewhere.
        if (!headers_sent()) {
            header_remove('Location');
        }
        $this->claim->settle(self::STATES[$answer->code()] ?? Deliveries::FAILED, $answer);
    }
}
