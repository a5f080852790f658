<?php

/**
 * Plugin Name: A record of answers
 *
 * Notes the status of each answer to the gate in the file `answers` of the site's folder, one a line.
 */

add_filter('rest_post_dispatch', static function ($response, $server, WP_REST_Request $request) {
    if ($request->get_route() === '/hookgate/v1/deliveries') {
        file_put_contents(getenv('HOOKGATE_SITE') . '/answers', $response->get_status() . "\n", FILE_APPEND | LOCK_EX);
    }

    return $response;
}, 10, 3);
