<?php

declare(strict_types=1);

namespace Hookgate;

/**
 * What gate and site share: `whsec_` and base64 of 24 to 64 bytes. While one replaces another, both are valid.
 *
 * The constant HOOKGATE_SECRET (a string, or an array of strings) wins over the option, which no REST route exposes.
 */
final class Secrets
{
    private const OPTION = 'hookgate_secrets';
    private const PREFIX = 'whsec_';
    // The bounds of Standard Webhooks.
    private const SHORTEST = 24;
    private const LONGEST = 64;

    public static function inConstant(): bool
    {
        return defined('HOOKGATE_SECRET');
    }

    /**
     * The secrets as they are configured, valid or not.
     *
     * @return list<string>
     */
    public static function configured(): array
    {
        $secrets = self::inConstant() ? constant('HOOKGATE_SECRET') : get_option(self::OPTION, []);
        // What is no string is kept as an invalid secret: a mistake must be seen, and must close the route.
        return array_values(array_map(
            static fn ($secret): string => is_string($secret) ? $secret : '',
            is_array($secrets) ? $secrets : [$secrets]
        ));
    }

    /**
     * The keys to verify with; none if no secret is configured or any of them is invalid.
     *
     * @return list<string>
     */
    public static function keys(): array
    {
        $keys = array_map([self::class, 'key'], self::configured());
        return in_array(null, $keys, true) ? [] : $keys;
    }

    public static function isValid(string $secret): bool
    {
        return self::key($secret) !== null;
    }

    /**
     * Makes a new secret and accepts it from now on.
     */
    public static function create(): string
    {
        $secret = self::PREFIX . base64_encode(random_bytes(32));
        self::add($secret);
        return $secret;
    }

    /**
     * Accepts one more secret, unless it is invalid or the constant rules.
     */
    public static function add(string $secret): bool
    {
        if (self::inConstant() || !self::isValid($secret)) {
            return false;
        }
        $secrets = self::configured();
        return in_array($secret, $secrets, true) || update_option(self::OPTION, [...$secrets, $secret], false);
    }

    /**
     * Accepts a secret no longer; false if there is none with this fingerprint, or the constant rules.
     */
    public static function remove(string $fingerprint): bool
    {
        $secrets = self::inConstant() ? [] : self::configured();
        $isOther = static fn (string $secret): bool => self::fingerprint($secret) !== $fingerprint;
        $others = array_filter($secrets, $isOther);
        if (count($others) === count($secrets)) {
            return false;
        }
        return $others === [] ? delete_option(self::OPTION) : update_option(self::OPTION, array_values($others), false);
    }

    /**
     * What may be shown of a secret.
     */
    public static function fingerprint(string $secret): string
    {
        return substr(hash('sha256', $secret), 0, 8);
    }

    private static function key(string $secret): ?string
    {
        if (strpos($secret, self::PREFIX) !== 0) {
            return null;
        }
        $encoded = substr($secret, strlen(self::PREFIX));
        $key = (string) base64_decode($encoded, true);
        $length = strlen($key);
        // base64_decode() skips white space; only one spelling of a key is a secret.
        $isCanonical = base64_encode($key) === $encoded;
        return $isCanonical && $length >= self::SHORTEST && $length <= self::LONGEST ? $key : null;
    }
}
