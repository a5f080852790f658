<?php

declare(strict_types=1);

namespace Hookgate\Admin;

/**
 * One line of the set-up's health, in the words of Site Health: good, recommended (to be changed) or critical.
 */
final class Finding
{
    public const GOOD = 'good';
    public const RECOMMENDED = 'recommended';
    public const CRITICAL = 'critical';

    public string $level;
    public string $subject;
    public string $text;

    public function __construct(string $level, string $subject, string $text)
    {
        $this->level = $level;
        $this->subject = $subject;
        $this->text = $text;
    }
}
