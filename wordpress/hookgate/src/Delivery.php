<?php

declare(strict_types=1);

namespace Hookgate;

use WC_Order;
use WP_Comment;
use WP_Post;
use WP_User;

/**
 * What a workflow gets: one delivery, whose sender is proven and whose objects are resolved.
 *
 *     add_action('hookgate_delivery_paid', function (Hookgate\Delivery $delivery) {
 *         update_post_meta($delivery->post()->ID, 'amount', $delivery->field('/data/amount'));
 *     });
 */
final class Delivery
{
    private const REFERENCE_LENGTH = 16;

    private Claim $claim;
    private Payload $payload;
    private Objects $objects;

    public function __construct(Claim $claim, Payload $payload, Objects $objects)
    {
        $this->claim = $claim;
        $this->payload = $payload;
        $this->objects = $objects;
    }

    /**
     * By what the gate, its sender and the audit name the delivery with this id.
     */
    public static function referenceOf(string $id): string
    {
        return substr($id, 0, self::REFERENCE_LENGTH);
    }

    public function hook(): string
    {
        return $this->payload->hook();
    }

    public function reference(): string
    {
        return self::referenceOf($this->id());
    }

    /**
     * The idempotency key: the same for every attempt.
     */
    public function id(): string
    {
        return $this->claim->delivery();
    }

    /**
     * 1, or more if an attempt before this one failed or died, and may have done part of its work.
     */
    public function attempt(): int
    {
        return $this->claim->attempt();
    }

    public function post(): ?WP_Post
    {
        return $this->object('post');
    }

    public function user(): ?WP_User
    {
        return $this->object('user');
    }

    public function comment(): ?WP_Comment
    {
        return $this->object('comment');
    }

    public function order(): ?WC_Order
    {
        return $this->object('order');
    }

    /**
     * The object of a kind: `post`, `user`, `comment` or `order`; null if the delivery has none.
     */
    public function object(string $kind): ?object
    {
        return $this->objects->get($kind);
    }

    /**
     * All fields, with JSON objects as arrays, and integers beyond 64 bits as strings.
     *
     * @return array<mixed>
     */
    public function fields(): array
    {
        return $this->payload->fields();
    }

    /**
     * The field at a JSON pointer (RFC 6901), such as `/data/amount`.
     *
     * @param mixed $default
     * @return mixed
     */
    public function field(string $pointer, $default = null)
    {
        if ($pointer !== '' && $pointer[0] !== '/') {
            throw new \InvalidArgumentException('A JSON pointer starts with a slash.');
        }
        $value = $this->fields();
        foreach (array_slice(explode('/', $pointer), 1) as $step) {
            $key = strtr($step, ['~1' => '/', '~0' => '~']);
            if (!is_array($value) || !array_key_exists($key, $value)) {
                return $default;
            }
            $value = $value[$key];
        }
        return $value;
    }
}
