<?php

declare(strict_types=1);

namespace Hookgate;

/**
 * The site's own stop: while it is set, the route answers 503, so that nothing is lost and everything is retried.
 */
final class Pause
{
    private const OPTION = 'hookgate_pause';

    /**
     * @return array{reason: string, by: string, since: int}|null
     */
    public static function current(): ?array
    {
        $pause = get_option(self::OPTION, null);
        if ($pause === null) {
            return null;
        }
        // A value that cannot be understood pauses as well.
        $pause = is_array($pause) ? $pause : [];
        return [
            'reason' => is_string($pause['reason'] ?? null) ? $pause['reason'] : '',
            'by' => is_string($pause['by'] ?? null) ? $pause['by'] : '',
            'since' => is_int($pause['since'] ?? null) ? $pause['since'] : 0,
        ];
    }

    public static function set(string $reason, string $by): void
    {
        update_option(self::OPTION, ['reason' => $reason, 'by' => $by, 'since' => time()], false);
    }

    public static function clear(): void
    {
        delete_option(self::OPTION);
    }
}
