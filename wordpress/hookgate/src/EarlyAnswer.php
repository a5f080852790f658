<?php

declare(strict_types=1);

namespace Hookgate;

/**
 * Ends a delivery before its workflow has run, with the answer that the gate gets.
 */
final class EarlyAnswer extends \Exception
{
    private Answer $answer;

    public function __construct(Answer $answer)
    {
        parent::__construct($answer->code());
        $this->answer = $answer;
    }

    public function answer(): Answer
    {
        return $this->answer;
    }
}
