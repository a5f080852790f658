<?php

declare(strict_types=1);

namespace Hookgate\Admin;

/**
 * The objects of an attempt as HTML: a link to where the reader may edit it, else plain text.
 */
final class ObjectLink
{
    /**
     * @return list<string>
     */
    public static function all(string $json): array
    {
        $links = [];
        foreach ((array) json_decode($json, true) as $kind => $id) {
            $links[] = is_int($id) ? self::one((string) $kind, $id) : esc_html((string) $kind);
        }
        return $links;
    }

    private static function one(string $kind, int $id): string
    {
        $text = esc_html(self::label($kind) . ' ' . $id);
        $url = self::editUrl($kind, $id);
        return $url === '' ? $text : sprintf('<a href="%s">%s</a>', esc_url($url), $text);
    }

    private static function label(string $kind): string
    {
        $labels = [
            'post' => __('post', 'hookgate'),
            'user' => __('user', 'hookgate'),
            'comment' => __('comment', 'hookgate'),
            'order' => __('order', 'hookgate'),
        ];
        return $labels[$kind] ?? $kind;
    }

    /**
     * Empty where the object is gone or the reader may not edit it: WordPress' own functions see to that.
     */
    private static function editUrl(string $kind, int $id): string
    {
        switch ($kind) {
            case 'post':
                return (string) get_edit_post_link($id, 'raw');
            case 'user':
                return (string) get_edit_user_link($id);
            case 'comment':
                return (string) self::commentUrl($id);
            case 'order':
                return self::orderUrl($id);
            default:
                return '';
        }
    }

    // WordPress warns about a comment that is gone.
    private static function commentUrl(int $id): string
    {
        return get_comment($id) === null ? '' : (string) get_edit_comment_link($id);
    }

    // By WooCommerce's own method: it knows where it keeps its orders.
    private static function orderUrl(int $id): string
    {
        if (!function_exists('wc_get_order') || !current_user_can('edit_shop_orders')) {
            return '';
        }
        $order = wc_get_order($id);
        return is_callable([$order, 'get_edit_order_url']) ? (string) $order->get_edit_order_url() : '';
    }
}
