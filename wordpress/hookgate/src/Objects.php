<?php

declare(strict_types=1);

namespace Hookgate;

/**
 * The objects of a delivery, found by the identifiers that the gate sent, in the order in which it sent them.
 *
 * WordPress forgives much in an identifier: to it `1e0` is user 1, and `4abc` post 4. So every look-up makes sure that
 * what it found really has the identifier that was asked for.
 */
final class Objects
{
    /** @var array<string, object> */
    private array $found = [];

    private function __construct()
    {
    }

    /**
     * @throws EarlyAnswer if a required object is not found, or the database does not say
     */
    public static function resolve(Payload $payload, Claim $claim): self
    {
        $objects = new self();
        foreach ($payload->objects() as $kind => $identifiers) {
            $objects->found[$kind] = self::find($kind, $identifiers, $claim);
        }
        foreach ($payload->required() as $kind) {
            if ($objects->get($kind) === null) {
                throw new EarlyAnswer(Answer::objectsNotFound());
            }
        }
        return $objects;
    }

    /**
     * The number that an ID's text stands for; null if it is no ID.
     */
    public static function number(string $text): ?int
    {
        $isId = preg_match('/^[1-9][0-9]{0,18}$/D', $text) === 1 && (string) (int) $text === $text;
        return $isId ? (int) $text : null;
    }

    public function get(string $kind): ?object
    {
        return $this->found[$kind] ?? null;
    }

    /**
     * @return array<string, int>
     */
    public function ids(): array
    {
        return array_map([self::class, 'id'], array_filter($this->found));
    }

    /**
     * @param array<string, string> $identifiers
     */
    private static function find(string $kind, array $identifiers, Claim $claim): ?object
    {
        foreach ($identifiers as $by => $text) {
            $what = "{$kind} by {$by}";
            $object = self::quietly(static fn (): ?object => self::lookUp($what, $text));
            if ($object !== null) {
                return $object;
            }
            // A database that fails knows nothing of the object: the sender must not be told that there is none.
            if ($GLOBALS['wpdb']->last_error !== '') {
                $claim->log("the database could not look up a {$what}");
                throw new EarlyAnswer(Answer::unavailable());
            }
        }
        return null;
    }

    /**
     * WordPress logs a statement that fails as a whole, with the identifier: it may be somebody's e-mail address.
     *
     * @param callable(): ?object $lookUp
     */
    private static function quietly(callable $lookUp): ?object
    {
        global $wpdb;
        $suppressed = $wpdb->suppress_errors();
        $wpdb->last_error = '';
        try {
            return $lookUp();
        } finally {
            $wpdb->suppress_errors($suppressed);
        }
    }

    private static function lookUp(string $what, string $text): ?object
    {
        switch ($what) {
            case 'post by id':
                return Posts::byId($text);
            case 'post by slug':
                return Posts::bySlug($text);
            case 'user by id':
                return Users::byId($text);
            case 'user by email':
                return Users::byEmail($text);
            case 'user by login':
                return Users::byLogin($text);
            case 'comment by id':
                return Comments::byId($text);
            case 'order by id':
                return Orders::byId($text);
            case 'order by key':
                return Orders::byKey($text);
        }
        throw new \LogicException("No way to find a {$what}.");
    }

    private static function id(object $object): int
    {
        if (method_exists($object, 'get_id')) {
            return (int) $object->get_id();
        }
        return (int) ($object->ID ?? $object->comment_ID);
    }
}
