<?php

declare(strict_types=1);

namespace Hookgate;

use WP_REST_Request;

/**
 * The proof that the gate sent a request just now: it is made of nothing but a right signature with a fresh timestamp.
 *
 * Standard Webhooks: `webhook-signature` lists `v1,` and base64 of the HMAC-SHA256 of "{id}.{timestamp}.{body}".
 */
final class Signature
{
    /** Seconds by which the clocks of gate and site may differ. */
    public const TOLERANCE = 300;
    /** Most bytes of a body. The gate sends at most 64 KiB of fields, and little around them. */
    public const LONGEST_BODY = 128 * 1024;
    /** Most bytes of the list of signatures: twenty of them. */
    private const LONGEST_LIST = 1024;
    private const SKEW_OPTION = 'hookgate_skew';
    private const SKEW_INTERVAL = 60;

    private string $id;
    private int $skew;

    private function __construct(string $id, int $skew)
    {
        $this->id = $id;
        $this->skew = $skew;
    }

    /**
     * @param list<string> $keys
     */
    public static function ofRequest(WP_REST_Request $request, array $keys): ?self
    {
        return self::verify(
            (string) $request->get_header('webhook-id'),
            (string) $request->get_header('webhook-timestamp'),
            (string) $request->get_header('webhook-signature'),
            $request->get_body(),
            $keys
        );
    }

    /**
     * @param list<string> $keys
     */
    public static function verify(string $id, string $timestamp, string $list, string $body, array $keys): ?self
    {
        $isWellFormed = preg_match('/^[0-9a-f]{64}$/D', $id) === 1
            && preg_match('/^[0-9]{1,12}$/D', $timestamp) === 1
            && strlen($list) <= self::LONGEST_LIST
            && strlen($body) <= self::LONGEST_BODY;
        if (!$isWellFormed || !self::matches("{$id}.{$timestamp}.{$body}", explode(' ', $list), $keys)) {
            return null;
        }
        $skew = time() - (int) $timestamp;
        if (abs($skew) > self::TOLERANCE) {
            self::noteSkew($skew);
            return null;
        }
        return new self($id, $skew);
    }

    /**
     * The idempotency key of the delivery.
     */
    public function id(): string
    {
        return $this->id;
    }

    /**
     * Seconds by which the site's clock was ahead of the timestamp.
     */
    public function skew(): int
    {
        return $this->skew;
    }

    /**
     * Compares every signature with every key, so that time does not tell which of them was right.
     *
     * @param list<string> $signatures
     * @param list<string> $keys
     */
    private static function matches(string $content, array $signatures, array $keys): bool
    {
        $matched = false;
        foreach ($keys as $key) {
            $expected = 'v1,' . base64_encode(hash_hmac('sha256', $content, $key, true));
            foreach ($signatures as $signature) {
                $matched = hash_equals($expected, $signature) || $matched;
            }
        }
        return $matched;
    }

    /**
     * Remembers for the admin that somebody with a right key has another time, at most once a minute.
     */
    private static function noteSkew(int $seconds): void
    {
        $noted = get_option(self::SKEW_OPTION);
        if (!is_array($noted) || time() - (int) ($noted['at'] ?? 0) >= self::SKEW_INTERVAL) {
            update_option(self::SKEW_OPTION, ['seconds' => $seconds, 'at' => time()], false);
        }
    }
}
