<?php

// What the story's webhooks speak of: two orders of a shop and two comments on a post. Activates the connector, too.

foreach ([1042, 1043] as $id) {
    wp_insert_post([
        'import_id' => $id,
        'post_type' => 'shop_order',
        'post_status' => 'wc-pending',
        'post_title' => "Order $id",
    ]);
    add_post_meta($id, '_order_key', "wc_order_demo$id");
}

foreach ([31, 32] as $id) {
    $GLOBALS['wpdb']->insert($GLOBALS['wpdb']->comments, [
        'comment_ID' => $id,
        'comment_post_ID' => 1,
        'comment_author' => 'Adam',
        'comment_content' => 'Lovely tea pot!',
        'comment_approved' => '0',
    ]);
}

require_once ABSPATH . 'wp-admin/includes/plugin.php';

return activate_plugin('hookgate/hookgate.php') === null;
