<?php

declare(strict_types=1);

namespace Hookgate;

/**
 * What the gate says of a delivery: its hook, the identifiers of its objects, the fields that the hook allows.
 */
final class Payload
{
    /** The kinds of object, and the kinds of identifier that each is known by. */
    private const IDENTIFIERS = [
        'post' => ['id', 'slug'],
        'user' => ['id', 'email', 'login'],
        'comment' => ['id'],
        'order' => ['id', 'key'],
    ];
    private const DEEPEST = 64;

    private string $hook;
    /** @var array<string, array<string, string>> */
    private array $objects;
    /** @var list<string> */
    private array $required;
    /** @var array<mixed> */
    private array $fields;

    /**
     * @param array{hook: string, objects: array, required: list<string>, fields: array} $body
     */
    private function __construct(array $body)
    {
        $this->hook = $body['hook'];
        $this->objects = $body['objects'];
        $this->required = $body['required'];
        $this->fields = $body['fields'];
    }

    /**
     * @throws EarlyAnswer if the body does not keep to the contract in every point
     */
    public static function read(string $json): self
    {
        $body = json_decode($json, true, self::DEEPEST, JSON_BIGINT_AS_STRING);
        if (!is_array($body) || !self::isContract($body + ['required' => []])) {
            throw new EarlyAnswer(Answer::malformed());
        }
        return new self($body + ['required' => []]);
    }

    public function hook(): string
    {
        return $this->hook;
    }

    /**
     * Texts by kind of identifier, in the order in which they are to be tried, by kind of object.
     *
     * @return array<string, array<string, string>>
     */
    public function objects(): array
    {
        return $this->objects;
    }

    /**
     * The kinds of object without which the delivery makes no sense.
     *
     * @return list<string>
     */
    public function required(): array
    {
        return $this->required;
    }

    /**
     * The fields, with JSON objects as arrays, and integers beyond 64 bits as strings.
     *
     * @return array<mixed>
     */
    public function fields(): array
    {
        return $this->fields;
    }

    /**
     * @param array<mixed> $body
     */
    private static function isContract(array $body): bool
    {
        // A key that this version does not know might be a restriction that it would not keep.
        return array_diff(array_keys($body), ['hook', 'objects', 'required', 'fields']) === []
            && is_string($body['hook'] ?? null)
            && preg_match('/^[a-z0-9_-]{1,64}$/D', $body['hook']) === 1
            && is_array($body['fields'] ?? null)
            && is_array($body['objects'] ?? null)
            && self::areObjects($body['objects'])
            && is_array($body['required'])
            && self::areKinds($body['required']);
    }

    /**
     * @param array<mixed> $objects
     */
    private static function areObjects(array $objects): bool
    {
        foreach ($objects as $kind => $identifiers) {
            if (!is_array($identifiers) || !self::areIdentifiers((string) $kind, $identifiers)) {
                return false;
            }
        }
        return true;
    }

    /**
     * @param array<mixed> $identifiers
     */
    private static function areIdentifiers(string $kind, array $identifiers): bool
    {
        return $identifiers !== []
            && array_diff(array_keys($identifiers), self::IDENTIFIERS[$kind] ?? []) === []
            && array_filter($identifiers, 'is_string') === $identifiers;
    }

    /**
     * @param array<mixed> $kinds
     */
    private static function areKinds(array $kinds): bool
    {
        return array_values($kinds) === $kinds
            && array_filter($kinds, 'is_string') === $kinds
            && array_diff($kinds, array_keys(self::IDENTIFIERS)) === [];
    }
}
