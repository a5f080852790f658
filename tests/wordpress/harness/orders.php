<?php

// Two orders and a refund of the first: made by WooCommerce where it is, else as the rows that the stand-in reads.
// Required by run.php; gives ids and order keys by name.

$order = static function (int $id, string $key): int {
    if (class_exists('WooCommerce')) {
        $order = wc_create_order();
        $order->set_order_key($key);

        return $order->save();
    }
    $id = wp_insert_post([
        'import_id' => $id,
        'post_type' => 'shop_order',
        'post_status' => 'wc-processing',
        'post_title' => "Order $id",
    ]);
    add_post_meta($id, '_order_key', $key);

    return $id;
};

$refund = static function (int $id, int $order): int {
    if (class_exists('WooCommerce')) {
        return wc_create_refund(['order_id' => $order, 'amount' => 0])->get_id();
    }

    return wp_insert_post([
        'import_id' => $id,
        'post_type' => 'shop_order_refund',
        'post_status' => 'wc-completed',
        'post_title' => 'Refund',
        'post_parent' => $order,
    ]);
};

$keys = ['orderKey' => 'wc_order_9ITaKB99M4jVF', 'otherOrderKey' => 'wc_order_7QzWm2LxTb5Kd'];
$first = $order(1042, $keys['orderKey']);

return $keys + [
    'order' => $first,
    'otherOrder' => $order(1043, $keys['otherOrderKey']),
    'refund' => $refund(1044, $first),
];
