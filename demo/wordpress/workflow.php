<?php

/**
 * Plugin Name: Payments on orders
 *
 * What a site's owner writes, once for each hook. The delivery has been proven, claimed and cut down to what the hook
 * allows; its order is there, since the hook requires it. Saved as wp-content/mu-plugins/workflow.php.
 */

use Hookgate\Delivery;

add_action('hookgate_delivery_demo-orders', static function (Delivery $delivery) {
    $order = $delivery->order();
    $order->update_meta_data('payment_status', $delivery->field('/status'));
    $order->save();
});

add_action('hookgate_delivery_demo-payments', static function (Delivery $delivery) {
    $amount = number_format($delivery->field('/data/object/amount') / 100, 2, '.', '');
    $currency = strtoupper($delivery->field('/data/object/currency'));
    $order = $delivery->order();
    $order->update_meta_data('payment_amount', "$amount $currency");
    $order->save();
});

add_action('hookgate_delivery_demo-comments', static function (Delivery $delivery) {
    wp_set_comment_status($delivery->comment(), 'approve');
});
