<?php

declare(strict_types=1);

namespace Hookgate;

use stdClass;

/**
 * The table of deliveries: one row for each attempt to run one. It holds no payload.
 */
final class Deliveries
{
    public const RUNNING = 'running';
    public const DONE = 'done';
    public const FAILED = 'failed';
    public const REFUSED = 'refused';
    public const ABANDONED = 'abandoned';

    public static function table(): string
    {
        return $GLOBALS['wpdb']->prefix . 'hookgate_deliveries';
    }

    /**
     * Starts an attempt, unless there is one with this number: of any number of simultaneous requests one gets true.
     *
     * @throws EarlyAnswer
     */
    public static function begin(string $delivery, int $attempt, string $hook, int $lease, int $skew): bool
    {
        $row = [$delivery, $attempt, $hook, self::RUNNING, '', 0, '', time(), $lease, 0, $skew];
        return self::write(
            'INSERT IGNORE INTO %table (delivery, attempt, hook, state, objects, status, answer, started, lease, ended,'
            . ' skew) VALUES (%s, %d, %s, %s, %s, %d, %s, %d, %d, %d, %d)',
            $row
        ) === 1;
    }

    /**
     * Takes an attempt away from a request that has outlived its lease; one of any number of requests gets true.
     *
     * @throws EarlyAnswer
     */
    public static function abandon(string $delivery, int $attempt): bool
    {
        return self::write(
            'UPDATE %table SET state = %s, ended = %d'
            . ' WHERE delivery = %s AND attempt = %d AND state = %s AND lease <= %d',
            [self::ABANDONED, time(), $delivery, $attempt, self::RUNNING, time()]
        ) === 1;
    }

    /**
     * Ends an attempt; false if it is no longer running, for somebody took it over.
     *
     * @throws EarlyAnswer
     */
    public static function settle(string $delivery, int $attempt, string $state, string $objects, Answer $answer): bool
    {
        return self::write(
            'UPDATE %table SET state = %s, objects = %s, status = %d, answer = %s, ended = %d'
            . ' WHERE delivery = %s AND attempt = %d AND state = %s',
            [$state, $objects, $answer->status(), $answer->json(), time(), $delivery, $attempt, self::RUNNING]
        ) === 1;
    }

    /**
     * The newest attempt of a delivery.
     *
     * @throws EarlyAnswer
     */
    public static function newest(string $delivery): ?stdClass
    {
        $rows = self::read('SELECT * FROM %table WHERE delivery = %s ORDER BY attempt DESC LIMIT 1', [$delivery]);
        if ($rows === null) {
            throw new EarlyAnswer(Answer::unavailable());
        }
        return $rows[0] ?? null;
    }

    /**
     * The newest attempts, newest first; null if the database does not say.
     *
     * @return list<stdClass>|null
     */
    public static function recent(int $limit = 100): ?array
    {
        return self::read('SELECT * FROM %table ORDER BY started DESC, attempt DESC LIMIT %d', [$limit]);
    }

    public static function last(): ?stdClass
    {
        return self::recent(1)[0] ?? null;
    }

    /**
     * Forgets what was last attempted before a moment. A delivery goes with all its attempts: were the first of them
     * missing, it could be claimed anew.
     */
    public static function forget(int $before): void
    {
        self::query(
            'DELETE FROM %table WHERE delivery IN (SELECT delivery FROM (SELECT delivery FROM %table GROUP BY delivery'
            . ' HAVING MAX(started) < %d AND MAX(lease) <= %d) AS old)',
            [$before, time()]
        );
    }

    /**
     * @param list<int|string> $values
     * @throws EarlyAnswer
     */
    private static function write(string $sql, array $values): int
    {
        $rows = self::query($sql, $values);
        if ($rows === false) {
            throw new EarlyAnswer(Answer::unavailable());
        }
        return (int) $rows;
    }

    /**
     * @param list<int|string> $values
     * @return list<stdClass>|null
     */
    private static function read(string $sql, array $values): ?array
    {
        if (self::query($sql, $values) === false) {
            return null;
        }
        return array_map([self::class, 'typed'], $GLOBALS['wpdb']->last_result);
    }

    /**
     * @param list<int|string> $values
     * @return int|bool
     */
    private static function query(string $sql, array $values)
    {
        $sql = str_replace('%table', self::table(), $sql);
        return $GLOBALS['wpdb']->query($GLOBALS['wpdb']->prepare($sql, $values));
    }

    /**
     * Both engines give every column as text.
     */
    private static function typed(stdClass $row): stdClass
    {
        foreach (['attempt', 'status', 'started', 'lease', 'ended', 'skew'] as $column) {
            $row->$column = (int) $row->$column;
        }
        return $row;
    }
}
