<?php

/**
 * Plugin Name: A stand-in for WooCommerce
 *
 * The three functions and the classes that WooCommerce offers to others, with the answers that WooCommerce 7.8.2 gave:
 * false for what is no order, the id of a key as a string, null for an unknown key.
 */

add_action('init', static function () {
    register_post_type('shop_order', ['public' => false]);
    register_post_type('shop_order_refund', ['public' => false]);
});

abstract class WC_Abstract_Order
{
    /** @var WP_Post */
    private $post;

    public function __construct(WP_Post $post)
    {
        $this->post = $post;
    }

    public function get_id(): int
    {
        return $this->post->ID;
    }

    public function get_type(): string
    {
        return $this->post->post_type;
    }

    public function get_status(): string
    {
        return preg_replace('/^wc-/', '', $this->post->post_status);
    }

    public function get_meta(string $key)
    {
        return get_post_meta($this->post->ID, $key, true);
    }

    public function update_meta_data(string $key, $value): void
    {
        update_post_meta($this->post->ID, $key, $value);
    }

    public function save(): int
    {
        return $this->post->ID;
    }
}

class WC_Order extends WC_Abstract_Order
{
    public function get_order_key(): string
    {
        return (string) $this->get_meta('_order_key');
    }
}

class WC_Order_Refund extends WC_Abstract_Order
{
}

function wc_get_order($order = false)
{
    $post = is_numeric($order) ? get_post((int) $order) : null;
    switch ($post ? $post->post_type : '') {
        case 'shop_order':
            return new WC_Order($post);
        case 'shop_order_refund':
            return new WC_Order_Refund($post);
        default:
            return false;
    }
}

function wc_get_order_id_by_order_key($key)
{
    global $wpdb;

    return $wpdb->get_var($wpdb->prepare(
        "SELECT post_id FROM {$wpdb->postmeta} WHERE meta_key = '_order_key' AND meta_value = %s",
        $key
    ));
}
