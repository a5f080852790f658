<?php

declare(strict_types=1);

namespace Hookgate;

use WC_Order;

/**
 * WooCommerce orders, wherever it stores them: nothing but its public functions is used, and only here.
 */
final class Orders
{
    public static function byId(string $text): ?WC_Order
    {
        $id = Objects::number($text);
        return $id === null ? null : self::order($id);
    }

    public static function byKey(string $text): ?WC_Order
    {
        if (!function_exists('wc_get_order_id_by_order_key')) {
            return null;
        }
        $order = self::order((int) wc_get_order_id_by_order_key($text));
        // The database may ignore case.
        return $order !== null && $order->get_order_key() === $text ? $order : null;
    }

    private static function order(int $id): ?WC_Order
    {
        // A refund is no WC_Order.
        $order = $id > 0 && function_exists('wc_get_order') ? wc_get_order($id) : null;
        return $order instanceof WC_Order && $order->get_id() === $id ? $order : null;
    }
}
