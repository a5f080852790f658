<?php

declare(strict_types=1);

namespace Hookgate;

use stdClass;

/**
 * The table of deliveries: one row for each attempt to run one. It holds no payload.
 *
 * An instance stays with the table it was made for: a workflow may go to another site of the network, and not return.
 */
final class Deliveries
{
    public const RUNNING = 'running';
    public const DONE = 'done';
    public const FAILED = 'failed';
    public const REFUSED = 'refused';
    public const ABANDONED = 'abandoned';

    private string $table;

    public function __construct()
    {
        $this->table = self::table();
    }

    public static function table(): string
    {
        return $GLOBALS['wpdb']->prefix . 'hookgate_deliveries';
    }

    /**
     * Starts an attempt, unless there is one with this number: of any number of simultaneous requests one gets true.
     *
     * @throws EarlyAnswer
     */
    public function begin(string $delivery, int $attempt, string $hook, int $lease, int $skew): bool
    {
        $row = [$delivery, $attempt, $hook, self::RUNNING, '', 0, '', time(), $lease, 0, $skew];
        return $this->write(
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
    public function abandon(string $delivery, int $attempt): bool
    {
        return $this->write(
            'UPDATE %table SET state = %s, ended = %d'
            . ' WHERE delivery = %s AND attempt = %d AND state = %s AND lease <= %d',
            [self::ABANDONED, time(), $delivery, $attempt, self::RUNNING, time()]
        ) === 1;
    }

    /**
     * Ends an attempt; false if it is no longer running, for somebody took it over. A transaction that its workflow
     * left open shares its fate.
     *
     * @throws EarlyAnswer
     */
    public function settle(string $delivery, int $attempt, string $state, string $objects, Answer $answer): bool
    {
        if ($state !== self::DONE) {
            self::query('ROLLBACK');
        }
        return $this->write(
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
    public function newest(string $delivery): ?stdClass
    {
        $rows = $this->read('SELECT * FROM %table WHERE delivery = %s ORDER BY attempt DESC LIMIT 1', [$delivery]);
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
        return (new self())->read('SELECT * FROM %table ORDER BY started DESC, attempt DESC LIMIT %d', [$limit]);
    }

    /**
     * Forgets what was last attempted before a moment. A delivery goes with all its attempts: were the first of them
     * missing, it could be claimed anew.
     */
    public static function forget(int $before): void
    {
        $deliveries = new self();
        self::query($deliveries->prepare(
            'DELETE FROM %table WHERE delivery IN (SELECT delivery FROM (SELECT delivery FROM %table GROUP BY delivery'
            . ' HAVING MAX(started) < %d AND MAX(lease) <= %d) AS old)',
            [$before, time()]
        ));
    }

    /**
     * Writes for good: a transaction that somebody has left open would hide this from other requests, and might take it
     * back.
     *
     * @param list<int|string> $values
     * @throws EarlyAnswer
     */
    private function write(string $sql, array $values): int
    {
        $rows = self::query($this->prepare($sql, $values));
        // Says nothing on either engine if there is no transaction.
        self::query('COMMIT');
        if ($rows === false) {
            throw new EarlyAnswer(Answer::unavailable());
        }
        return (int) $rows;
    }

    /**
     * @param list<int|string> $values
     * @return list<stdClass>|null
     */
    private function read(string $sql, array $values): ?array
    {
        if (self::query($this->prepare($sql, $values)) === false) {
            return null;
        }
        return array_map([self::class, 'typed'], $GLOBALS['wpdb']->last_result);
    }

    /**
     * @param list<int|string> $values
     */
    private function prepare(string $sql, array $values): string
    {
        return $GLOBALS['wpdb']->prepare(str_replace('%table', $this->table, $sql), $values);
    }

    /**
     * What the database says of an error is written to the log, never into an answer or a page.
     *
     * @return int|bool
     */
    private static function query(string $sql)
    {
        $shown = $GLOBALS['wpdb']->hide_errors();
        $rows = $GLOBALS['wpdb']->query($sql);
        $GLOBALS['wpdb']->show_errors($shown);
        return $rows;
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
